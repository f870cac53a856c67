import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from bot.account import Ending
from bot.errors import Forbidden, NotConnected, Unavailable, Unsupported
from bot.mixin.grant_access import GrantAccess
from bot.mixin.grants import MixinGrants, OAuthOptions
from bot.mixin.hosts import Hosts
from bot.mixin.options import MixinOptions
from bot.mixin.platform import Mixin, open_mixin
from bot.oauth import Outcome
from bot.records import Sighting, Store
from bot.store import open_store
from bot.vault import Vault
from bot.wire import replace
from tests.bot.mixin.oauth_server import Given, OAuthServer, refuse, serve_oauth
from tests.bot.mixin.servers import FAST, hearing
from tests.bot.mixin.vectors import ANN, BOT_ID, bot_keystore

BEN = "0c8c0f0e-1c0a-4b0e-8a0e-3a1a6a1d8c2b"
VAULT = Vault({1: b"k" * 32})
OPTIONS = OAuthOptions("https://bot.example", "https://mixin.example", ("ASSETS:READ", "CONTACTS:READ"))


class Rig:
    """A bot, Mixin's side of OAuth, and what people do in between."""

    def __init__(self, server: OAuthServer, mixin: Mixin, store: Store) -> None:
        self.server = server
        self.mixin = mixin
        self.store = store
        self.now = datetime.now(UTC)
        self.grants = self.make(OPTIONS)

    def make(self, options: OAuthOptions) -> MixinGrants:
        return MixinGrants(self.mixin, self.store, VAULT, options, now=lambda: self.now)

    def access(self, user_id: str = ANN) -> GrantAccess:
        return GrantAccess(user_id, self.mixin, self.store, VAULT)

    async def link(self, user_id: str = ANN, *scopes: str) -> str:
        """What the link bears."""
        link = urlsplit(await self.grants.link(user_id, scopes))
        assert (link.scheme, link.netloc, link.path) == ("https", "bot.example", "/oauth/start")
        return parse_qs(link.query)["n"][0]

    async def set_out(self, ticket: str) -> tuple[str, dict[str, str]]:
        """The secret of the browser, and what Mixin's page is told."""
        departure = await self.grants.begin(ticket)
        assert departure is not None
        url = urlsplit(departure.url)
        assert url.netloc == "mixin.example"
        return departure.browser, {name: values[0] for name, values in parse_qs(url.query).items()}

    async def connect(self, user_id: str = ANN, *scopes: str, granted: str = "", who: str = "") -> Outcome:
        """All the way, with `granted` in the place of what was asked for, or by somebody else."""
        browser, query = await self.set_out(await self.link(user_id, *scopes))
        code = self.server.agree(who or user_id, granted or query["scope"], query["code_challenge"])
        return await self.grants.complete(browser, query["state"], code, declined=False)


@asynccontextmanager
async def opened(tmp_path: Path, options: MixinOptions = FAST) -> AsyncIterator[Rig]:
    """A rig whose options a test may choose."""
    async with serve_oauth() as server:
        hosts = Hosts((server.url,), ("ws://127.0.0.1:9/",))
        async with (
            open_mixin(bot_keystore(), hosts, options) as mixin,
            open_store(f"sqlite:///{tmp_path}/bot.db") as database,
        ):
            yield Rig(server, mixin, database.bot(BOT_ID))


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with opened(tmp_path) as found:
        yield found


async def test_somebody_connects(rig: Rig) -> None:
    """By PKCE and with a key of our own; what is kept says what is allowed, and is due to be told."""
    assert await rig.connect(ANN, "ASSETS:READ") is Outcome.CONNECTED

    (exchange,) = rig.server.exchanges
    assert (exchange["client_id"], exchange["client_secret"]) == (BOT_ID, "")
    assert exchange["ed25519"]
    kept = await rig.store.authorization(ANN)
    grant = await rig.grants.granted(ANN)
    assert kept is not None
    assert grant is not None
    assert grant.scopes == ("PROFILE:READ", "ASSETS:READ")
    assert (grant.since, grant.expires) == (rig.now, rig.now + timedelta(days=365))
    assert (kept.notice, kept.notice_at) == ("connected", rig.now)
    assert (await rig.grants.account(ANN).profile()).user.id == ANN


