"""What the demo shows, in both languages: columns and the box stay in line, however wide the characters are."""

import pytest

from bot.cli.demo_screen import WIDTH, Screen
from bot.cli.language import text, width


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_box_closes_and_steps_stand_in_columns(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line of the box ends in the same column; what a step says begins in the same one, after a space."""
    monkeypatch.setenv("MIXBOT_LANG", language)
    screen = Screen()
    for what in ("identity", "sandbox", "people", "database", "service"):
        for state in ("new", "kept", "up"):
            screen.step(text(f"demo.{what}"), text(f"demo.{state}"), "DETAIL")
    screen.ready("Demo Bot (7000999001)", "http://127.0.0.1:7001/#token", "http://localhost:7002", opened=False)

    lines = capsys.readouterr().out.splitlines()
    steps = [line for line in lines if line.endswith("DETAIL")]
    box = [line for line in lines if line.strip().startswith(("╭", "│", "╰"))]
    assert {width(line.removesuffix("DETAIL")) for line in steps} == {width("  ▸ ") + 34 + 6}
    assert all(line.endswith(" DETAIL") for line in steps)
    assert [width(line) for line in box] == [WIDTH + 4] * 6


@pytest.mark.parametrize(("language", "said"), [("en", "bot      ◂  2 messages"), ("zh", "机器人   ◂  2 条消息")])
def test_what_the_bot_does_is_told_in_columns(
    language: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A handled message is one line: who, how many replies, how long, which command."""
    monkeypatch.setenv("MIXBOT_LANG", language)
    Screen().heard({"event": "message.handled", "message_id": "m", "replies": 2, "elapsed_ms": 21.4, "command": "help"})

    (line,) = capsys.readouterr().out.splitlines()
    assert line[10:].startswith(said)
    assert line.endswith("     21 ms  help")
    assert width(line[10 : line.index("21 ms")]) == width("bot      ◂  ") + 34 + 6
