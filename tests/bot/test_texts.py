import re
from pathlib import Path

import pytest

from bot.command import Commands, discover
from bot.texts import Texts, load_texts
from bot.wire import WireError, decode
from tests.conftest import LOCALES

SPARE = {"lang.name"}
COMPUTED = ("media.", "scope.", "transfer.", "conversation.role.", "broadcast.", "file.", "admin.", "user.standing_")
"""Keys whose last part is a value."""


@pytest.fixture(scope="module")
def project() -> Texts:
    return load_texts(LOCALES)


def test_every_language_has_every_key() -> None:
    """English and Chinese have the same keys, with the same placeholders."""
    catalogs = {path.stem: decode(path.read_bytes()) for path in LOCALES.glob("*.json")}

    assert {"en", "zh"} <= set(catalogs)
    for language, catalog in catalogs.items():
        assert set(catalog) == set(catalogs["en"]), language
        for key, sentence in catalog.items():
            assert _placeholders(sentence) == _placeholders(catalogs["en"][key]), f"{language}: {key}"


def _placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", sentence))


def test_every_command_has_its_texts(project: Texts) -> None:
    """Help, aliases and a button for each; a button's label fits into a button."""
    for each in discover("handlers"):
        if each.name:
            for language in project.languages:
                assert project.find(language, f"{each.name}.help"), each.name
                assert project.find(language, f"{each.name}.aliases") is not None, each.name
                assert 1 <= len(project.get(language, f"button.{each.name}")) <= 36


def test_no_two_commands_share_a_name(project: Texts) -> None:
    """Every alias in every language leads to one command only."""
    words: dict[str, str] = {}
    for each in discover("handlers"):
        for aliases in project.everywhere(f"{each.name}.aliases") if each.name else ():
            for alias in filter(None, (alias.strip() for alias in aliases.split(","))):
                assert words.setdefault(alias, each.name) == each.name, alias


def test_every_text_is_used() -> None:
    """A key that no code names is dead; buttons and command texts are named by the command."""
    code = "\n".join(path.read_text() for folder in ("bot", "handlers") for path in Path(folder).rglob("*.py"))
    names = {each.name for each in discover("handlers")} | {"stop", "resume"}
    for key in load_texts(LOCALES).catalogs["en"]:
        head, _, tail = key.partition(".")
        by_name = (head in names and tail in ("help", "aliases", "example")) or (head == "button" and tail in names)
        plural = key.rpartition(".")[0] if key.endswith((".one", ".other")) else key
        assert (
            by_name
            or key in SPARE
            or f'"{plural}"' in code
            or any(plural.startswith(each) and f'f"{each}{{' in code for each in COMPUTED)
        ), key


def test_values_are_never_templates(project: Texts) -> None:
    """T6: what a person wrote is put in as it is, braces and all."""
    assert "{name} %s {0}" in project.get("en", "unknown.text", text="{name} %s {0}")


def test_plurals_follow_the_language(project: Texts) -> None:
    """One member, two members, and no plural in Chinese."""
    assert project.count("en", "conversation.members", 1) == "1 member"
    assert project.count("en", "conversation.members", 2) == "2 members"
    assert project.count("zh", "conversation.members", 1) == "1 位成员"


@pytest.mark.parametrize(
    ("text", "language"),
    [("hello", ""), ("你好", "zh"), ("我想看 assets", "zh"), ("こんにちは、世界", "ja"), ("", ""), ("123", "")],
)
def test_a_language_is_guessed_by_its_script(project: Texts, text: str, language: str) -> None:
    """Han without kana is Chinese; what is not spoken stays unknown."""
    assert project.guess(text) == (language if language in project.languages else "")


def test_a_broken_catalog_is_refused(tmp_path: Path) -> None:
    """A catalog that is not a flat object of strings, or no English one, stops the start."""
    with pytest.raises(FileNotFoundError):
        load_texts(tmp_path)
    (tmp_path / "en.json").write_text('{"a": {"nested": "b"}}')
    with pytest.raises(WireError):
        load_texts(tmp_path)


def test_commands_are_found_by_every_name(project: Texts) -> None:
    """Chinese and English aliases, whatever the person's language; the closest name is offered for a slip."""
    commands = Commands(discover("handlers"), project, "mixin")
    for word, name in {
        "帮助": "help",
        "?": "help",
        "hi": "start",
        "你好": "start",
        "退订": "notify",
        "ids": "id",
    }.items():
        found = commands.find(word)
        assert found is not None
        assert found.name == name
    near = commands.closest("hlep", admin=False)
    assert near is not None
    assert near.name == "help"
    near = commands.closest("botwalet", admin=False)
    assert near is not None
    assert near.name == "assets"
    assert commands.closest("zzzzzzzzz", admin=True) is None
