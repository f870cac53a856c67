"""Two messengers in one process: neither one's trouble is the other's."""

from tests.bot.nandbox.server import APP, NADIA, NOBODY, TOKEN, FakeNandbox, open_nandbox
from tests.bot.nandbox.speech import message
from tests.e2e.conftest import MakeService
from tests.e2e.journal import verdict
from tests.e2e.service import Service
from tests.e2e.views import ANN, WELCOME, Said, ping
from tests.e2e.wire import Wire
from tests.ports import free_port

AWAY = "nandbox cannot be reached right now. Please try again in a minute."
FOUND = f"Nadia Farouk\nPerson on nandbox\nStatus: At sea\nId: {NADIA}"


def service_of(make_service: MakeService, wire: Wire, uri: str) -> Service:
    return make_service(wire, NANDBOX_TOKEN=TOKEN, NANDBOX_URI=uri, NANDBOX_APP_ID=APP)


def texts(nandbox: FakeNandbox) -> list[str]:
    return [request["text"] for request in nandbox.said]


async def test_F46_mixin_is_served_whatever_becomes_of_nandbox(wire: Wire, make_service: MakeService) -> None:
    """Nandbox away, there, gone again: only its command fails, in plain words, and works once it is back."""
    port = free_port()
    async with open_nandbox(port=port) as first:
        uri = first.uri
    service = service_of(make_service, wire, uri)
    await service.start()
    await wire.say(Said("Hi", WELCOME, ANN))
    await wire.until_done()
    await wire.say(Said(f"/getuser {NADIA}", AWAY, ANN), ping("away"))
    await wire.until_done()
    async with open_nandbox(port=port) as nandbox:
        await nandbox.until(lambda: nandbox.logins == 1, within_s=30)
        await wire.say(Said(f"/getuser {NADIA}", FOUND, ANN), Said(f"/getuser {NOBODY}", "There is nobody", ANN))
        await wire.until_done()
    await wire.say(ping("gone"))
    await wire.until_done()
    await service.stop()

    assert verdict(wire.journal) == []
    assert TOKEN.rpartition(":")[2] not in service.log.read_text()
    assert [line["name"] for line in service.lines("nandbox.connected")][:1] == ["Harbour Helper"]


async def test_F46_nandbox_is_served_while_mixin_is_away(wire: Wire, make_service: MakeService) -> None:
    """People of nandbox are answered by the same commands, also while Mixin answers nobody."""
    async with open_nandbox() as nandbox:
        service = service_of(make_service, wire, nandbox.uri)
        await service.start()
        await nandbox.until(lambda: bool(nandbox.visits))
        await wire.drop()
        await nandbox.push(message("/ping one"))
        await nandbox.push(message("/ping two"))
        await nandbox.until(lambda: "pong two" in texts(nandbox))
        await service.stop()

    assert [text for text in texts(nandbox) if text.startswith("pong")] == ["pong one", "pong two"]
    assert texts(nandbox)[0].startswith("Hello, I am Harbour Helper.")
