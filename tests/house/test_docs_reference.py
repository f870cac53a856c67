"""The reference names everything that the code has, and nothing that it has not."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from config.schema import settings_of
from config.settings import Settings
from tests.house.docs_generated import pages
from tests.house.docs_project import ROOT

REFERENCE = ROOT / "docs" / "reference"
CODE = sorted(path for folder in ("bot", "handlers", "config") for path in (ROOT / folder).rglob("*.py"))
FILE = re.compile(r"`((?:bot|handlers|config|tests|docs|\.ci)/[\w./-]*)`")
NOT_YET = {"config/bot.toml", "handlers/count.py", "handlers/whois.py", "tests/handlers/test_count.py"}
"""Files that the docs tell people to make."""


def text_of(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def table_of(text: str) -> list[str]:
    """What stands in backquotes in the first column of a page's tables."""
    return [name for row in re.findall(r"(?m)^\| ([^|]*) \|", text) for name in re.findall(r"`([^`]+)`", row)]


def test_every_error_code_is_explained() -> None:
    """Each code that can be printed has its heading in the reference, once, and no other code has."""
    raised = {code for path in CODE for code in re.findall(r"\bMB\d{3}\b", path.read_text(encoding="utf-8"))}
    explained = re.findall(r"(?m)^### (MB\d{3})$", text_of("errors.md"))

    assert sorted(explained) == sorted(raised)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_error_codes_on_other_pages_exist(page: Path) -> None:
    """A page speaks only of codes that are explained."""
    explained = set(re.findall(r"(?m)^### (MB\d{3})$", text_of("errors.md")))

    assert set(re.findall(r"\bMB\d{3}\b", page.read_text(encoding="utf-8"))) <= explained


def test_T29_every_dependency_has_its_reason() -> None:
    """Each direct dependency has its line, and no line is left of one that went."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [
        *project["project"]["dependencies"],
        *(each for extra in project["project"]["optional-dependencies"].values() for each in extra),
        *project["dependency-groups"]["dev"],
    ]

    assert sorted(table_of(text_of("dependencies.md"))) == sorted(Requirement(each).name for each in groups)


def test_every_http_endpoint_is_named() -> None:
    """What the service's web server answers, and no more."""
    server = (ROOT / "bot" / "web" / "server.py").read_text()

    served = {f"{verb.upper()} {path}" for verb, path in re.findall(r'router\.add_(get|post)\("([^"]+)"', server)}
    assert set(table_of(text_of("http-endpoints.md").partition("## The console")[0])) == served


def test_every_page_of_the_console_is_named() -> None:
    """What it shows and what its forms do, with the least role that may."""
    routes = (ROOT / "bot" / "web" / "console" / "routes.py").read_text()
    one = "/broadcasts/{number}"
    served = {f"{verb} {path}": "everybody" for verb, path in re.findall(r'site\.open\("(\w+)", "([^"]+)"', routes)}
    for kind, path, rest in re.findall(r'site\.(page|action)\(\s*(f?r?"[^"]+"|one)([^)]*)\)', routes):
        where = one if path == "one" else re.sub(r'^[rf]*"|"$', "", path).replace("{one}", one)
        role = re.search(r"Role\.(\w+)", rest)
        least = role[1].lower() if role else "viewer" if kind == "page" else "operator"
        served[f"{'GET' if kind == 'page' else 'POST'} {where}"] = least

    named = text_of("http-endpoints.md").partition("## The console")[2]
    assert dict(re.findall(r"(?m)^\| `([^`]+)` \| (\w+) \|$", named)) == served


def test_every_endpoint_of_mixin_is_named() -> None:
    """What the client can call, and no more; the parts of a path that vary do not matter."""
    named = {re.sub(r":\w+", "", path).rstrip("/") for path in re.findall(r"(?:GET|POST) (/[\w/:]+)", _mixin())}

    assert named == {path.rstrip("/") for path in _called()}


def _mixin() -> str:
    return " ".join(table_of(text_of("supported-mixin-endpoints.md")))


def _called() -> Iterator[str]:
    """Every text in the client that begins like a path, up to what varies."""
    files = [*sorted((ROOT / "bot" / "mixin").glob("*api.py")), ROOT / "bot" / "mixin" / "oauth.py"]
    for node in (node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.match(r"/\w", node.value):
            yield re.sub(r":\w+", "", node.value.partition("?")[0])


def test_settings_without_effect_are_admitted() -> None:
    """A setting that nothing reads yet is on the list of those, and one that is read is not."""
    files = [*(ROOT / "bot").glob("*.py"), *(ROOT / "bot" / "cli").glob("*.py")]
    code = re.sub(r"(?m)^.*\bfor secret in\b.*$", "", "\n".join(path.read_text() for path in files))
    read = {one.name for one in settings_of(Settings) if re.search(rf"\.{one.name.partition('.')[2]}\b", code)}
    ours = {"config.redact", "log.redact", "log.format", "log.level"}
    admitted = re.search(r"(?s)## Settings without effect yet\n(.*?)\n## ", text_of("configuration.md"))

    listed = set(re.findall(r"`(\w+\.\w+)`", admitted[1])) if admitted else set()
    assert listed == {one.name for one in settings_of(Settings)} - read - ours


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    """Whoever is sent to a file finds it there."""
    named = {name for name in FILE.findall(page.read_text(encoding="utf-8")) if "NAME" not in name}

    assert [name for name in sorted(named - NOT_YET) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_pages_can_be_read(page: Path) -> None:
    """A page begins with its title, has one of them, and promises nothing for later in passing."""
    text = page.read_text(encoding="utf-8")

    assert text.startswith("# ")
    assert re.search(r"(?i)\b(TODO|TBD|coming soon|lorem)\b", text) is None


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_is_short_enough_to_be_read(name: str) -> None:
    """At most 200 lines, and its example is the command as it is; its twin has the same parts."""
    text = (ROOT / name).read_text(encoding="utf-8")
    twin = (ROOT / "README.md").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 200
    assert (ROOT / "handlers" / "whois.py").read_text(encoding="utf-8") in text
    assert text.count("\n## ") == twin.count("\n## ")
