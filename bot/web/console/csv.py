"""Tables as files."""

from collections.abc import Sequence

from aiohttp import web

from bot.report import csv_line


async def open_csv(request: web.Request, name: str, head: Sequence[str]) -> web.StreamResponse:
    """An answer that a browser keeps as a file, with its first line written; who opened it ends it."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
    await response.prepare(request)
    await response.write(("\ufeff" + csv_line(*head)).encode())
    return response