async def test_the_browsers_language_is_learned_from_who_agreed(rig: Rig) -> None:
    """Before the person is told that it works; not from somebody who came with another's link."""
    for user_id in (ANN, BEN):
        await rig.store.meet([Sighting(user_id, f"c-{user_id}", "m", rig.now)])

    async def come_back(ticket: str, who: str) -> Outcome:
        browser, query = await rig.set_out(ticket)
        code = rig.server.agree(who, query["scope"], query["code_challenge"])
        return await rig.grants.complete(browser, query["state"], code, declined=False, language="zh")

    assert await come_back(await rig.link(ANN), ANN) is Outcome.CONNECTED
    assert await come_back(await rig.link(ANN), BEN) is Outcome.OTHER
    found = [await rig.store.person(user_id) for user_id in (ANN, BEN)]
    assert [each.language for each in found if each is not None] == ["zh", ""]


async def test_a_plain_token_works_as_well(rig: Rig) -> None:
    """Where Mixin gives no other form; its end is the token's own."""
    rig.server.bearer = True
    assert await rig.connect() is Outcome.CONNECTED
    grant = await rig.grants.granted(ANN)

    assert bytes(await rig.access().get("/friends")) == b"[]"
    assert grant is not None
    assert grant.expires is not None
    assert abs(grant.expires - rig.now - timedelta(days=100)) < timedelta(minutes=1)


async def test_a_plain_token_need_not_say_when_it_ends(rig: Rig) -> None:
    """Then it is a year, which is the longest that Mixin lets a grant live; an opaque text is a token as well."""
    answer = {"data": {"access_token": "opaque", "scope": "PROFILE:READ"}}
    rig.server.answers["/oauth/token"] = lambda _: web.json_response(answer)
    rig.server.answers["/me"] = lambda _: web.json_response({"data": {"user_id": ANN}})
    assert await rig.connect() is Outcome.CONNECTED
    grant = await rig.grants.granted(ANN)

    assert grant is not None
    assert grant.expires == rig.now + timedelta(days=365)


async def test_the_secret_is_the_last_resort(rig: Rig) -> None:
    """Only after PKCE was refused, only where one is set, and never together."""
    rig.server.accepts_pkce = False
    rig.server.client_secret = "s" * 64
    with hearing() as heard:
        assert await rig.connect() is Outcome.FAILED
    assert [line.get("code") for line in heard.lines if line["event"] == "oauth.refused"] == ["MB140"]
    rig.grants = rig.make(OAuthOptions(*(OPTIONS.public_url, OPTIONS.page_url, OPTIONS.offered), "s" * 64))
    assert await rig.connect() is Outcome.CONNECTED

    assert [(bool(each["code_verifier"]), bool(each["client_secret"])) for each in rig.server.exchanges] == [
        (True, False),
        (True, False),
        (False, True),
    ]


async def test_scopes_are_asked_for_step_by_step(rig: Rig) -> None:
    """What is needed and no more; what was allowed before is asked for again, since the new grant takes its place."""
    _, query = await rig.set_out(await rig.link(ANN))
    assert query["scope"] == "PROFILE:READ"
    await rig.connect(ANN, "ASSETS:READ")
    _, query = await rig.set_out(await rig.link(ANN, "CONTACTS:READ"))
    assert query["scope"] == "PROFILE:READ ASSETS:READ CONTACTS:READ"

    assert rig.grants.offered == ("PROFILE:READ", "ASSETS:READ", "CONTACTS:READ")
    with pytest.raises(Unsupported):
        await rig.grants.link(ANN, ["PHONE:READ"])


