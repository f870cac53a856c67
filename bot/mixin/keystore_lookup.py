"""Where a keystore may be: files and variables, in one order, whoever asks.

The order: what the command line names; `MIXIN_KEYSTORE` (the text itself); `MIXIN_KEYSTORE_PATH` or `_FILE`; separate
variables; `./keystore.json`; the only `./keystore-7000*.json`; the only `config/keystore*.json`.
"""

import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.errors import SetupError

log = structlog.get_logger()

_VARIABLES = {
    "app_id": ("MIXIN_APP_ID", "MIXIN_CLIENT_ID"),
    "session_id": ("MIXIN_SESSION_ID",),
    "server_public_key": ("MIXIN_SERVER_PUBLIC_KEY", "MIXIN_PIN_TOKEN"),
    "private_key": ("MIXIN_SESSION_PRIVATE_KEY", "MIXIN_PRIVATE_KEY"),
    "spend_private_key": ("MIXIN_SPEND_PRIVATE_KEY", "MIXIN_SPEND_KEY"),
}
_MAX_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Found:
    """A keystore's text, and where it came from, for `load_keystore(text, source=source)`."""

    text: str = field(repr=False)
    source: str
    path: Path | None = None


def find_keystore(env: Mapping[str, str], cwd: Path, home: Path, *, named: str = "", refuse_open: bool = True) -> Found:
    """The keystore to use; `named` is the command line's `--keystore`: a file, or the name of one of mixin-cli's.

    Without `refuse_open` a file is taken that others can read: the caller says what has to be said of it.

    Raises:
        SetupError: MB101 (none), MB103 (several), MB113 (readable by everybody).
    """
    if named:
        places = [cwd / named, home / ".mixin-cli" / f"{named}.json"]
        path = next((path for path in places if path.is_file()), None)
        if path is None:
            raise _none_found([str(path) for path in places])
        return read_keystore_file(path, refuse_open=refuse_open)
    if env.get("MIXIN_KEYSTORE", "").strip():
        return Found(env["MIXIN_KEYSTORE"], "$MIXIN_KEYSTORE")
    for variable in ("MIXIN_KEYSTORE_PATH", "MIXIN_KEYSTORE_FILE"):
        if env.get(variable):
            path = cwd / Path(env[variable]).expanduser()
            if not path.is_file():
                raise _none_found([f"{env[variable]} (${variable})"])
            return read_keystore_file(path, refuse_open=refuse_open)
    return _of_variables(env) or _of_files(cwd, refuse_open)


def read_keystore_file(path: Path, *, refuse_open: bool = True) -> Found:
    """The text of a keystore file, which nobody but its owner should be able to read.

    Raises:
        SetupError: MB101 (unreadable), MB102 (not text), MB113 (readable by everybody).
    """
    try:
        status = path.stat()
        mode = stat.S_IMODE(status.st_mode)
        if mode & stat.S_IROTH and refuse_open:
            raise SetupError(
                "MB113",
                f"{path.name} can be read by everybody on this machine (mode {mode:04o}). "
                f"Run: chmod 600 {path}. If others have used this machine, make a new session in the dashboard.",
            )
        if mode & stat.S_IRGRP and refuse_open and not for_our_group(status):
            log.warning("keystore.group_readable", source=path.name, mode=f"{mode:04o}", hint=f"chmod 600 {path}")
        if status.st_size > _MAX_BYTES:
            raise SetupError("MB102", f"{path.name} has {status.st_size} bytes; that is no keystore.")
        return Found(path.read_text(encoding="utf-8-sig"), path.name, path)
    except OSError as error:
        raise SetupError("MB101", f"Cannot read {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        problem = f"{path.name} is not text; download the keystore again."
    raise SetupError("MB102", problem)


def for_our_group(status: os.stat_result) -> bool:
    """Whether a file is somebody else's, and ours to read by its group alone: so Kubernetes mounts secrets."""
    return status.st_uid != os.geteuid() and not status.st_mode & (stat.S_IRWXO | stat.S_IWGRP)


def _of_variables(env: Mapping[str, str]) -> Found | None:
    members = {
        name: next((env[variable] for variable in variables if env.get(variable)), "")
        for name, variables in _VARIABLES.items()
    }
    if not members["app_id"] or not members["private_key"]:
        return None
    return Found(json.dumps({name: value for name, value in members.items() if value}), "$MIXIN_APP_ID and the like")


def _of_files(cwd: Path, refuse_open: bool) -> Found:
    if (cwd / "keystore.json").is_file():
        return read_keystore_file(cwd / "keystore.json", refuse_open=refuse_open)
    for candidates in (sorted(cwd.glob("keystore-7000*.json")), sorted((cwd / "config").glob("keystore*.json"))):
        if len(candidates) > 1:
            raise _several_found(cwd, candidates)
        if candidates:
            return read_keystore_file(candidates[0], refuse_open=refuse_open)
    raise _none_found(
        ["./keystore.json", "./keystore-7000*.json", "./config/keystore*.json", "$MIXIN_KEYSTORE_PATH (not set)"]
    )


def _none_found(looked_at: Sequence[str]) -> SetupError:
    return SetupError(
        "MB101",
        f"No keystore found. Looked at: {', '.join(looked_at)}. Download it in the dashboard: Secret → App Session → "
        "Generate a new key → Download. Just trying things out? `make demo` needs no keystore.",
    )


def _several_found(cwd: Path, candidates: Sequence[Path]) -> SetupError:
    names = ", ".join(path.stem.removeprefix("keystore-") for path in candidates)
    first = candidates[0].relative_to(cwd)
    return SetupError(
        "MB103",
        f"Found {len(candidates)} keystores ({names}). Choose one: `mixbot run --keystore {first}`.",
    )
