"""The protocol's test vectors of nandbox."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "vectors" / "nandbox"


def whole(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def vectors(name: str) -> list[dict[str, Any]]:
    """The vectors of a file, to parametrize a test with."""
    found: list[dict[str, Any]] = whole(name)["vectors"]
    return found
