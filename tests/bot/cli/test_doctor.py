"""`mixbot doctor`: what is fine is called fine, and what is not is named alone, with its code."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.broadcast import Audience, Broadcast, Kind, State
from bot.checkup import CHECKS
from bot.checkup.dashboard import sealed_for
from bot.ledger import AuditEntry
from bot.message import Text
from bot.mixin.encryption import Sealer
from bot.mixin.views import Session
from bot.sandbox import Sandbox, open_sandbox
from bot.store import open_store, upgrade_schema
from bot.store.engine import open_sync
from bot.store.location import locate
from bot.store.schema import migrate
from bot.vault import new_keyring
from tests.bot.programs import bot_environment, program

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "reference" / "doctor.schema.json").read_text())

pytestmark = pytest.mark.timeout(240)
"""Most tests here start the program several times, which takes long where much else goes on."""

Trouble = Callable[[Sandbox, dict[str, str]], None]


def well_set_up(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """Variables of a service that lacks nothing; its database is there."""
    environ = bot_environment(
        sandbox, folder, MIXBOT_ADMINS="40006", MIXBOT_PUBLIC_URL="http://localhost:7002", container="a test",
        MIXBOT_SECRET_KEY=new_keyring(""), NANDBOX_TOKEN=sandbox.nandbox.token, NANDBOX_URI=sandbox.nandbox_uri,
        NANDBOX_APP_ID=sandbox.nandbox.app_id, NANDBOX_TIMEOUT_S="3",
    )  # fmt: skip
    upgrade_schema(environ["MIXBOT_DB_URL"])
    return environ


async def doctor(folder: Path, environ: dict[str, str], *words: str) -> tuple[int, list[dict[str, Any]]]:
    async with program("doctor", "--json", *words, cwd=folder, environ=environ) as running:
        code = await running.ends()
    findings = json.loads(running.text)
    jsonschema.validate(findings, SCHEMA)
    return code, findings


def ids(findings: list[dict[str, Any]], status: str) -> set[str]:
    return {one["id"] for one in findings if one["status"] == status}


async def test_check_12_against_the_sandbox_everything_is_fine(tmp_path: Path) -> None:
    """All checks are made, nothing is found, the exit code is 0, and the JSON is what its schema says."""
    async with open_sandbox() as sandbox:
        code, findings = await doctor(tmp_path, well_set_up(sandbox, tmp_path), "--strict")

    assert [one["id"] for one in findings] == [check.id for check in CHECKS]
    assert len(findings) == 21
    assert ids(findings, "ok") == {check.id for check in CHECKS}, findings
    assert code == 0


def clock(sandbox: Sandbox, environ: dict[str, str]) -> None:
    sandbox.faults.add("clock_skew", value=360)


def unauthorized(sandbox: Sandbox, environ: dict[str, str]) -> None:
    sandbox.faults.add("unauthorized")


def no_name(sandbox: Sandbox, environ: dict[str, str]) -> None:
    environ["MIXIN_API_URL"] = "https://api.mixin.invalid"


def old_schema(sandbox: Sandbox, environ: dict[str, str]) -> None:
    location = locate(environ["MIXBOT_DB_URL"])
    with open_sync(location).begin() as connection:
        migrate(connection, location, "0001")


def wrong_oauth_url(sandbox: Sandbox, environ: dict[str, str]) -> None:
    change_app(sandbox, redirect_uri="https://old.example/auth")


async def test_message_encryption_may_be_on(tmp_path: Path) -> None:
    """With Message Encryption on, the key in the Keystore is compared with the one that people's apps are told."""
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path)
        _, before = await doctor(tmp_path, environ, "--only", "encryption")
        change_app(sandbox, capabilities=["CONTACT", "ENCRYPTED"])
        code, after = await doctor(tmp_path, environ, "--only", "encryption")

    assert ["is off" in before[0]["message"], "is on" in after[0]["message"]] == [True, True]
    assert (code, after[0]["status"]) == (0, "ok")


@pytest.mark.parametrize("key", ["", "?", "c2hvcnQ", urlsafe_b64encode(bytes(32)).decode()])
def test_a_session_whose_key_is_another(key: str) -> None:
    """What people's apps are told must be exactly our key, for exactly our session."""
    session_id = "c8b17964-0141-4ccd-afc5-6ae08f5e7895"
    own = Sealer(Ed25519PrivateKey.generate(), session_id)
    ours = Session(session_id, None, urlsafe_b64encode(own.public_key).decode())
    assert sealed_for(own, session_id, [Session(session_id.replace("c8", "c9"), None, key), ours])
    assert not sealed_for(own, session_id, [Session(session_id, None, key)])
    assert not sealed_for(own, session_id, [])


def change_app(sandbox: Sandbox, **changes: object) -> None:
    """As the bot's owner would in the dashboard."""
    app = sandbox.bot.app
    assert app is not None
    sandbox.people.change(sandbox.bot_id, app=app | changes)


