"""An entry of the inspector as a command for a shell that does the same again, and works.

A call is signed anew, for five minutes; what a person said is said again through the control API.
"""

import hashlib
import json
import shlex
from typing import Any

from bot.sandbox.auth import MAX_SKEW_S
from bot.sandbox.base64s import from_any, to_url
from bot.sandbox.control import PREFIX, RUN_HEADER, ControlError
from bot.sandbox.ids import new_id
from bot.sandbox.inspector import HIDDEN, MAX_KEPT_BODY_BYTES, Entry
from bot.sandbox.keys import Signer
from bot.sandbox.sandbox import Sandbox

JSON = "Content-Type: application/json"


def curl_of(sandbox: Sandbox, entry: Entry) -> str:
    """The command for one entry.

    Raises:
        ControlError: 409, nothing can be repeated here; the words say why.
    """
    if entry["kind"] == "http":
        return _call(sandbox, entry)
    data = entry.get("frame", {}).get("data")
    if entry.get("action") == "CREATE_MESSAGE" and isinstance(data, dict) and data.get("category"):
        return _say(sandbox, data)
    raise ControlError(409, "only HTTP calls, and messages that people said, can be repeated with curl")


def _call(sandbox: Sandbox, entry: Entry) -> str:
    claims, body = entry["claims"], entry["body"]
    if len(body) >= MAX_KEPT_BODY_BYTES:
        raise ControlError(409, "the body was too long to be kept")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise ControlError(409, "the body is no text") from None
    if HIDDEN in text:
        raise ControlError(409, "a secret in the body was not kept")
    if "\0" in text:
        raise ControlError(409, "no shell passes NUL on")
    headers = [JSON] if body else []
    if claims is not None:
        if claims.get("uid") != sandbox.bot_id:
            raise ControlError(409, "this was signed with a key that the sandbox does not have")
        request_id = new_id()
        token = _token(sandbox, entry["method"], entry["path"], body, request_id)
        headers = [f"Authorization: Bearer {token}", f"X-Request-Id: {request_id}", *headers]
    return command(entry["method"], sandbox.url + entry["path"], headers, text)


def _say(sandbox: Sandbox, data: dict[str, Any]) -> str:
    fields = {"as": data["user_id"], "category": data["category"]}
    raw = from_any(str(data.get("data") or ""))
    try:
        fields["text" if data["category"] in ("PLAIN_TEXT", "PLAIN_POST") else "data"] = raw.decode()
    except UnicodeDecodeError:
        fields["data_base64"] = to_url(raw)
    path = f"{PREFIX}/conversations/{data['conversation_id']}/messages"
    headers = [f"{RUN_HEADER}: {sandbox.token}", JSON]
    return command("POST", sandbox.url + path, headers, json.dumps(fields, ensure_ascii=False))


def _token(sandbox: Sandbox, method: str, target: str, body: bytes, request_id: str) -> str:
    now = int(sandbox.clock.seconds())
    claims = {
        "uid": sandbox.bot_id, "sid": sandbox.keystore["session_id"], "iat": now, "exp": now + MAX_SKEW_S,
        "jti": request_id, "sig": hashlib.sha256(method.encode() + target.encode() + body).hexdigest(), "scp": "FULL",
    }  # fmt: skip
    signer = Signer(sandbox.keystore)
    parts = ({"alg": signer.algorithm, "typ": "JWT"}, claims)
    text = ".".join(to_url(json.dumps(part).encode()) for part in parts)
    return f"{text}.{to_url(signer.sign(text.encode()))}"


def command(method: str, url: str, headers: list[str], body: str) -> str:
    """`-g`: brackets in the address are meant; `--data-raw`: so is an @ at the beginning of the body."""
    words = ["curl", "-sS", "-g", "-X", method, url]
    for header in headers:
        words += ["-H", header]
    if body:
        words += ["--data-raw", body]
    return " ".join(shlex.quote(word) for word in words)
