"""Attachments: asked for at the API, put to and taken from a storage that wants no token but certain headers.

Source: mixin.md 5.8; https://developers.mixin.one/docs/api/messages/attachment-upload
"""

from typing import Any

from aiohttp import hdrs, web

from bot.sandbox.endpoint import APP_ONLY, Call, Endpoint
from bot.sandbox.envelope import ApiError
from bot.sandbox.ids import new_id
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.serve import weather
from bot.sandbox.tables import transaction

STORAGE = "/_storage"
NEEDED = {hdrs.CONTENT_TYPE: "application/octet-stream", "x-amz-acl": "public-read"}


async def post_attachments(call: Call) -> Any:
    return new_attachment(call.sandbox, call.who.user_id)


async def get_attachment(call: Call) -> Any:
    row = call.sandbox.db.execute(
        "SELECT attachment_id, created_at FROM attachments WHERE attachment_id = ?", (call.part("id"),)
    ).fetchone()
    if row is None:
        raise ApiError(404)
    return _shown(call.sandbox, *row)


def new_attachment(sandbox: Sandbox, user_id: str, content: bytes | None = None) -> dict[str, Any]:
    attachment_id, at = new_id(), sandbox.clock.text()
    with transaction(sandbox.db):
        sandbox.db.execute("INSERT INTO attachments VALUES (?, ?, ?, ?)", (attachment_id, user_id, at, content))
    return _shown(sandbox, attachment_id, at)


def add_storage(app: web.Application, sandbox: Sandbox) -> None:
    """Where the upload and view addresses lead."""

    async def put(request: web.Request) -> web.StreamResponse:
        if spoiled := await weather(sandbox, request.path):
            return spoiled
        wrong = [name for name, value in NEEDED.items() if request.headers.get(name) != value]
        if request.content_length is None:
            wrong.append(hdrs.CONTENT_LENGTH)
        if hdrs.AUTHORIZATION in request.headers:
            wrong.append(hdrs.AUTHORIZATION)
        if wrong:
            return _denied(f"not as signed: {', '.join(wrong)}", 403)
        body = await request.read()
        with transaction(sandbox.db):
            changed = sandbox.db.execute(
                "UPDATE attachments SET content = ? WHERE attachment_id = ?", (body, request.match_info["id"])
            ).rowcount
        return web.Response() if changed else _denied("no such key", 404)

    async def get(request: web.Request) -> web.StreamResponse:
        if spoiled := await weather(sandbox, request.path):
            return spoiled
        row = sandbox.db.execute(
            "SELECT content FROM attachments WHERE attachment_id = ?", (request.match_info["id"],)
        ).fetchone()
        if row is None or row[0] is None:
            return _denied("no such key", 404)
        return web.Response(
            body=row[0],
            content_type="application/octet-stream",
            headers={"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"},
        )

    app.router.add_put(f"{STORAGE}/{{id}}", put)
    app.router.add_get(f"{STORAGE}/{{id}}", get)


def _shown(sandbox: Sandbox, attachment_id: str, created_at: str) -> dict[str, Any]:
    address = f"{sandbox.url}{STORAGE}/{attachment_id}"
    return {
        "type": "attachment", "attachment_id": attachment_id, "upload_url": f"{address}?X-Amz-Signature=sandbox",
        "view_url": address, "created_at": created_at,
    }  # fmt: skip


def _denied(why: str, status: int) -> web.Response:
    return web.Response(text=f"<Error><Message>{why}</Message></Error>", content_type="application/xml", status=status)


ENDPOINTS = (
    Endpoint("POST", "/attachments", post_attachments, APP_ONLY, "Ask for a place to put a file"),
    Endpoint("GET", "/attachments/{id}", get_attachment, APP_ONLY, "Where a file can be had"),
)
