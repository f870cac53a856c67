"""Log lines: what they look like, and what they never contain."""

import io
import json
import logging
import os
import re
import secrets
import select
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from config import logs, redact
from config.redact import hide

JWT = "eyJhbGciOiJFZERTQSJ9.eyJ1aWQiOiJhYmMifQ.c2lnbmF0dXJlLWNhbmFyeQ"  # a made-up token, good for nothing
HOSTILE = 'a\r\nb\x1b[2J\x00"\\ \u202e\u2028\x9b31m {"event":"forged"}'


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """Where the log goes in these tests; afterwards logging is as it was."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    before_structlog = structlog.get_config()
    yield io.StringIO()
    root.handlers, level = before
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**before_structlog)


def written(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_time_and_level(out: io.StringIO) -> None:
    """Machines read one object per line; numbers stay numbers."""
    logs.configure(format="json", stream=out)

    structlog.get_logger().info("command.done", command="whois", replies=2, elapsed_ms=12.5, ok=True, none=None)

    (line,) = written(out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("at"))
    assert (line.pop("level"), line.pop("event")) == ("info", "command.done")
    assert line == {"command": "whois", "replies": 2, "elapsed_ms": 12.5, "ok": True, "none": None}


SECRET_NAMES = [
    *("token", "access_token", "secret", "client_secret", "session_private_key", "authorization", "Authorization"),
    *("PASSWORD", "pin", "keystore", "code", "data", "text", "sessionPrivateKey", "x-api-key", "phone"),
]


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize("form", ["json", "pretty"])
def test_T22_secrets_are_dropped_by_name(name: str, form: str, out: io.StringIO) -> None:
    """Whatever is called like a secret, or is what somebody said, is not written; not within a structure either."""
    logs.configure(format=form, stream=out)

    structlog.get_logger().info("x", **{name: "canary"}, nested={"deep": [{name: "canary"}]})

    assert "canary" not in out.getvalue()
    assert "***" in out.getvalue()


@pytest.mark.parametrize("form", ["json", "pretty"])
def test_T22_secrets_are_dropped_by_type_by_look_and_by_being_known(form: str, out: io.StringIO) -> None:
    """A wrapped secret, anything that looks like a JWT, and what `hide` was told are masked wherever they stand."""
    pem = "-----BEGIN-----\nMIIcanaryline1\nMIIcanaryline2\n-----END-----"
    hide("known-canary-0123", pem)
    logs.configure(format=form, stream=out)

    structlog.get_logger().info(
        "x",
        wrapped=SecretStr("wrapped-canary"),
        note=f"Bearer {JWT}",
        url="/a?x=known-canary-0123",
        dump=repr(pem),
        raw=b"canary",
    )

    assert "canary" not in out.getvalue()
    assert "c2lnbmF0dXJl" not in out.getvalue()


def test_T22_the_secrets_of_many_bots_are_hidden_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, however long, and wherever in the line; a line without any stays as it is."""
    for name in ("_exact", "_short", "_pieces"):
        monkeypatch.setattr(redact, name, set())
    hidden = [secrets.token_urlsafe(64)[:length] for length in (8, 9, 16, 38, 39, 40, 43, 64) for _ in range(20)]
    hide(*hidden)

    for secret in hidden:
        for before in range(33):
            assert redact.mask(f"{'.' * before}{secret},and more") == f"{'.' * before}***,and more"
    assert redact.mask(f"{'.' * 7}{hidden[-1][:-1]}!") == f"{'.' * 7}{hidden[-1][:-1]}!"


@pytest.mark.parametrize("form", ["json", "pretty"])
def test_T22_a_traceback_shows_no_local_variables(form: str, out: io.StringIO) -> None:
    """Exceptions are shown with their text and place; keys live in local variables, which are not shown."""
    logs.configure(format=form, redact=False, stream=out)

    def crash(private: str) -> None:
        raise RuntimeError(f"refused {JWT} for {len(private)}")

    try:
        crash("local-" + "canary")
    except RuntimeError:
        structlog.get_logger().exception("handler.crashed")

    text = out.getvalue()
    assert "RuntimeError: refused *** for 12" in text
    assert "in crash" in text
    assert "local-canary" not in text


@pytest.mark.parametrize("form", ["json", "pretty"])
def test_T22_an_exception_does_not_quote_what_somebody_wrote(form: str, out: io.StringIO) -> None:
    """While redaction is on a traceback names exceptions and places, and not what the exceptions say."""
    logs.configure(format=form, stream=out)
    words = "-".join(["my", "private", "words"])
    try:
        try:
            int(words)
        except ValueError as error:
            raise ExceptionGroup(words, [error, KeyError(words)]) from error
    except ExceptionGroup:
        structlog.get_logger().exception("handler.crashed")

    text = out.getvalue()
    assert words not in text
    assert "ValueError" in text
    assert "KeyError" in text
    assert "int(words)" in text


