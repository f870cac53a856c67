"""What the browser asks for, and the headers that come with it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.sandbox.page import add_routes, chat_page, nandbox_page
from bot.sandbox.page.assets import load_assets
from bot.sandbox.page.markdown import MAX_MARKDOWN_BYTES
from bot.sandbox.page.pages import preferred_language

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """Where an application listens that has only the page."""
    app = web.Application()
    add_routes(app)
    app.router.add_get("/", chat_page)
    app.router.add_get("/nandbox/", nandbox_page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def browser_like(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(address) as session:
        yield session


async def test_T19_every_answer_carries_the_policy(browser_like: aiohttp.ClientSession) -> None:
    """The page, its files, Markdown and what is not there all come with the same strict headers."""
    base = load_assets().base
    calls = [
        ("GET", "/", 200),
        ("GET", f"{base}main.js", 200),
        ("GET", "/_page/old/main.js", 404),
        ("POST", "/_page/markdown", 200),
    ]
    for method, path, status in calls:
        async with browser_like.request(method, path) as answer:
            assert answer.status == status
            assert answer.headers["Content-Security-Policy"] == POLICY
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "same-origin"
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


async def test_the_page_names_only_files_that_are_served(browser_like: aiohttp.ClientSession) -> None:
    """Every address in the page answers, is immutable for a year and carries the hash of what it is part of."""
    async with browser_like.get("/") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        addresses = re.findall(r'(?:src|href)="(/_page/[^"]+)"', await answer.text())

    assert len(addresses) > 20
    for address in addresses:
        async with browser_like.get(address) as answer:
            assert answer.status == 200, address
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_nandboxs_page_names_only_files_that_are_served(browser_like: aiohttp.ClientSession) -> None:
    """Its own modules, and of the other page's only what it uses."""
    async with browser_like.get("/nandbox/") as answer:
        assert answer.headers["Content-Security-Policy"] == POLICY
        addresses = re.findall(r'(?:src|href)="(/_page/[^"]+)"', await answer.text())

    names = [address.removeprefix(load_assets().base) for address in addresses]
    assert "nandbox/main.js" in names
    assert "main.js" not in names
    for address in addresses:
        async with browser_like.get(address) as answer:
            assert answer.status == 200, address


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-GB,zh;q=0.5", "en"), ("ja,zh;q=0.4,en;q=0.2", "zh"),
        ("fr", "en"), ("zh;q=0,en;q=0.1", "en"), ("zh;q=abc", "en"), ("*", "en"), (";;,,=;q", "en"),
    ],
)  # fmt: skip
async def test_speaks_the_browsers_language(browser_like: aiohttp.ClientSession, accept: str, language: str) -> None:
    """The first of our languages by preference wins; whatever cannot be read is English."""
    assert preferred_language(accept) == language
    async with browser_like.get("/", headers={"Accept-Language": accept}) as answer:
        text = await answer.text()

    assert f'data-language="{language}"' in text
    assert ("沙盒" in text) == (language == "zh")


async def test_markdown_comes_back_as_a_tree(browser_like: aiohttp.ClientSession) -> None:
    """A post's text in, its tree out."""
    async with browser_like.post("/_page/markdown", data="**a** <i>b</i>") as answer:
        assert await answer.json() == {
            "tree": [
                {
                    "t": "paragraph",
                    "c": [{"t": "strong", "c": [{"t": "text", "v": "a"}]}, {"t": "text", "v": " <i>b</i>"}],
                }
            ]
        }


async def test_T19_markdown_has_a_limit(browser_like: aiohttp.ClientSession) -> None:
    """More than 128 KiB is refused, broken UTF-8 and NUL are read as text."""
    async with browser_like.post("/_page/markdown", data=b"a" * (MAX_MARKDOWN_BYTES + 1)) as answer:
        assert answer.status == 413
    async with browser_like.post("/_page/markdown", data=b"\xff\xfe\x00 a") as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "path", ["../pages.py", "..%2fpages.py", "%2e%2e/pages.py", "locales/../main.js", "main.js%00", "/etc/passwd"]
)
async def test_T19_only_its_own_files(address: str, browser_like: aiohttp.ClientSession, path: str) -> None:
    """No path leads out of the files that were read at the start."""
    async with browser_like.get(URL(f"{address}{load_assets().base}{path}", encoded=True)) as answer:
        assert answer.status == 404


def test_the_hash_changes_with_any_file(tmp_path: Path) -> None:
    """Another byte in any file, or another name, is another address."""
    for folder, name in (("static", "a.js"), ("locales", "en.json")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("{}")
    before = load_assets(tmp_path)
    (tmp_path / "locales" / "en.json").write_text("[]")

    assert load_assets(tmp_path).digest != before.digest
    assert set(before.files) == {"a.js", "locales/en.json"}