async def test_what_was_unticked_is_not_granted(rig: Rig) -> None:
    """The server's word counts, not what was asked for."""
    assert await rig.connect(ANN, "ASSETS:READ", granted="PROFILE:READ") is Outcome.CONNECTED
    kept = await rig.store.authorization(ANN)

    assert kept is not None
    assert (kept.scope, kept.asked) == ("PROFILE:READ", "PROFILE:READ ASSETS:READ")
    assert await rig.access().scopes() == ["PROFILE:READ"]


async def test_nothing_granted_is_nothing_kept(rig: Rig) -> None:
    """A grant that does not even show whose it is."""
    assert await rig.connect(ANN, "ASSETS:READ", granted="ASSETS:READ") is Outcome.FAILED
    assert await rig.grants.granted(ANN) is None


async def test_T16_no_exchange_without_the_right_state(rig: Rig) -> None:
    """No state, a foreign one, that of another browser, one that was used, one that is too old: nothing happens."""
    browser, query = await rig.set_out(await rig.link())
    other, others = await rig.set_out(await rig.link(BEN))
    code = rig.server.agree(ANN, "PROFILE:READ", query["code_challenge"])
    for wrong, state in (
        ("", query["state"]),
        (browser, ""),
        (browser, "x" * 43),
        (other, query["state"]),
        (browser, others["state"]),
        (browser, query["state"].swapcase()),
        (browser, query["state"] + " "),
        ("é", "\ud800"),
    ):
        assert await rig.grants.complete(wrong, state, code, declined=False) is Outcome.STALE
    assert rig.server.asked == []

    assert await rig.grants.complete(browser, query["state"], code, declined=False) is Outcome.CONNECTED
    assert await rig.grants.complete(browser, query["state"], code, declined=False) is Outcome.STALE
    assert len(rig.server.exchanges) == 1


async def test_T16_twenty_at_once_make_one_exchange(rig: Rig) -> None:
    """The state is used up before the code is sent anywhere."""
    browser, query = await rig.set_out(await rig.link())
    code = rig.server.agree(ANN, "PROFILE:READ", query["code_challenge"])
    outcomes = await asyncio.gather(
        *(rig.grants.complete(browser, query["state"], code, declined=False) for _ in range(20))
    )

    assert sorted(outcomes) == [Outcome.CONNECTED, *[Outcome.STALE] * 19]
    assert len(rig.server.exchanges) == 1


async def test_T16_ten_minutes_and_not_longer(rig: Rig) -> None:
    """Neither a link nor a state lives longer."""
    ticket = await rig.link()
    browser, query = await rig.set_out(ticket)
    rig.now += timedelta(seconds=601)

    assert await rig.grants.begin(ticket) is None
    assert await rig.grants.complete(browser, query["state"], "code", declined=False) is Outcome.STALE
    assert rig.server.asked == []


async def test_T16_a_link_that_was_used_leads_nowhere(rig: Rig) -> None:
    """Until somebody came back it may be opened again; afterwards it is dead, and so are links nobody gave."""
    ticket = await rig.link()
    await rig.set_out(ticket)
    browser, query = await rig.set_out(ticket)
    code = rig.server.agree(ANN, "PROFILE:READ", query["code_challenge"])
    assert await rig.grants.complete(browser, query["state"], code, declined=False) is Outcome.CONNECTED

    for dead in (ticket, "", "x", "\ud800", query["state"]):
        assert await rig.grants.begin(dead) is None


async def test_T17_swapped_links_bind_nobody(rig: Rig) -> None:
    """Ann opens the link of Ben, and Ben that of Ann: both are refused, and what they had before stays."""
    assert await rig.connect(ANN) is Outcome.CONNECTED
    before = await rig.store.authorization(ANN)
    assert await rig.connect(ANN, "ASSETS:READ", who=BEN) is Outcome.OTHER
    assert await rig.connect(BEN, "ASSETS:READ", who=ANN) is Outcome.OTHER

    assert before is not None
    assert await rig.store.authorization(ANN) == before
    assert await rig.store.authorization(BEN) is None


