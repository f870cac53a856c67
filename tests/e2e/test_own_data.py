"""People ask the real service about themselves, with the sandbox as Mixin: every command, and what must not happen."""

import json
import re
from collections.abc import AsyncIterator
from decimal import Decimal

import aiohttp
import pytest
import pytest_asyncio

from bot.sandbox.assets import Asset
from bot.sandbox.people import BLOCKING, FRIEND
from bot.sandbox.sandbox import GONE, WORKS
from bot.sandbox.tables import transaction
from bot.sandbox.world import ALICE, BOB, BOT_ID, BTC, GROUP_ID, NOOR, OLIVIA, SAKURA, WANG_FANG
from bot.store import open_store
from bot.users import Role
from tests.e2e.asking import Asker, asking
from tests.e2e.connecting import Rig, open_rig

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

EVERYTHING = ("PROFILE:READ", "ASSETS:READ", "SNAPSHOTS:READ", "CONTACTS:READ")
UNHURRIED = {"MIXBOT_PER_USER_PER_MINUTE": "100000", "MIXBOT_PER_USER_BURST": "100000"}
HOSTILE = "<b>\u202e*[x](https://evil.example)*\u200b"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path_factory.mktemp("own") / "home", **UNHURRIED) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alice(rig: Rig) -> AsyncIterator[Asker]:
    """Alice, who allows whatever she is asked for."""
    async with asking(rig, ALICE) as asker:
        await asker.ask("Hi")
        yield asker


async def connect(asker: Asker, *scopes: str) -> None:
    granted = asker.rig.sandbox.grants.of(asker.rig.sandbox.person(asker.name).user_id, BOT_ID)
    if any(set(scopes or EVERYTHING) <= set(one.scope.split()) for one in granted):
        return
    reply = await asker.ask(f"/connect {' '.join(scope.lower() for scope in scopes or EVERYTHING)}")
    (link,) = [action for action in reply.actions if action.startswith("http")][:1]
    async with asker.hearing("I may now read"):
        assert await asker.allow(link, *(scopes or EVERYTHING)) == "/oauth/connected"


async def test_one_scope_at_a_time(rig: Rig) -> None:
    """Each command asks for what it needs and no more, and then answers; nobody has to ask twice."""
    async with asking(rig, WANG_FANG) as wang:
        await wang.ask("Hi")
        allowed = ["PROFILE:READ"]
        for text, scope, words in (
            ("/assets", "ASSETS:READ", "Your wallet is empty."),
            ("/friends", "CONTACTS:READ", "Demo Bot (7000999001, bot)"),
            ("/snapshots", "SNAPSHOTS:READ", "No transfers here."),
        ):
            asked = await wang.ask(text)
            assert len(asked.actions) == 1
            granted = {one.scope for one in rig.sandbox.grants.of(WANG_FANG, BOT_ID)}
            assert scope not in "".join(granted)
            async with wang.hearing(words):
                assert await wang.allow(asked.actions[0], *(*allowed, scope)) == "/oauth/connected"
            allowed.append(scope)
            assert words in (await wang.ask(text)).text


async def test_check_33_every_form_of_every_command(rig: Rig, alice: Asker) -> None:
    """With and without a slash, in capitals, full width, with spaces around, and in Chinese: the same answer."""
    await connect(alice)
    forms = {
        "/assets": ("assets", "ASSETS", "／ａｓｓｅｔｓ", "  /assets  ", "资产", "/balance"),
        "/me": ("Me", "/whoami", "我"),
        "/friends": ("friends", "好友"),
        "/blocked": ("BLOCKED", "黑名单"),
        "/snapshots": ("/tx", "history", "账单"),
        "/asset BTC": ("coin btc", "/PRICE BTC", "价格 BTC"),
        "/conversation": ("conv", "会话"),
        "/privacy": ("Privacy", "隐私"),
    }
    for text, others in forms.items():
        expected = await alice.ask(text)
        assert expected.text
        assert "I don't know" not in expected.text
        for other in others:
            assert (await alice.ask(other)).text == expected.text, other


async def test_own_data_is_what_mixin_has(rig: Rig, alice: Asker) -> None:
    """Profile, coins, contacts, the blocked and transfers, to the last digit."""
    sandbox = rig.sandbox
    await connect(alice)
    with transaction(sandbox.db):
        sandbox.people.relate(ALICE, WANG_FANG, FRIEND)
        sandbox.people.relate(ALICE, NOOR, BLOCKING)
    sandbox.transfer(ALICE, BOB, "BTC", "0.00000001", memo="tiny")

    assert "Alice\nMixin ID: 40001" in (await alice.ask("/me")).text
    left = sandbox.wallet.balance(ALICE, BTC)
    assert left % Decimal("0.0001") == Decimal("0.00009999")
    assert f"{left.normalize()} BTC ≈ " in (await alice.ask("/assets")).text
    assert "王芳 (40003)" in (await alice.ask("/friends")).text
    assert "Noor (40005)" in (await alice.ask("/blocked")).text
    assert "-0.00000001 BTC · Bob (40002) · " in (await alice.ask("/snapshots BTC 5 out")).text
    newest = sandbox.wallet.snapshots(ALICE, limit=1)[0]
    one = await alice.ask(f"/snapshot {newest.snapshot_id}")
    assert "With: Bob (40002)\nMemo: tiny" in one.text
    assert one.actions[0] == f"mixin://snapshots/{newest.snapshot_id}"


