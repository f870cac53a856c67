"""What may be changed while the service runs, from the console and from the chat, and which values fit."""

from collections.abc import Sequence

from bot.choices import EDITABLE, MOST_CHARACTERS, RATE, TEXT, placeholders_of
from bot.pace import HARD_CAP
from bot.texts import Texts

PLACEHOLDERS = {"start.welcome": {"bot"}, "media.thanks": {"kind"}, "thanks.text": {"sum"}}
"""What a sentence may name, though the one in force leaves it out."""


class NoPlaceholder(ValueError):
    """Names in braces that the sentence cannot have."""


def changeable(texts: Texts) -> Sequence[str]:
    """The names of all choices that people make."""
    return (RATE, *(f"{TEXT}{language}.{key}" for key in EDITABLE for language in texts.languages))


def chosen_value(name: str, value: str, texts: Texts) -> str:
    """A value as it is kept; empty goes back to what the settings say.

    Raises:
        NoPlaceholder: A sentence has something else in braces than what it can name.
        ValueError: The value does not fit, or nothing of that name can be changed.
    """
    if name not in changeable(texts):
        raise ValueError(f"{name} cannot be changed")
    if name == RATE:
        if value and not (value.isascii() and value.isdigit() and 0 < int(value[:9]) <= HARD_CAP):
            raise ValueError(f"{value!r} is no whole number up to {HARD_CAP}")
        return value and str(int(value))
    language, _, key = name.removeprefix(TEXT).partition(".")
    said = value.replace("\r\n", "\n")
    if len(said) > MOST_CHARACTERS:
        raise ValueError(f"more than {MOST_CHARACTERS} characters")
    try:
        named = placeholders_of(said)
    except ValueError as error:
        raise NoPlaceholder(str(error)) from None
    if not named <= placeholders_of(texts.find(language, key) or "") | PLACEHOLDERS.get(key, set()):
        raise NoPlaceholder(f"{said!r} names more than can be filled in")
    return said
