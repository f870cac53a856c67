"""The WebSocket on which a site waits for the code of its own QR picture to be scanned.

Source: mixin.md 4.10; who knows the authorization_id may ask for its state, as the OAuth page does every second.
"""

from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox import views
from bot.sandbox.consents import Consent
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.faults import BLAZE_PATH
from bot.sandbox.frames import FrameError, decode, encode, failure, reply
from bot.sandbox.ids import is_id
from bot.sandbox.inspector import HIDDEN
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.serve import proxy_page

PROTOCOL = "Mixin-OAuth-1"
ACTION = "REFRESH_OAUTH_CODE"
MAX_FRAME_BYTES = 64 * 1024


async def connect(sandbox: Sandbox, request: web.Request) -> web.StreamResponse:
    """No token; each frame is answered by one with the same id."""
    sandbox.settle_clock()
    if html := sandbox.faults.fires("html", BLAZE_PATH):
        return proxy_page(int(html.value))
    socket = web.WebSocketResponse(
        protocols=(PROTOCOL,), compress=False, max_msg_size=MAX_FRAME_BYTES, heartbeat=sandbox.options.ping_every_s
    )
    await socket.prepare(request)
    async for message in socket:
        if message.type is not WSMsgType.BINARY:
            await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"a text frame")
            break
        try:
            frame = decode(message.data)
        except FrameError as error:
            await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=str(error).encode()[:100])
            break
        sandbox.inspector.frame("in", frame, len(message.data))
        answer = _answer(sandbox, frame)
        raw = encode(answer)
        sandbox.inspector.frame("out", _without_code(answer), len(raw))
        await socket.send_bytes(raw)
    return socket


def _answer(sandbox: Sandbox, frame: dict[str, Any]) -> dict[str, Any]:
    if sandbox.faults.fires("blaze_error"):
        return failure(ApiError(7000).body(), frame)
    try:
        if frame.get("action") != ACTION:
            raise ApiError(404, why=f"unknown action {frame.get('action')!r}")
        return reply(frame, views.consent(_refresh(sandbox, frame.get("params")), sandbox.people))
    except ApiError as error:
        return failure(error.body(), frame)


def _refresh(sandbox: Sandbox, params: Any) -> Consent:
    """A new request for scopes, or how it stands with one made before."""
    if not isinstance(params, dict):
        raise bad_field("params", "must be an object")
    texts = {name: params.get(name) or "" for name in ("client_id", "scope", "code_challenge", "authorization_id")}
    for name, value in texts.items():
        if not isinstance(value, str) or not value.isascii():
            raise bad_field(name, "not a plain text")
    app_id = texts["client_id"]
    app = sandbox.people.get(app_id) if is_id(app_id) else None
    if app is None or app.app is None:
        raise bad_field("client_id", "there is no such app")
    if not texts["authorization_id"]:
        at, challenge = sandbox.clock.text(), texts["code_challenge"]
        return sandbox.consents.ask(app_id, texts["scope"], at, challenge=challenge, device=True)
    known = sandbox.consents.get(texts["authorization_id"])
    if known is None or known.app_id != app_id:
        raise bad_field("authorization_id", "there is no such request")
    return known


def _without_code(answer: dict[str, Any]) -> dict[str, Any]:
    """For the log."""
    data = answer.get("data")
    if not isinstance(data, dict) or not data.get("authorization_code"):
        return answer
    return answer | {"data": data | {"authorization_code": HIDDEN}}