async def test_several_processes_share_the_way(rig: Rig) -> None:
    """The link from one, the start at a second, the callback at a third: all they share is the database."""
    ticket = await rig.link(ANN, "ASSETS:READ")
    rig.grants = rig.make(OPTIONS)
    browser, query = await rig.set_out(ticket)
    code = rig.server.agree(ANN, query["scope"], query["code_challenge"])

    assert await rig.make(OPTIONS).complete(browser, query["state"], code, declined=False) is Outcome.CONNECTED
    assert await rig.access().scopes() == ["PROFILE:READ", "ASSETS:READ"]


async def test_a_ticket_sealed_with_another_key_leads_nowhere(rig: Rig) -> None:
    """A process with another keyring cannot go on with it, and says so in its log."""
    ticket = await rig.link()
    browser, query = await rig.set_out(ticket)
    rig.grants = MixinGrants(rig.mixin, rig.store, Vault({2: b"x" * 32}), OPTIONS)
    with hearing() as heard:
        assert await rig.grants.begin(ticket) is None
        assert await rig.grants.complete(browser, query["state"], "code", declined=False) is Outcome.STALE

    assert [line.get("code") for line in heard.lines if line["event"] == "oauth.cannot_open"] == ["MB144"]


async def test_neither_code_nor_refusal(rig: Rig) -> None:
    """Mixin sends somebody back with nothing: it did not work, and nothing is exchanged."""
    browser, query = await rig.set_out(await rig.link())

    assert await rig.grants.complete(browser, query["state"], "", declined=False) is Outcome.FAILED
    assert rig.server.asked == []


async def test_declining_changes_nothing(rig: Rig) -> None:
    """The state is used up, and nothing is asked of Mixin."""
    browser, query = await rig.set_out(await rig.link())

    assert await rig.grants.complete(browser, query["state"], "", declined=True) is Outcome.DECLINED
    assert await rig.grants.complete(browser, query["state"], "code", declined=False) is Outcome.STALE
    assert rig.server.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: refuse(20121),
        lambda _: refuse(500),
        lambda _: web.Response(status=502, text="<html>bad gateway</html>"),
        lambda _: web.json_response({"data": {"scope": "PROFILE:READ"}}),
        lambda _: web.json_response({"data": {"access_token": 5}}),
        lambda _: web.json_response({}),
    ],
)
async def test_T18_an_exchange_that_fails_is_not_repeated(rig: Rig, answer: object) -> None:
    """A code is sent once, whatever becomes of it, and stands in no log."""
    rig.server.answers["/oauth/token"] = answer  # type: ignore[assignment]
    with hearing() as heard:
        assert await rig.connect() is Outcome.FAILED

    assert len(rig.server.exchanges) == 1
    assert await rig.grants.granted(ANN) is None
    assert not [secret for secret in rig.server.secrets_used if secret in str(heard.lines)]
    assert rig.server.secrets_used


async def test_whose_grant_it_is_must_be_known(rig: Rig) -> None:
    """Without an answer of GET /me, or with one that names nobody, nothing is kept."""
    for answer in (refuse(500), web.json_response({"data": {}}), web.json_response({"data": []})):
        body, status = answer.body, answer.status
        rig.server.answers["/me"] = lambda _, body=body, status=status: web.Response(body=body, status=status)  # type: ignore[misc]
        assert await rig.connect() is Outcome.FAILED
    assert await rig.grants.granted(ANN) is None


async def test_T24_nothing_usable_is_in_the_database(rig: Rig, tmp_path: Path) -> None:
    """Neither token nor key nor verifier nor link nor state, while they live and after they are deleted."""
    ticket = await rig.link(BEN)
    browser, query = await rig.set_out(ticket)
    rig.server.bearer = True
    await rig.connect(ANN)
    rig.server.secrets_used |= {ticket, browser, query["state"]}
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())

    assert ANN.encode() in content
    assert len(rig.server.secrets_used) >= 6
    assert not [secret for secret in rig.server.secrets_used if secret.encode() in content]
    assert await rig.grants.disconnect(ANN)
    assert not await rig.grants.disconnect(ANN)


