"""Several bots in one process: each answers as itself, and the trouble of one is its own."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.entrance import Entrance
from bot.store import open_store
from bot.users import Role
from tests.e2e.conftest import MakeService
from tests.e2e.herd import Herd, bot_of, open_herd, write_keystores
from tests.e2e.journal import verdict
from tests.e2e.service import Service
from tests.e2e.views import ANN, Said, conversation_of_two


@pytest.fixture
async def herd() -> AsyncIterator[Herd]:
    async with open_herd(2) as opened:
        yield opened


@pytest.fixture
def several(herd: Herd, make_service: MakeService, tmp_path: Path) -> Service:
    """A process for two bots, not yet started."""
    write_keystores(tmp_path / "keystores", list(herd.wires))
    herd.bots[0].port = herd.port
    service = make_service(herd.bots[0], MIXBOT_KEYSTORES=str(tmp_path / "keystores"), MIXIN_KEYSTORE_PATH="")
    (service.home / "keystore.json").unlink()
    return service


async def fetched(service: Service, path: str) -> tuple[int, str]:
    (line,) = service.lines("web.listening")
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{line['port']}{path}") as answer:
        return answer.status, await answer.text()


async def report(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await fetched(service, "/readyz"))[1])
    return found


async def test_two_bots_in_one_process(herd: Herd, several: Service) -> None:
    """Each answers in its own conversations, remembers people for itself, and both end well together."""
    one, other = herd.bots
    several.launch()
    await herd.until_listening()

    for wire in (one, other):
        await wire.say(herd.ping(wire, "a"), herd.ping(wire, "b"))
    await herd.until_done()
    await one.say(Said("/notify off", "No more news from me", ANN, conversation_of_two(one.bot_id, ANN)))
    await one.until_done()
    await other.say(Said("/notify", "news", ANN, conversation_of_two(other.bot_id, ANN)))
    await other.until_done()
    status, body = await fetched(several, "/readyz")
    metrics = (await fetched(several, "/metrics"))[1]
    await several.stop()

    assert verdict(one.journal) == verdict(other.journal) == []
    assert "You get no news" not in " ".join(other.journal.texts())
    assert (status, json.loads(body)["running"]) == (200, 2)
    assert f'mixbot_messages_handled_total{{bot="{one.bot_id}"}} 3.0' in metrics
    assert {line["bot"][:4] for line in several.lines("bot.started")} == {one.bot_id[:4]}


async def test_F6_a_revoked_session_stops_one_bot_alone(herd: Herd, several: Service) -> None:
    """The bot that Mixin refuses is said with its code and not tried again and again; the other one answers."""
    dead, well = herd.bots
    dead.revoked = True
    several.launch()
    await well.until_listening()

    await well.say(herd.ping(well, "still"))
    await well.until_done()
    while "stopped" not in " ".join((found := await report(several))["here"].values()):
        await well.say(herd.ping(well, str(well.journal.count("acked"))))
        await well.until_done()
    await several.stop()

    assert found["here"][dead.bot_id].startswith("stopped MB110")
    assert (found["ready"], found["running"], found["stopped"]) == (True, 1, 1)
    assert [line["code"] for line in several.lines("bot.cannot_run")] == ["MB110"]
    assert verdict(well.journal) == []


async def test_a_bot_comes_and_goes_while_others_work(herd: Herd, several: Service, tmp_path: Path) -> None:
    """A Keystore that is put into the folder is served soon, and one that is taken out no more."""
    one, other = herd.bots
    file = tmp_path / "keystores" / f"{other.bot_id}.json"
    text = file.read_text()
    file.unlink()
    several.launch()
    await one.until_listening()
    assert not other.lines

    file.touch(mode=0o600)
    file.write_text(text)
    await other.until_listening()
    await other.say(herd.ping(other, "new"))
    await other.until_done()
    file.unlink()
    await other.until(lambda: not other.lines)
    await one.say(herd.ping(one, "old"))
    await one.until_done()
    await several.stop()

    assert one.journal.count("listening") == 1
    assert verdict(one.journal) == verdict(other.journal) == []


async def test_each_bot_has_its_own_commands_texts_and_pages(herd: Herd, several: Service, tmp_path: Path) -> None:
    """What stands beside a Keystore is for that bot only: commands that it does without, words of its own, its name."""
    one, other = herd.bots
    (tmp_path / "keystores" / f"{one.bot_id}.toml").write_text(
        'name = "Helpdesk"\nwithout = ["ping"]\nadmins = ["' + ANN + '"]\n[texts.en]\n"unknown.text" = "Ask me else"\n'
    )
    several.launch()
    await herd.until_listening()
    await one.say(herd.ping(one, "x"))
    await other.say(herd.ping(other, "x"))
    await herd.until_done()
    pages = [await fetched(several, f"/b/{wire.bot_id}/") for wire in (one, other)]
    nobody = await fetched(several, f"/b/{bot_of(9)}/")
    await several.stop()

    assert not any("pong" in text for text in one.journal.texts())
    assert any("pong x" in text for text in other.journal.texts())
    assert [status for status, _ in pages] == [200, 200]
    assert ["Helpdesk" in page for _, page in pages] == [True, False]
    assert nobody[0] == 404


async def test_one_browser_is_logged_in_at_two_bots(herd: Herd, several: Service) -> None:
    """Coming in at one console ends nothing at the other, although both are below one address; nor does going out."""
    several.launch()
    await herd.until_listening()
    url = f"http://localhost:{several.lines('web.listening')[0]['port']}"
    places = [f"{url}/b/{wire.bot_id}" for wire in herd.bots]
    async with open_store(f"sqlite:///{several.database}") as database, aiohttp.ClientSession() as browser:
        for wire, place in zip(herd.bots, places, strict=True):
            store = database.bot(wire.bot_id)
            await store.set_role(ANN, Role.OWNER)
            link = await Entrance(store.logins, place).link(ANN)
            form, origin = {"t": link.partition("?t=")[2]}, {"Origin": url}
            async with browser.post(f"{place}/console/login", data=form, headers=origin) as answer:
                assert answer.url.path.startswith(f"/b/{wire.bot_id}/console")
        before = [await _console(browser, place) for place in places]
        csrf = re.search(r'name="csrf" value="(\w+)"', before[0][1])
        assert csrf is not None
        async with browser.post(f"{places[0]}/console/logout", data={"csrf": csrf[1]}, headers=origin) as answer:
            assert answer.status == 200
        after = [await _console(browser, place) for place in places]
    await several.stop()

    assert [path for path, _ in before] == ["/console/", "/console/"]
    assert [path for path, _ in after] == ["/console/login", "/console/"]


async def _console(browser: aiohttp.ClientSession, place: str) -> tuple[str, str]:
    """Where one ends who opens a bot's console, and the page."""
    async with browser.get(f"{place}/console/") as answer:
        return "/console" + answer.url.path.partition("/console")[2], await answer.text()