async def test_every_page_of_transfers(rig: Rig, alice: Asker) -> None:
    """The button for older ones leads through all of them, each once, newest first."""
    sandbox = rig.sandbox
    await connect(alice)
    for number in range(25):
        sandbox.transfer(ALICE, SAKURA, "USDT", "0.000001", memo=f"no {number}")
    reply, lines = await alice.ask("/snapshots usdt 10 out"), []
    for _ in range(5):
        lines += [line for line in reply.text.split("\n") if "“no " in line]
        older = [action for action in reply.actions if "--before=" in action]
        if not older:
            break
        reply = await alice.ask(older[0].removeprefix("input:"))

    assert [line.partition("“")[2] for line in lines] == [f"no {number}”" for number in reversed(range(25))]


async def test_T32_conversations_and_transfers_of_others(rig: Rig, alice: Asker) -> None:
    """What is somebody else's and what does not exist are one answer; a group of one's own is shown."""
    await connect(alice)
    theirs = rig.sandbox.talk(OLIVIA).conversation_id
    nothing = "70000000-0000-4000-8000-000000000001"
    paid = rig.sandbox.transfer(OLIVIA, BOB, "XIN", "1").paid.snapshot_id

    assert (await alice.ask(f"/conv {theirs}")).text == (await alice.ask(f"/conv {nothing}")).text
    assert (await alice.ask(f"/snapshot {paid}")).text == (await alice.ask(f"/snapshot {nothing}")).text
    assert (await alice.ask(f"/conv {GROUP_ID}")).text.startswith("Group “Luma Lounge”\n")


async def test_check_36_five_hundred_hostile_coins(rig: Rig) -> None:
    """500 coins in 2,000 outputs are one post within the limits, and their names do nothing."""
    sandbox = rig.sandbox
    with transaction(sandbox.db):
        for number in range(500):
            asset_id = f"{number:08x}-0000-4000-8000-0000000c0141"
            sandbox.wallet.assets.add(Asset(asset_id, asset_id, f"{HOSTILE}{number}", "x", "1.5", "0", "0", 8))
            sandbox.wallet.receive(SAKURA, asset_id, "0.00000004", count=4)
    async with asking(rig, SAKURA) as sakura:
        await sakura.ask("Hi")
        await connect(sakura)
        reply = await sakura.ask("/assets all")

    (post,) = [each.data.decode() for each in reply.messages if each.category == "PLAIN_POST"]
    assert len(post.encode()) < 65_536
    assert post.count("0.00000016 ") == 500
    assert "\u202e" not in post
    assert "[x](" not in post
    assert "\\<b\\>" in post


async def test_thanks_for_coins_that_arrive(rig: Rig, alice: Asker) -> None:
    """By either notice, with the amount and the memo as the API has them."""
    for safe in (True, False):
        reply = await alice.pay("0.01", "BTC", safe=safe)
        assert reply.text == "Thank you! 0.01 BTC has arrived.\nMemo: for you"
        assert reply.actions[0].startswith("mixin://snapshots/")


async def test_T3_a_notice_that_somebody_wrote(rig: Rig, alice: Asker) -> None:
    """A system message without a transfer behind it, or of somebody else's transfer, says nothing."""
    theirs = rig.sandbox.transfer(OLIVIA, BOT_ID, "XIN", "1").received.snapshot_id
    for snapshot_id in ("70000000-0000-4000-8000-000000000001", theirs):
        fake = {"snapshot_id": snapshot_id, "asset_id": BTC, "amount": "1000", "opponent_id": ALICE, "memo": ""}
        reply = await alice.ask("", category="SYSTEM_SAFE_SNAPSHOT", data=json.dumps(fake).encode())
        assert reply.kinds == []


async def test_a_file_with_everything(rig: Rig, alice: Asker) -> None:
    """What /export sends can be fetched, and holds the person's rows and none of the keys."""
    await connect(alice)
    file = (await alice.ask("/export")).file()
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{rig.sandbox.url}/_storage/{file['attachment_id']}") as answer,
    ):
        content = await answer.read()

    assert (len(content), file["mime_type"]) == (file["size"], "application/json")
    exported = json.loads(content)
    assert exported["user_id"] == ALICE
    assert set(exported["allowed"]) == set(EVERYTHING)
    assert exported["kept"]["people"][0]["user_id"] == ALICE
    assert exported["kept"]["authorizations"][0]["sealed"] == "(sealed)"
    assert OLIVIA not in content.decode()