def bad_secret(sandbox: Sandbox, environ: dict[str, str]) -> None:
    environ["MIXIN_CLIENT_SECRET"] = "short"


def no_key(sandbox: Sandbox, environ: dict[str, str]) -> None:
    del environ["MIXBOT_SECRET_KEY"]


def bad_key(sandbox: Sandbox, environ: dict[str, str]) -> None:
    environ["MIXBOT_SECRET_KEY"] = "canary"


def unknown_setting(sandbox: Sandbox, environ: dict[str, str]) -> None:
    environ["MIXBOT_PROT"] = "7002"


def no_keystore(sandbox: Sandbox, environ: dict[str, str]) -> None:
    Path(environ["MIXIN_KEYSTORE_PATH"]).unlink()


def cut_keystore(sandbox: Sandbox, environ: dict[str, str]) -> None:
    path = Path(environ["MIXIN_KEYSTORE_PATH"])
    path.write_text(json.dumps(json.loads(path.read_text()) | {"session_private_key": "00ff"}))


def no_blaze(sandbox: Sandbox, environ: dict[str, str]) -> None:
    sandbox.faults.add("html", path="/blaze", value=503)


@pytest.mark.parametrize(
    ("trouble", "failed", "code"),
    [
        (clock, "clock", "MB120"),
        (unauthorized, "identity", "MB110"),
        (no_name, "reachability", "MB130"),
        (old_schema, "database", "MB201"),
        (wrong_oauth_url, "oauth", "MB141"),
        (bad_secret, "oauth", "MB140"),
        (no_key, "console", "MB146"),
        (bad_key, "console", "MB145"),
        (unknown_setting, "config", "MB401"),
        (no_keystore, "keystore", "MB101"),
        (cut_keystore, "keystore-shape", "MB108"),
        (no_blaze, "blaze", "MB130"),
    ],
    ids=lambda value: value.__name__ if callable(value) else value,
)
async def test_check_12_each_trouble_is_reported_and_nothing_else(
    trouble: Trouble, failed: str, code: str, tmp_path: Path
) -> None:
    """Exactly the check at fault fails, with its code and what to do; what depends on it is skipped; exit code 2."""
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path)
        trouble(sandbox, environ)
        ended, findings = await doctor(tmp_path, environ)

    wrong = [one for one in findings if one["status"] in ("failed", "warning")]
    assert [(one["id"], one["status"], one["code"]) for one in wrong] == [(failed, "failed", code)], wrong
    assert wrong[0]["fix"]
    assert ended == 2
    assert sandbox.keystore["session_private_key"] not in json.dumps(findings)


def spend_key(sandbox: Sandbox, environ: dict[str, str]) -> None:
    path = Path(environ["MIXIN_KEYSTORE_PATH"])
    path.write_text(json.dumps(json.loads(path.read_text()) | {"spend_private_key": "ab" * 32}))


def no_pattern(sandbox: Sandbox, environ: dict[str, str]) -> None:
    change_app(sandbox, resource_patterns=["https://elsewhere.example/"])


def nobody_in_charge(sandbox: Sandbox, environ: dict[str, str]) -> None:
    del environ["MIXBOT_ADMINS"]


def open_to_all(sandbox: Sandbox, environ: dict[str, str]) -> None:
    environ["MIXBOT_HOST"] = "0.0.0.0"


@pytest.mark.parametrize(
    ("trouble", "doubtful", "code"),
    [
        (spend_key, "keystore-safety", "MB107"),
        (no_pattern, "patterns", "MB207"),
        (nobody_in_charge, "console", "MB311"),
        (open_to_all, "console", "MB310"),
    ],
    ids=lambda value: value.__name__ if callable(value) else value,
)
async def test_a_warning_ends_with_1_only_if_asked(trouble: Trouble, doubtful: str, code: str, tmp_path: Path) -> None:
    """What can go on as it is becomes a warning; `--strict` makes it count."""
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path)
        trouble(sandbox, environ)
        easy, findings = await doctor(tmp_path, environ, "--only", doubtful)
        strict, _ = await doctor(tmp_path, environ, "--only", doubtful, "--strict")

    assert [(one["id"], one["status"], one["code"]) for one in findings] == [(doubtful, "warning", code)]
    assert (easy, strict) == (0, 1)


async def test_fix_repairs_what_it_can(tmp_path: Path) -> None:
    """A Keystore that others can read is a problem; `--fix` closes it, and then it is none."""
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path)
        keystore = Path(environ["MIXIN_KEYSTORE_PATH"])
        keystore.chmod(0o644)
        words = ("--offline", "--only", "keystore-safety")
        (before, found), (during, _), (after, _) = [
            await doctor(tmp_path, environ, *words, *more) for more in ((), ("--fix",), ())
        ]

    assert [one["code"] for one in found] == ["MB113"]
    assert (before, during, after) == (2, 0, 0)
    assert keystore.stat().st_mode & 0o777 == 0o600