# Giving it back


async def test_a_grant_is_given_back_at_mixin_as_well(rig: Rig) -> None:
    """With either form of proof; only after it was deleted here, and asked once."""
    for bearer in (False, True):
        rig.server.bearer = bearer
        await rig.connect()
        kept_then: list[object] = []

        async def cancel(given: Given | None, kept_then: list[object] = kept_then) -> web.Response:
            assert given is not None
            given.alive = False
            kept_then.append(await rig.store.authorization(ANN))
            return web.json_response({})

        rig.server.slow_answers["/oauth/cancel"] = cancel
        rig.server.asked.clear()
        assert await rig.grants.disconnect(ANN) is Ending.EVERYWHERE
        assert await rig.grants.disconnect(ANN) is Ending.NOTHING
        assert rig.server.asked == ["POST /oauth/cancel"]
        assert kept_then == [None]
    assert [json.loads(body) for body in rig.server.bodies["/oauth/cancel"]] == [{"client_id": BOT_ID}] * 2


@pytest.mark.parametrize("answer", [lambda: refuse(403), lambda: refuse(500), lambda: web.Response(status=502)])
async def test_a_grant_that_mixin_does_not_end_is_gone_all_the_same(
    rig: Rig, answer: Callable[[], web.Response]
) -> None:
    """The bot can use it no more, says that Mixin did not confirm it, and does not ask again."""
    await rig.connect()
    rig.server.answers["/oauth/cancel"] = lambda _: answer()
    rig.server.asked.clear()

    assert await rig.grants.disconnect(ANN) is Ending.HERE
    assert rig.server.asked == ["POST /oauth/cancel"]
    assert await rig.store.authorization(ANN) is None


async def test_a_grant_that_mixin_does_not_know_is_over(rig: Rig) -> None:
    """Taken back in the settings before."""
    await rig.connect()
    rig.server.grants[0].alive = False

    assert await rig.grants.disconnect(ANN) is Ending.EVERYWHERE


async def test_a_grant_that_cannot_be_opened_is_deleted(rig: Rig) -> None:
    """Without the key Mixin cannot be told."""
    await rig.connect()
    rig.server.asked.clear()
    other = MixinGrants(rig.mixin, rig.store, Vault({2: b"x" * 32}), OPTIONS)

    assert await other.disconnect(ANN) is Ending.HERE
    assert await rig.store.authorization(ANN) is None
    assert rig.server.asked == []


# Requests in a person's name


async def test_T25_F31_a_dead_grant_is_deleted_at_once(rig: Rig) -> None:
    """401: gone after one request, told once, and never used again."""
    await rig.connect()
    rig.server.grants[0].alive = False
    rig.server.asked.clear()
    access = rig.access()
    with pytest.raises(NotConnected) as first:
        await access.get("/friends")
    for again in (access, rig.access()):
        with pytest.raises(NotConnected) as then:
            await again.get("/friends")
        assert not then.value.ended

    assert first.value.ended
    assert rig.server.asked == ["GET /friends"]
    assert await rig.store.authorization(ANN) is None


async def test_T25_of_several_at_once_one_is_told(rig: Rig) -> None:
    """Two commands that find out at the same time."""
    await rig.connect()
    rig.server.grants[0].alive = False
    found = await asyncio.gather(*(rig.access().get("/friends") for _ in range(5)), return_exceptions=True)

    assert sorted(isinstance(each, NotConnected) and each.ended for each in found) == [False] * 4 + [True]