def test_T22_people_are_shortened_unless_redaction_is_off(out: io.StringIO) -> None:
    """Somebody can be followed through the log without being known by it; an operator may switch that off."""
    log = structlog.get_logger()
    logs.configure(format="json", stream=out)
    log.info("a", user_id="7f3b2c1e-1111-4000-8000-000000000000", identity_number="7000")
    log.info("b", user_id="7f3b2c1e-1111-4000-8000-000000000000")
    logs.configure(format="json", redact=False, stream=out)
    structlog.get_logger().info("c", user_id="7f3b", text="hello", token="canary")

    first, second, third = written(out)
    assert first["user_id"] == second["user_id"]
    assert re.fullmatch("~[0-9a-f]{8}", first["user_id"])
    assert first["identity_number"] != "7000"
    assert (third["user_id"], third["text"], third["token"]) == ("7f3b", "hello", "***")


def test_T22_codes_of_errors_are_kept_and_codes_of_oauth_are_not(out: io.StringIO) -> None:
    """Our own codes and Mixin's numbers are what an operator looks for; an authorisation code is a secret."""
    logs.configure(format="json", stream=out)
    for code in ("MB110", 20118, "b8a1c7", "MB110b8a1"):
        structlog.get_logger().info("x", code=code)

    assert [line["code"] for line in written(out)] == ["MB110", 20118, "***", "***"]


def test_T23_hostile_text_stays_within_its_line(out: io.StringIO) -> None:
    """Line breaks, terminal codes and reversing characters are escaped; each line is one object."""
    logs.configure(format="json", stream=out)
    log = structlog.get_logger()
    log.info(HOSTILE, note=HOSTILE, many=[HOSTILE], **{HOSTILE: HOSTILE})
    try:
        raise RuntimeError(HOSTILE)
    except RuntimeError:
        log.exception("x")

    assert out.getvalue().isascii()
    first, second = written(out)
    assert first["note"] == HOSTILE
    assert set(first) == {"at", "level", "event", "note", "many", HOSTILE}
    assert second["event"] == "x"


def test_T23_on_a_terminal_hostile_text_is_shown_escaped(out: io.StringIO) -> None:
    """Nothing that somebody said moves the cursor or forges a line."""
    logs.configure(format="pretty", stream=out)
    log = structlog.get_logger()
    log.info("x", note=HOSTILE)
    try:
        raise RuntimeError(HOSTILE)
    except RuntimeError:
        log.exception("y")

    text = out.getvalue()
    assert not set(text) & set("\r\x1b\x00\u202e\u2028\x9b")
    first, second, *trace = text.splitlines()
    assert "\\x1b[2J" in first
    assert second.split()[1:3] == ["error", "y"]
    assert all(line.startswith("    | ") for line in trace)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), object(), {1: 2}, {"a": {"b": {"c": {"d": {"e": 1}}}}}, b"x"]
)
def test_whatever_is_logged_the_line_is_json(value: object, out: io.StringIO) -> None:
    """A log call never fails for what it is given."""
    logs.configure(format="json", stream=out)

    structlog.get_logger().info("x", value=value)

    assert written(out)[0]["event"] == "x"


def test_libraries_speak_through_the_same_pipeline(out: io.StringIO) -> None:
    """What a library says with `logging` comes as JSON too, from WARNING on, and with the same care."""
    logs.configure(format="json", level="debug", stream=out)
    logging.getLogger("aiohttp.access").info("GET /oauth/callback?code=canary")
    logging.getLogger("websockets").warning("token %s", JWT)
    logging.getLogger("broken").error("%d", "not a number")

    first, second = written(out)
    assert first == {
        "at": first["at"],
        "level": "warning",
        "event": "library.said",
        "logger": "websockets",
        "note": "token ***",
    }
    assert second["logger"] == "broken"


def test_a_level_keeps_lesser_lines_out(out: io.StringIO) -> None:
    """`warning` writes warnings and errors only."""
    logs.configure(format="json", level="warning", stream=out)
    log = structlog.get_logger()
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.error("d")

    assert [line["event"] for line in written(out)] == ["c", "d"]


def test_F45_a_closed_pipe_costs_lines_and_nothing_else(out: io.StringIO) -> None:
    """When whoever read the log is gone, logging goes on without an error."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        logs.configure(format="json", stream=stream)
        structlog.get_logger().info("x")
        logging.getLogger("any").warning("y")


def test_F45_a_full_pipe_loses_lines_says_so_later_and_never_waits(out: io.StringIO) -> None:
    """A reader that stands still does not hold up the service; afterwards it learns how much it missed."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as source, os.fdopen(writer, "w") as stream:
        logs.configure(format="json", stream=stream)
        log = structlog.get_logger()
        started = time.monotonic()
        for number in range(2_000):
            log.info("filler", number=number, note="x" * 200)
        took_s = time.monotonic() - started
        os.set_blocking(reader, False)
        while _readable(reader):
            source.read1(1 << 20)
        log.info("afterwards")
        lines = [json.loads(line) for line in source.read1(1 << 20).splitlines()]

    assert took_s < 10, "a writer that blocks would have stood still for ever"
    assert [line["event"] for line in lines] == ["afterwards", "log.dropped"]
    assert lines[1]["lines"] > 1_000


def test_F45_a_line_longer_than_the_pipe_is_ready_for_arrives_whole(out: io.StringIO) -> None:
    """A long traceback is written in pieces that fit."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as source, os.fdopen(writer, "w") as stream:
        logs.configure(format="json", stream=stream)
        structlog.get_logger().info("long", note="x" * 20_000)
        line = source.readline()

    assert len(json.loads(line)["note"]) == 20_000


def _readable(fd: int) -> bool:
    return bool(select.select([fd], [], [], 0)[0])
