"""`/console/settings`: what is in force and where it comes from, and the few things that may be changed here."""

from aiohttp import web

from bot.changing import NoPlaceholder, chosen_value
from bot.choices import EDITABLE, MOST_CHARACTERS, RATE, TEXT
from bot.ledger import AuditEntry
from bot.pace import HARD_CAP
from bot.web.console.visit import Visit


async def settings(visit: Visit) -> web.Response:
    """The page."""
    backstage, words = visit.services.backstage, visit.services.texts
    chosen = await visit.store.choices.choices()
    sentences = [
        (key, language, words.find(language, key) or "", f"{TEXT}{language}.{key}" in chosen)
        for key in EDITABLE
        for language in words.languages
    ]
    groups: dict[str, list[object]] = {}
    for line in backstage.settings if backstage is not None else ():
        groups.setdefault(line.name.partition(".")[0], []).append(line)
    return visit.page(
        "settings.html",
        groups=groups,
        rate=chosen.get(RATE, ""),
        cap=HARD_CAP,
        sentences=sentences,
        most=MOST_CHARACTERS,
        backstage=backstage,
    )


async def set_rate(visit: Visit) -> web.Response:
    """How fast broadcasts are sent; nothing goes back to what the settings say."""
    try:
        rate = chosen_value(RATE, await visit.field("rate", 12), visit.services.texts)
    except ValueError:
        return visit.see("/settings", wrong="settings.rate")
    await _choose(visit, RATE, rate, rate)
    return visit.see("/settings", done="settings.taken")


async def set_text(visit: Visit) -> web.Response:
    """Another sentence in the place of one of the bot's own; nothing goes back to that."""
    key, language = await visit.field("key"), await visit.field("language", 8)
    name = f"{TEXT}{language}.{key}"
    try:
        said = chosen_value(name, await visit.field("text", MOST_CHARACTERS), visit.services.texts)
    except NoPlaceholder:
        return visit.see("/settings", wrong="settings.placeholder")
    except ValueError:
        return visit.see("/settings", wrong="settings.text")
    await _choose(visit, name, said, f"{language} {key}")
    return visit.see("/settings", done="settings.taken")


async def _choose(visit: Visit, name: str, value: str, detail: str) -> None:
    entry = AuditEntry(visit.now, visit.visitor.user_id, "settings.change", name, detail or "default")
    await visit.store.choices.choose(name, value, entry)
