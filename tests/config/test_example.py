"""The example of a settings file."""

import re
from pathlib import Path

from config.example import EXAMPLE, example
from config.settings import Settings
from config.sources import load_settings


def test_the_example_is_what_the_schema_says() -> None:
    """`config/bot.example.toml` is renewed by `python -m config.example` whenever a setting changes."""
    assert EXAMPLE.read_text(encoding="utf-8") == example()


def test_the_example_with_every_line_switched_on_changes_nothing(tmp_path: Path) -> None:
    """What the example shows as default is the default."""
    path = tmp_path / "bot.toml"
    path.write_text(re.sub(r"(?m)^# (\w+ = )", r"\1", example()), encoding="utf-8")

    settings = load_settings(environ={}, dotenv=tmp_path / ".env", toml=path)

    assert settings.model_dump() == Settings().model_dump()
    assert len(settings.origins) > 25