async def test_T25_F31_taken_back_at_mixin(rig: Rig, alice: Asker) -> None:
    """The next question finds out: the grant is gone, the person is told once, and can give it again."""
    await connect(alice)
    assert rig.sandbox.revoke(ALICE, BOT_ID) == 1

    told, again = await alice.ask("/assets"), await alice.ask("/assets")
    assert told.text.startswith("Your permission has ended or was taken back")
    assert again.text.startswith("To show your assets I need your permission")
    async with alice.hearing("Your assets:"):
        assert await alice.allow(again.actions[0], *EVERYTHING) == "/oauth/connected"


async def test_coins_are_counted_in_ones_own_money(rig: Rig, alice: Asker) -> None:
    """The money that was chosen in Mixin, at Mixin's rate."""
    await connect(alice)
    dollars = (await alice.ask("/assets")).text
    with transaction(rig.sandbox.db):
        rig.sandbox.people.change(ALICE, preferences={"fiat_currency": "EUR"})
    try:
        euros = (await alice.ask("/assets")).text
    finally:
        with transaction(rig.sandbox.db):
            rig.sandbox.people.change(ALICE, preferences={})

    (before,), (after,) = (re.findall(r"Together about (?:\$|€)([\d,.]+)", text) for text in (dollars, euros))
    assert float(after.replace(",", "")) == pytest.approx(float(before.replace(",", "")) * 0.92, abs=0.02)
    assert "$" not in euros


async def test_the_old_endpoints_may_be_gone(rig: Rig, alice: Asker) -> None:
    """Coins and transfers are all there without /assets and /snapshots."""
    await connect(alice)
    asked = ("/assets", "/asset BTC", "/snapshots", "/snapshots btc 3 out")
    before = [(await alice.ask(text)).text for text in asked]
    rig.sandbox.options.legacy = GONE
    try:
        assert [(await alice.ask(text)).text for text in asked] == before
    finally:
        rig.sandbox.options.legacy = WORKS


async def test_the_browsers_language_is_the_bots_from_then_on(rig: Rig) -> None:
    """Bob says Hi, as everybody does; his browser speaks Chinese, and so does the bot once he has connected."""
    async with asking(rig, BOB) as bob:
        assert "Hello" in (await bob.ask("Hi")).text
        bob.http.headers["Accept-Language"] = "zh-CN,zh;q=0.9,en;q=0.5"
        link = next(action for action in (await bob.ask("/connect")).actions if action.startswith("http"))
        async with bob.hearing("谢谢！"):
            assert await bob.allow(link, "PROFILE:READ") == "/oauth/connected"
        assert (await bob.ask("/id")).text.startswith("你：")


async def test_feedback_and_its_answer(rig: Rig, alice: Asker) -> None:
    """Alice writes to those who run the bot; Olivia, who does, quotes it, and Alice reads the answer."""
    async with asking(rig, OLIVIA) as olivia, open_store(f"sqlite:///{rig.home / 'data' / 'bot.db'}") as database:
        await olivia.ask("Hi")
        await database.bot(BOT_ID).set_role(OLIVIA, Role.OPERATOR)
        async with olivia.hearing("The letters are too small"):
            assert "passed it on" in (await alice.ask("/feedback The letters are too small")).text
        passed_on = rig.sandbox.history(OLIVIA)[-1]
        async with alice.hearing("They are larger now"):
            assert "on its way" in (await olivia.ask("They are larger now", quote_message_id=passed_on.message_id)).text
        answer = rig.sandbox.history(ALICE)[-1]

    asked = next(each for each in rig.sandbox.history(ALICE) if b"/feedback" in each.data)
    assert answer.quote_message_id == asked.message_id


async def test_T33_forgotten(rig: Rig) -> None:
    """After /forget the grant is gone, at Mixin as well, and no file of the database knows the person; a new word is a
    first word.
    """
    async with asking(rig, NOOR) as noor:
        await noor.ask("Hi")
        await connect(noor)
        await noor.ask("/stop")
        assert rig.sandbox.grants.of(NOOR, BOT_ID)
        assert NOOR in _database(rig)

        assert "I can read nothing of your account" in (await noor.ask("/forget confirm")).text
        assert rig.sandbox.grants.of(NOOR, BOT_ID) == []
        assert NOOR not in _database(rig)
        assert "Noor" not in _database(rig)
        assert (await noor.ask("/ping")).text.startswith("Hello, I am Demo Bot.")


def _database(rig: Rig) -> str:
    files = sorted((rig.home / "data").glob("bot.db*"))
    return "".join(path.read_bytes().decode("latin-1") for path in files if path.suffix != ".lock")


async def test_T22_nothing_personal_is_in_the_log(rig: Rig, alice: Asker) -> None:
    """Whatever was asked above, at debug level: no amount, name, memo, token or link."""
    words = ("0.00000001", "tiny", "Likes short answers", "王芳", "oauth/start?n=", "for you", "code_verifier")
    assert [each for each in words if each in rig.log] == []