async def test_offline_asks_nobody(tmp_path: Path) -> None:
    """Without network what needs it is skipped, the rest is looked at, and the sandbox hears nothing."""
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path)
        code, findings = await doctor(tmp_path, environ, "--offline")
        heard = sandbox.inspector.after(0, 100)

    asking = {"clock", "reachability", "identity", "blaze", "encryption", "patterns", "nandbox"}
    assert ids(findings, "skipped") == asking
    assert heard == []
    assert code == 0


async def test_beside_a_running_service_its_line_is_left_alone(tmp_path: Path) -> None:
    """The service is asked whether it is ready; no second line is opened with the same session."""
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path)
        async with program("run", cwd=tmp_path, environ=environ) as service:
            listening = json.loads(await service.says("web.listening"))
            await service.says("blaze.connected")
            since = sandbox.since
            beside = environ | {"MIXBOT_PORT": str(listening["port"])}
            code, findings = await doctor(tmp_path, beside, "--only", "blaze", "--only", "instance")
            assert sandbox.since == since

    told = {one["id"]: one["message"] for one in findings}
    assert told["blaze"] == "the running service is connected"
    assert f"pid {service.process.pid}" in told["instance"]
    assert code == 0


async def test_people_get_signs_groups_and_a_summary(tmp_path: Path) -> None:
    """In plain text: a sign and a word for each check, the remedy below, and where to read on."""
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path)
        wrong_oauth_url(sandbox, environ)
        async with program("doctor", cwd=tmp_path, environ=environ) as running:
            assert await running.ends() == 2

    assert [line for line in running.text.splitlines() if line.isupper()] == [
        "SYSTEM", "CONFIG", "MIXIN", "DATA", "WEB", "NANDBOX",
    ]  # fmt: skip
    assert "  ✔ identity        Demo Bot · 7000999001 · owner 40006\n" in running.text
    assert "  ✘ oauth           OAuth callback mismatch. Dashboard: https://old.example/auth." in running.text
    assert "→ dashboard → Information → OAuth URL → paste → Save" in running.text
    assert running.text.splitlines()[-1].startswith("1 problem, 0 warnings.  Details: docs/reference/errors.md#mb141")
    assert "\x1b" not in running.text


async def test_a_broadcast_that_was_interrupted_is_named(tmp_path: Path) -> None:
    """One that runs while no service does is a warning, and says that it goes on by itself."""
    now = datetime.now(UTC)
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path)
        async with open_store(environ["MIXBOT_DB_URL"]) as opened:
            made = Broadcast(
                str(uuid4()), 0, Kind.NEWS, State.RUNNING, {"": (Text("news"),)}, Audience(), "", now, due_at=now
            )
            made = await opened.bot(sandbox.bot_id).ledger.add(made, AuditEntry(now, "cli", "broadcast.new"))
        code, findings = await doctor(tmp_path, environ, "--only", "outbox", "--strict")

    assert [(one["status"], one["code"]) for one in findings] == [("warning", "MB231")]
    assert f"#{made.number} not finished" in findings[0]["message"]
    assert code == 1


async def test_in_chinese_each_finding_has_its_sentence(tmp_path: Path) -> None:
    """What is wrong and what to do is said in Chinese, between what was found and the exact remedy."""
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path) | {"MIXBOT_LANG": "zh"}
        wrong_oauth_url(sandbox, environ)
        async with program("doctor", "--only", "oauth", cwd=tmp_path, environ=environ) as running:
            assert await running.ends() == 2

    assert "OAuth 回调地址不一致。请使两者完全相同" in running.text


async def test_nandbox_is_asked_who_the_bot_is_and_for_a_person(tmp_path: Path) -> None:
    """A token that works and may look people up is fine; a refused one, and a missing permission, are named."""
    told = []
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path)
        told += (await doctor(tmp_path, environ, "--only", "nandbox"))[1]
        refused = environ | {"NANDBOX_TOKEN": environ["NANDBOX_TOKEN"][:-4] + "0000"}
        told += (await doctor(tmp_path, refused, "--only", "nandbox"))[1]
        told += (await doctor(tmp_path, environ | {"NANDBOX_TOKEN": "canary"}, "--only", "nandbox"))[1]

    assert [(one["status"], one["code"]) for one in told] == [("ok", ""), ("failed", "MB157"), ("failed", "MB155")], (
        told
    )
    assert "refuses the token" in told[1]["message"]
    assert "canary" not in json.dumps(told)


async def test_an_unknown_check_is_refused_with_the_list(tmp_path: Path) -> None:
    """`--only` with a slip says what there is."""
    async with open_sandbox() as sandbox:
        environ = well_set_up(sandbox, tmp_path)
        async with program("doctor", "--only", "clok", cwd=tmp_path, environ=environ) as running:
            assert await running.ends() == 2

    assert "no check is called clok" in running.text
    assert "keystore-safety" in running.text
