"""A log for the web server without what the other side got wrong.

A request that is no HTTP is answered with 400 by the library, which would also log it as an error of ours, with a
traceback that quotes the address: whoever likes could fill the log, and secrets in addresses would stand in it.
"""

import logging

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | RequestPayloadError)


quiet = logging.getLogger("bot.web.requests")
quiet.addFilter(_is_ours)
