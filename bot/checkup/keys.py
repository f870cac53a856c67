"""Looks at the Keystore: found, well formed, and safe where it lies."""

import json
import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.checkup.finding import Finding, failed, of_error, ok, warning
from bot.checkup.subject import Subject
from bot.checkup.system import in_container
from bot.errors import SetupError
from bot.mixin.keystore import MONEY_NAMES
from bot.mixin.keystore_lookup import for_our_group

PROGRAM = Path(__file__).parents[2]


async def keystore(subject: Subject) -> Finding:
    """Exactly one."""
    subject.settings()
    try:
        return ok(subject.find_keystore().source)
    except SetupError as error:
        return of_error(error)


async def shape(subject: Subject) -> Finding:
    """Ids and keys as one of the known tools writes them."""
    found = subject.found()
    try:
        read = subject.read_keystore()
    except SetupError as error:
        return of_error(error)
    form = "dashboard format" if "session_private_key" in _members(found.text) else "older format"
    whose = " · of the sandbox" if read.of_sandbox else ""
    return ok(f"{form} · {'ed25519' if read.algorithm == 'EdDSA' else 'rsa'} · bot {read.app_id}{whose}")


async def safety(subject: Subject) -> Finding:
    """Readable by its owner only, in no repository and no image, and without the key that moves money."""
    found = subject.found()
    money = [name for name in MONEY_NAMES if _members(found.text).get(name)]
    path = found.path
    if path is not None and (mode := path.stat().st_mode & 0o777) & 0o077 and not for_our_group(path.stat()):

        def close() -> str:
            path.chmod(0o600)
            return f"chmod 600 {path}"

        return failed(
            f"{path.name} can be read by others (mode {mode:04o})", code="MB113", fix=f"chmod 600 {path}", repair=close
        )
    if path is not None and _tracked(path):
        return failed(
            f"{path.name} is tracked by git: everybody with the repository has the key", code="MB114",
            fix=f"git rm --cached {path.name}, make a new session in the dashboard, and keep the old file out of git",
        )  # fmt: skip
    if path is not None and _of_image(path):
        return failed(
            f"{path.name} lies inside the image: everybody with the image has the key", code="MB114",
            fix="mount it as a secret, and set MIXIN_KEYSTORE_PATH",
        )  # fmt: skip
    if money:
        return warning(
            f"the Keystore also contains {' and '.join(money)}", code="MB107",
            fix="The service never needs it, and it can move the bot's money. Remove that line.",
        )  # fmt: skip
    return ok("nobody else can read it" if path else "given in the environment, not in a file")


def _members(text: str) -> dict[str, Any]:
    with suppress(ValueError):
        found = json.loads(text)
        if isinstance(found, dict):
            return found
    return {}


def _of_image(path: Path) -> bool:
    """Beside the program, in a container, where this user could not have put it."""
    here = path.resolve().parent
    return in_container() and here.is_relative_to(PROGRAM) and not path.is_mount() and not os.access(here, os.W_OK)


def _tracked(path: Path) -> bool:
    command = ["git", "-C", str(path.parent), "ls-files", "--error-unmatch", "--", path.name]
    try:
        return subprocess.run(command, capture_output=True, timeout=5, check=False).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
