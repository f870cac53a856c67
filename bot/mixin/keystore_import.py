"""Any keystore that is about, as the dashboard would write it today.

Reads what `load_keystore` reads, base64 under the present names, and the YAML settings of the old supergroup bot.
"""

import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.errors import SetupError
from bot.mixin.curve import ed25519_of_x25519
from bot.mixin.keystore import ID_NAMES, KEY_NAMES, check_members, parse_object, read_key, read_server_key

_YAML_LINE = re.compile(r"^(?P<indent>\s*)(?P<name>[a-z_0-9]+)\s*:(?:\s+(?P<value>.*))?$")


def import_keystore(text: str, *, source: str) -> dict[str, str]:
    """The members of a dashboard keystore: ids, and both keys in hex. An RSA key stays PEM, for there is no other form.

    Raises:
        SetupError: MB102, MB104 or MB108.
    """
    found = parse_object(text, source=source) if text.lstrip().startswith("{") else yaml_lines(text)
    if not any(name in found for name in (*ID_NAMES, *KEY_NAMES, "authorization_id")):
        raise SetupError("MB102", f"{source} holds neither app_id nor client_id; is this a keystore?")
    members = check_members(dict(found), source=source)
    key = read_key(members, source=source, strict=False)
    server_key = read_server_key(members, key, source=source)
    imported = {"app_id": members["app_id"], "session_id": members["session_id"]}
    if server_key:
        imported["server_public_key"] = ed25519_of_x25519(server_key).hex()
    if isinstance(key, Ed25519PrivateKey):
        imported["session_private_key"] = key.private_bytes_raw().hex()
    else:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        imported["session_private_key"] = pem.decode()
    return imported


def yaml_lines(text: str) -> dict[str, str]:
    """The `name: value` lines of a YAML text at any depth, plain, quoted, or as a block after `|`."""
    found: dict[str, str] = {}
    block_name = ""
    block_indent = 0
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if block_name and (not line.strip() or indent > block_indent):
            found[block_name] += line.strip() + "\n"
            continue
        block_name = ""
        match = _YAML_LINE.match(line)
        if match is None:
            continue
        value = (match["value"] or "").strip()
        if re.fullmatch(r"[|>][+-]?", value):
            block_name, block_indent = match["name"], indent
            found[block_name] = ""
        else:
            found[match["name"]] = _scalar(value)
    return found


def _scalar(value: str) -> str:
    quote = value[:1]
    if quote in {'"', "'"}:
        end = value.find(quote, 1)
        return value[1:end] if end > 0 else value[1:]
    return re.split(r"\s+#", value, maxsplit=1)[0]
