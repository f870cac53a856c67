import json
import re

from bot.web.console.pulse import p95_s
from bot.web.console.templates import HERE


def test_both_languages_have_every_text() -> None:
    """No key is missing in one, and their values are the same; plurals are as many as the language has."""
    catalogs = {
        folder.name: {key: text for path in folder.glob("*.json") for key, text in json.loads(path.read_text()).items()}
        for folder in (HERE / "locales").iterdir()
    }
    kinds = {
        language: {re.sub(r"\.(one|other)$", "", key) for key in catalog} for language, catalog in catalogs.items()
    }
    assert kinds["en"] == kinds["zh"]
    for key, text in catalogs["zh"].items():
        placeholders = [sorted(set(re.findall(r"\{(\w+)\}", one))) for one in (text, catalogs["en"][key])]
        assert placeholders[0] == placeholders[1], key


def test_the_answer_of_most_is_the_bound_that_holds_95_of_100() -> None:
    """Nothing where nothing was answered; the last one has no bound."""
    assert p95_s([0] * 8) is None
    assert p95_s([95, 0, 5, 0, 0, 0, 0, 0]) == 0.001
    assert p95_s([94, 0, 6, 0, 0, 0, 0, 0]) == 0.02
    assert p95_s([0, 0, 0, 0, 0, 0, 0, 1]) == float("inf")