async def test_T25_a_newer_grant_outlives_the_end_of_an_older(rig: Rig) -> None:
    """Connected again within the very request that was refused."""
    await rig.connect()
    access = rig.access()
    await access.get("/friends")
    rig.server.grants[0].alive = False
    await rig.connect(ANN, "ASSETS:READ")
    with pytest.raises(NotConnected) as caught:
        await access.get("/friends")

    assert not caught.value.ended
    assert await rig.access().scopes() == ["PROFILE:READ", "ASSETS:READ"]


@pytest.mark.parametrize("tells_time", [True, False])
async def test_F5_a_wrong_clock_ends_no_grant(rig: Rig, tells_time: bool) -> None:
    """401 because our clock is off: it is put right, by an answer to the bot where this one tells no time."""
    await rig.connect()
    rig.server.clock_ahead_s = 3600.0
    rig.server.tells_time = tells_time

    def me(given: object) -> web.Response:
        rig.server.tells_time = True
        return web.json_response({"data": {"user_id": BOT_ID}}) if rig.mixin.clock_offset_s else refuse(401)

    rig.server.answers["/me"] = me
    assert bytes(await rig.access().get("/friends")) == b"[]"
    assert await rig.store.authorization(ANN) is not None


async def test_a_proxy_ends_no_grant(rig: Rig) -> None:
    """A bare 401 or 403 of something on the way says nothing about the grant."""
    await rig.connect()
    for status in (401, 403):
        rig.server.answers["/friends"] = lambda _, status=status: web.Response(status=status, text="<html>")  # type: ignore[misc]
        with pytest.raises(Unavailable):
            await rig.access().get("/friends")
    assert await rig.store.authorization(ANN) is not None


async def test_403_is_for_the_caller(rig: Rig) -> None:
    """The grant lives; whoever asked knows what for."""
    await rig.connect()
    rig.server.answers["/friends"] = lambda _: refuse(403)
    with pytest.raises(Forbidden):
        await rig.access().get("/friends")
    assert await rig.store.authorization(ANN) is not None


async def test_T10_an_answer_with_a_wrong_signature_is_not_believed(rig: Rig, tmp_path: Path) -> None:
    """Neither data nor an end of the grant; without any signature it is, unless signatures are required."""
    await rig.connect()
    rig.server.integrity = "wrong"
    for answer in (web.json_response({"data": []}), refuse(403)):
        body, status = answer.body, answer.status
        rig.server.answers["/friends"] = lambda _, body=body, status=status: web.Response(body=body, status=status)  # type: ignore[misc]
        with pytest.raises(Unavailable, match="signature"):
            await rig.access().get("/friends")
    rig.server.answers.clear()
    rig.server.integrity = ""
    assert bytes(await rig.access().get("/friends")) == b"[]"


async def test_T10_signatures_can_be_required(tmp_path: Path) -> None:
    """Then an unsigned answer is none; signed ones are."""
    options = MixinOptions(
        FAST.blaze, request_timeout_s=2.0, retry_first_s=0.001, retry_most_s=0.01, signed_answers=True
    )
    async with opened(tmp_path, options) as rig:
        await rig.connect()
        assert bytes(await rig.access().get("/friends")) == b"[]"
        rig.server.integrity = ""
        with pytest.raises(Unavailable, match="not signed"):
            await rig.access().get("/friends")
        assert await rig.connect() is Outcome.FAILED


async def test_somebody_who_never_connected(rig: Rig) -> None:
    """Nothing is asked of Mixin."""
    with pytest.raises(NotConnected) as caught:
        await rig.access().get("/me")
    assert not caught.value.ended
    assert rig.server.asked == []


async def test_a_grant_of_another_key_is_not_used(rig: Rig) -> None:
    """Sealed with a key that is not at hand, or moved from another row: as if there were none, and it is logged."""
    await rig.connect()
    kept = await rig.store.authorization(ANN)
    assert kept is not None
    await rig.store.keep_authorization(replace(kept, user_id=BEN))
    with hearing() as heard, pytest.raises(NotConnected):
        await rig.access(BEN).get("/me")

    assert heard.lines[-1]["code"] == "MB144"
