"""Files that people send, for a handler that asks: within a size, a time and the types that it can do with."""

import asyncio
from collections.abc import Sequence

from bot.account import Attachments
from bot.errors import NotFound, Rejected
from bot.message import Audio, File, Image, Video

MOST_BYTES = 5 * 1024 * 1024
WITHIN_S = 8.0
"""Less than a handler has."""

TOO_LARGE, WRONG_TYPE, GONE, TOO_SLOW, BROKEN = "too_large", "wrong_type", "gone", "too_slow", "broken"

Media = Image | Video | Audio | File


class Refused(Exception):
    """The file is not for this handler; the text is one of the words above."""


async def fetch(
    attachments: Attachments, media: Media, *, types: Sequence[str], most_bytes: int, within_s: float
) -> bytes:
    """The whole file. What its message says of it is looked at first, and not believed afterwards.

    Raises:
        Refused: Too large, too slow, of another type, no longer there, or not what its message says.
        Unavailable: It cannot be had now.
    """
    if types and not media.mime_type.lower().startswith(tuple(types)):
        raise Refused(WRONG_TYPE)
    if media.size > most_bytes:
        raise Refused(TOO_LARGE)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(within_s):
            async with attachments.download(media.attachment_id, key=media.key, digest=media.digest) as arriving:
                async for piece in arriving:
                    size += len(piece)
                    if size > most_bytes:
                        raise Refused(TOO_LARGE)
                    pieces.append(piece)
    except TimeoutError:
        raise Refused(TOO_SLOW) from None
    except NotFound:
        raise Refused(GONE) from None
    except Rejected:
        raise Refused(BROKEN) from None
    return b"".join(pieces)
