"""What `mixbot broadcast new` is given to say, in every language, what is wrong with it, and how it is shown."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from bot.cli.contents import buttons_of
from bot.cli.language import text as sentence
from bot.cli.setup import LOCALES, keystore_of, mixin_of, settings_for_command
from bot.draft import Problem, Said, Shape, contents_of_draft, problems
from bot.errors import ServiceError, SetupError
from bot.message import Button, Buttons, Card, Content, Post, Text
from bot.mixin.account import MixinAccount
from bot.texts import Texts, load_texts

PATTERNS_S = 5.0
"""So long the dashboard's Resource Patterns are waited for; without them links are not compared."""


def contents_in_words(
    shape: Shape, text: str, others: Sequence[str], written: Sequence[str], link: str, keystore: str
) -> tuple[Mapping[str, Sequence[Content]], list[Problem]]:
    """Contents by language, and warnings. `others` are `zh=TEXT`; a button may begin with its language, `zh:LABEL=…`.

    Raises:
        BadParameter: Mixin would refuse it.
    """
    texts = load_texts(LOCALES)
    bodies = {"": _body(text)}
    for each in others:
        language, equals, body = each.partition("=")
        if not equals or language not in texts.languages:
            raise typer.BadParameter(f"{each[:40]!r}: expected LANGUAGE=TEXT with one of {', '.join(texts.languages)}")
        bodies[language] = _body(body)
    buttons = _buttons(written, bodies)
    said = {
        language: _said(shape, language, body, link, buttons.get(language) or buttons.get("", ()), texts)
        for language, body in bodies.items()
    }
    linked = bool(link) or any(button.action.startswith("http") for each in buttons.values() for button in each)
    found = problems(shape, said, _patterns(keystore) if linked else None)
    if errors := [problem for problem in found if problem.error]:
        raise typer.BadParameter("\n".join(problem_text(problem) for problem in errors))
    return {language: contents_of_draft(shape, each) for language, each in said.items()}, found


def problem_text(problem: Problem) -> str:
    """What is wrong, for whoever sits there."""
    where = f"[{problem.language}] " if problem.language else ""
    return where + sentence(f"draft.{problem.code}", found=problem.found, limit=problem.limit)


def shown_lines(content: Content) -> list[str]:
    """A content as it can be shown in a terminal."""
    if isinstance(content, Text):
        return content.text.splitlines()
    if isinstance(content, Post):
        return content.markdown.splitlines()
    if isinstance(content, Card):
        lines = [f"┃ {content.title}", *(f"┃ {line}" for line in content.description.splitlines())]
        return [*lines, f"┃ → {content.action}"] if content.action else lines
    if isinstance(content, Buttons):
        return ["  ".join(f"[{button.label}]" for button in content.buttons)]
    return [repr(content)]


def _said(
    shape: Shape, language: str, body: str, link: str, buttons: tuple[Button, ...], texts: Texts
) -> Said:  # fmt: skip
    title = ""
    if shape is Shape.CARD:
        title, _, body = body.partition("\n")
    stop = texts.get(language, "broadcast.stop_button")
    return Said(body.strip() if shape is Shape.CARD else body, title.strip(), link, buttons, stop)


def _body(text: str) -> str:
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8"
        raise typer.BadParameter(f"{text[1:]} cannot be read: {reason}") from None


def _buttons(written: Sequence[str], bodies: Mapping[str, str]) -> dict[str, tuple[Button, ...]]:
    found: dict[str, list[str]] = {}
    for each in written:
        language, colon, rest = each.partition(":")
        ours = colon and language in bodies and "=" in rest
        found.setdefault(language if ours else "", []).append(rest if ours else each)
    return {language: buttons_of(some).buttons for language, some in found.items()}


def _patterns(keystore: str) -> Sequence[str] | None:
    """Where links may lead, as the dashboard says; None where Mixin does not answer."""

    async def asked() -> Sequence[str]:
        settings = settings_for_command(keystore)
        async with asyncio.timeout(PATTERNS_S), mixin_of(settings, keystore_of(settings)) as mixin:
            return (await MixinAccount(mixin.api).profile()).resource_patterns

    try:
        return asyncio.run(asked())
    except (ServiceError, SetupError, TimeoutError):
        return None
