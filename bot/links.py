"""Links into Mixin's app, and which links a button of ours may carry.

Values are percent-encoded here and nowhere else. Source: protocol/mixin.md 10
"""

import hashlib
from base64 import b64encode
from collections.abc import Collection, Iterable, Sequence
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_HARMLESS = frozenset({"users", "apps", "conversations", "codes", "snapshots", "send", "schemes"})
"""What a `mixin://` link of a button may open: nothing that moves money, changes addresses or logs devices in."""


def user_link(user_id: str) -> str:
    """Somebody's profile."""
    return f"mixin://users/{user_id}"


def app_link(app_id: str, action: str = "open", **parameters: str) -> str:
    """A bot's pop-up; with the action `open` its home page, which gets the parameters."""
    return f"mixin://apps/{app_id}?{urlencode({'action': action, **parameters})}"


def conversation_link(conversation_id: str, user_id: str = "") -> str:
    """A chat; with `user_id` the one with that person, made where it is missing."""
    return f"mixin://conversations/{conversation_id}" + (f"?{urlencode({'user': user_id})}" if user_id else "")


def code_link(code_id: str) -> str:
    """Whatever a code stands for: a group to join, a contact, a payment."""
    return f"mixin://codes/{code_id}"


def snapshot_link(snapshot_id: str = "", *, trace_id: str = "") -> str:
    """A transfer's details, by its id or by its trace."""
    return f"mixin://snapshots/{snapshot_id}" if snapshot_id else f"mixin://snapshots?{urlencode({'trace': trace_id})}"


def transfer_link(user_id: str) -> str:
    """The page on which somebody transfers to a person. Never in a button: see `allowed`."""
    return f"mixin://transfer/{user_id}"


def old_pay_link(recipient_id: str, asset_id: str, amount: str, *, memo: str = "", trace_id: str = "") -> str:
    """The older payment page."""
    given = {"amount": amount, "asset": asset_id, "memo": memo, "recipient": recipient_id, "trace": trace_id}
    return f"mixin://pay?{urlencode({name: value for name, value in given.items() if value})}"


def pay_link(
    receiver: str, asset_id: str, amount: str, *, memo: str = "", trace_id: str = "", return_to: str = ""
) -> str:
    """A payment by Safe; `receiver` is a user id or an address such as `MIX…`. Never in a button: see `allowed`."""
    given = {"asset": asset_id, "amount": amount, "memo": memo, "trace": trace_id, "return_to": return_to}
    query = urlencode({name: value for name, value in given.items() if value}, quote_via=quote, safe="")
    return f"https://mixin.one/pay/{quote(receiver, safe='')}?{query}"


def share_link(category: str, data: str, conversation_id: str = "") -> str:
    """A sheet on which somebody chooses whom to send something to.

    `category` is text, post, contact, app_card, image or live; `data` is the text or the JSON of it.
    """
    query = {"category": category, "data": b64encode(data.encode()).decode()}
    return f"mixin://send?{urlencode(query | ({'conversation': conversation_id} if conversation_id else {}))}"


def write_link(text: str, user_id: str) -> str:
    """A text that is ready to be sent to somebody."""
    return f"mixin://send?{urlencode({'text': text, 'user': user_id}, quote_via=quote)}"


def mix_address(member_ids: Sequence[str], threshold: int = 1) -> str:
    """The address of a wallet of one or several people, for `pay_link`.

    Raises:
        ValueError: Not 1 to 255 people, or a threshold that they cannot meet.
    """
    if not 0 < threshold <= len(member_ids) <= 255:
        raise ValueError(f"{threshold} of {len(member_ids)} people, expected 1 to 255, and no more than there are")
    payload = bytes([2, threshold, len(member_ids)]) + b"".join(UUID(member_id).bytes for member_id in member_ids)
    checked = payload + hashlib.sha3_256(b"MIX" + payload).digest()[:4]
    number, digits = int.from_bytes(checked), ""
    while number:
        number, rest = divmod(number, 58)
        digits = _BASE58[rest] + digits
    return f"MIX{digits}"


def in_patterns(link: str, patterns: Iterable[str]) -> bool:
    """Whether one of the bot's Resource Patterns, which are prefixes, allows a link."""
    return any(link.startswith(pattern.strip()) for pattern in patterns if pattern.strip())


def hosts_of_patterns(patterns: Iterable[str]) -> frozenset[str]:
    """The hosts that its owner allowed in the dashboard."""
    found = set()
    for pattern in patterns:
        try:
            parts = urlsplit(pattern.strip())
        except ValueError:
            continue
        if parts.scheme == "https" and parts.hostname and not parts.hostname.endswith("mixin.one"):
            found.add(parts.hostname.lower())
    return frozenset(found)


def check_action(action: str, hosts: Collection[str] | None = None) -> None:
    """Make sure that a button may do this: say a text, open a page of our own, or something harmless in Mixin's app.

    `hosts` are our own; None where they are not known, and then any encrypted page may be opened, but Mixin's own,
    which pays.

    Raises:
        ValueError: It may not.
    """
    if action.startswith("input:"):
        return
    try:
        parts = urlsplit(action)
        host = (parts.hostname or "").lower()
    except ValueError:
        raise ValueError("the link of a button cannot be read") from None
    if any(character.isspace() or ord(character) < 32 or character == "\\" for character in action):
        raise ValueError("the link of a button has a space, a control or a backslash in it")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the link of a button names a user")
    if parts.scheme == "mixin":
        if host not in _HARMLESS or parts.port is not None:
            raise ValueError(f"a button may not open mixin://{host[:40]}")
    elif parts.scheme == "https" or (parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")):
        ours = hosts is None and host != "mixin.one" and not host.endswith(".mixin.one")
        if not (ours or (hosts is not None and host in hosts)):
            raise ValueError(f"a button may not open pages of {host[:80]!r}")
    else:
        raise ValueError(f"a button may not open {parts.scheme[:20]!r} links")
