"""Tables as files. A cell that a spreadsheet would take for a formula is marked as text."""

import csv
import io
from collections.abc import Sequence

from aiohttp import web

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


async def open_csv(request: web.Request, name: str, head: Sequence[str]) -> web.StreamResponse:
    """An answer that a browser keeps as a file, with its first line written; who opened it ends it."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
    await response.prepare(request)
    await response.write("\ufeff".encode() + csv_line(*head))
    return response


def csv_line(*cells: object) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([_cell(each) for each in cells])
    return text.getvalue().encode()


def _cell(value: object) -> str:
    text = str(value).replace("\0", "")
    return f"'{text}" if text.startswith(FORMULAS) else text
