"""The command line speaks of mistakes in the language of whoever sits there."""

import json
import re
import string
from pathlib import Path

import pytest

from bot.checkup import CHECKS
from bot.cli.go_live import STEPS
from bot.cli.language import LOCALES, catalog, width
from tests.bot.programs import Mixbot, mixbot

__all__ = ["mixbot"]

ROOT = Path(__file__).parents[3]
EN, ZH = catalog("en"), catalog("zh")


def codes() -> set[str]:
    """Every code that can be printed."""
    pages = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    return set(re.findall(r"(?m)^### (MB\d{3})$", pages))


def test_every_code_is_explained_in_every_language() -> None:
    """Both catalogs say of each code what is wrong and what to do, and have nothing else in their files."""
    wanted = {f"{code}.{part}" for code in codes() for part in ("what", "remedy")}

    for path in LOCALES.glob("*.json"):
        found = json.loads(path.read_text(encoding="utf-8"))
        assert {key for key in found if key.startswith("MB")} == wanted, path.name
        assert all(value.strip() for value in found.values())


def test_catalogs_have_the_same_keys_and_placeholders() -> None:
    """A value can be put into the same places, whatever the language."""

    def places(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    assert EN.keys() == ZH.keys()
    assert {key for key in EN if places(EN[key]) != places(ZH[key])} == set()


def test_chinese_sentences_are_chinese() -> None:
    """No sentence was left in English."""
    assert [key for key, value in ZH.items() if not re.search(r"[\u4e00-\u9fff]", value)] == []


def test_every_sentence_that_is_said_is_there() -> None:
    """What the commands name is in the catalogs, and every check of the doctor has its words."""
    sources = "".join(path.read_text(encoding="utf-8") for path in LOCALES.parent.glob("*.py"))
    named = set(re.findall(r'\btext\("([\w.]+)"', sources))
    counted = {f"{key}.{form}" for key in re.findall(r'\bplural\("([\w.]+)"', sources) for form in ("one", "other")}

    assert len(named) > 20
    assert len(counted) > 3
    assert (named | counted) - EN.keys() == set()
    assert {check.id: EN[f"doctor.{check.id}"] for check in CHECKS} == {check.id: check.label for check in CHECKS}
    assert {EN[f"doctor.group.{check.group}"] for check in CHECKS} == {check.group.upper() for check in CHECKS}
    assert {f"golive.{place}" for place, _ in enumerate(STEPS, 1)} <= EN.keys()


def test_the_first_hours_are_bilingual(mixbot: Mixbot) -> None:
    """Questions, steps and findings come in Chinese, and columns stay in line though its characters are wide."""
    asked = mixbot("init", "--no-check", MIXBOT_LANG="zh")
    steps = mixbot("go-live", "--offline", MIXBOT_LANG="zh")
    looked = mixbot("doctor", "--offline", "--only", "python", "--only", "timezone", MIXBOT_LANG="zh")

    assert asked.out.startswith("1/6  密钥文件（keystore）: （无）")
    assert "Icon               至少 500 × 500 像素" in steps.out
    found = [line[4:] for line in looked.out.splitlines() if line.startswith("  ✔")]
    assert looked.out.splitlines()[0] == "系统"
    assert [width(line[: re.search(r"\s{2,}", line).end()]) for line in found] == [16, 16]  # type: ignore[union-attr]
    assert looked.out.splitlines()[-1] == "检查过的一切正常。"


@pytest.mark.parametrize(
    ("variables", "chinese"),
    [
        ({"MIXBOT_LANG": "zh"}, True),
        ({"MIXBOT_LANG": "zh_CN.UTF-8"}, True),
        ({"MIXBOT_LANG": "en", "LANG": "zh_CN.UTF-8"}, False),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "C"}, True),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.UTF-8"}, True),
        ({"LC_ALL": "C.UTF-8"}, False),
        ({"MIXBOT_LANG": "fr"}, False),
        ({"MIXBOT_LANG": "../../x"}, False),
    ],
)
def test_the_language_is_chosen_by_variable_or_system(variables: dict[str, str], chinese: bool, mixbot: Mixbot) -> None:
    """`MIXBOT_LANG` wins over the system's language; what is not known becomes English."""
    said = mixbot("keystore", "show", **variables)

    assert said.err.startswith("MB101  找不到密钥文件（keystore）" if chinese else "MB101  No keystore found.")
    assert "Looked at: ./keystore.json" in said.err
    assert said.code == 2


def test_a_code_can_be_looked_up(mixbot: Mixbot) -> None:
    """`mixbot docs CODE` tells what it means and where to read on, whatever the case; a slip is refused."""
    assert mixbot("docs", "mb301").out == (
        "MB301  The port is taken.\n       Stop what uses it, or set MIXBOT_PORT.\n"
        f"       More: {ROOT / 'docs/reference/errors.md'}#mb301\n"
    )
    assert "端口被占用" in mixbot("docs", "MB301", MIXBOT_LANG="zh").out
    assert mixbot("docs").out == f"The documentation begins with {ROOT / 'README.md'}\n"
    assert mixbot("docs", "MB999").code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(shell: str, mixbot: Mixbot) -> None:
    """Each shell gets a script that asks mixbot itself."""
    said = mixbot("completion", shell)

    assert "_MIXBOT_COMPLETE" in said.out
    assert said.code == 0
