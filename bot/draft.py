"""What an admin writes before it is a broadcast: text, post or card in several languages, and what is wrong with it.

Drafts are kept half-written. `problems` says what has to change first, in codes that each surface has words for.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from bot.broadcast import STOP_NEWS
from bot.links import check_action, in_patterns
from bot.message import Button, Buttons, Card, Content, Post, Text
from bot.wire import Value

MAX_BYTES = 64 * 1024
MAX_BUTTONS = 6
MAX_LABEL = 36
MAX_TITLE = 36
MAX_DESCRIPTION = 1024


class Shape(StrEnum):
    """In which form it is said."""

    TEXT = "text"
    POST = "post"
    CARD = "card"


class Said(Value, frozen=True):
    """What is said in one language; `title` and `link` are a card's. `stop` is the label of the button that ends the
    news, or empty.
    """

    body: str = ""
    title: str = ""
    link: str = ""
    buttons: tuple[Button, ...] = ()
    stop: str = ""


class Problem(Value, frozen=True):
    """`code` is what is wrong, `found` and `limit` the numbers or words in it; what is no `error` is only a warning."""

    code: str
    language: str = ""
    found: str = ""
    limit: int = 0
    error: bool = True


def contents_of_draft(shape: Shape, said: Said) -> tuple[Content, ...]:
    """As it will be sent; whatever is half-written stays so."""
    first: Content
    if shape is Shape.CARD:
        first = Card(said.title, said.body, said.link)
    else:
        first = Post(said.body) if shape is Shape.POST else Text(said.body)
    buttons = said.buttons + ((Button(said.stop, STOP_NEWS),) if said.stop else ())
    return (first, Buttons(buttons)) if buttons else (first,)


def read_draft(contents: Mapping[str, Sequence[Content]]) -> tuple[Shape, dict[str, Said]]:
    """The other way round: what can be edited of a broadcast; kinds of contents that have no form are left out."""
    shape, said = Shape.TEXT, {}
    for language, some in contents.items():
        body = title = link = stop = ""
        buttons: list[Button] = []
        for content in some:
            if isinstance(content, Text):
                body = content.text
            elif isinstance(content, Post):
                shape, body = Shape.POST, content.markdown
            elif isinstance(content, Card):
                shape, title, body, link = Shape.CARD, content.title, content.description, content.action
            elif isinstance(content, Buttons):
                buttons += [button for button in content.buttons if button.action != STOP_NEWS]
                stop = next((button.label for button in content.buttons if button.action == STOP_NEWS), stop)
        said[language] = Said(body, title, link, tuple(buttons), stop)
    return shape, said


def problems(shape: Shape, texts: Mapping[str, Said], patterns: Sequence[str] | None = None) -> list[Problem]:
    """What Mixin would refuse, and links that its apps would warn of; `patterns` are the bot's Resource Patterns, None
    where nobody knows them.
    """
    found: list[Problem] = []
    for language, said in texts.items():
        found += _text_problems(shape, language, said)
        found += _button_problems(language, said, patterns)
        if said.link:
            found += _link_problems(language, said.title or said.link, said.link, patterns)
    return found


def first_line(contents: Sequence[Content], most: int = 60) -> str:
    """By what a broadcast is recognized in a list."""
    for content in contents:
        text = content.text if isinstance(content, Text) else content.markdown if isinstance(content, Post) else ""
        text = content.title if isinstance(content, Card) else text
        line = next((line for each in text.splitlines() if (line := each.strip(" #*_>-\t"))), "")
        if line:
            return line if len(line) <= most else line[: most - 1].rstrip() + "…"
    return ""


def _text_problems(shape: Shape, language: str, said: Said) -> list[Problem]:
    found: list[Problem] = []
    if not said.body.strip():
        found.append(Problem("body_empty", language))
    if shape is Shape.CARD:
        if not said.title.strip():
            found.append(Problem("title_empty", language))
        if len(said.title) > MAX_TITLE:
            found.append(Problem("title_long", language, str(len(said.title)), MAX_TITLE))
        if len(said.body) > MAX_DESCRIPTION:
            found.append(Problem("description_long", language, str(len(said.body)), MAX_DESCRIPTION))
    elif (size := len(said.body.encode())) > MAX_BYTES:
        found.append(Problem("body_long", language, str(size), MAX_BYTES))
    return found


def _button_problems(language: str, said: Said, patterns: Sequence[str] | None) -> list[Problem]:
    found: list[Problem] = []
    if (count := len(said.buttons) + bool(said.stop)) > MAX_BUTTONS:
        found.append(Problem("buttons_many", language, str(count), MAX_BUTTONS))
    for button in said.buttons:
        label = button.label.strip()
        if not label:
            found.append(Problem("label_empty", language, button.action[:60]))
        elif len(button.label) > MAX_LABEL:
            found.append(Problem("label_long", language, label[:60], MAX_LABEL))
        if not button.action.strip():
            found.append(Problem("action_empty", language, label[:60]))
        else:
            found += _link_problems(language, label, button.action, patterns)
    if len(said.stop) > MAX_LABEL:
        found.append(Problem("label_long", language, said.stop[:60], MAX_LABEL))
    return found


def _link_problems(language: str, label: str, link: str, patterns: Sequence[str] | None) -> list[Problem]:
    try:
        check_action(link)
    except ValueError:
        return [Problem("link_refused", language, label[:60])]
    if patterns is not None and link.startswith("http") and not in_patterns(link, patterns):
        return [Problem("link_outside", language, label[:60], error=False)]
    return []
