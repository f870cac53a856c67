"""What an account asks of Mixin's API about itself, typed: a person with their grant, or the bot with its own token.

Source: protocol/mixin.md 5
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from urllib.parse import quote, urlencode

from bot.errors import NotFound, TooLarge, Unavailable
from bot.mixin.conversation import is_uuid
from bot.mixin.views import Asset, Conversation, FiatView, Output, SnapshotView, UserView
from bot.wire import Raw, WireError, decoder

T = TypeVar("T")

PAGE = 500
MOST_PAGES = 100
"""Of outputs: whoever has more than 50,000 has to tidy up first."""

_me = decoder(UserView)
_users = decoder(tuple[UserView, ...])
_conversation = decoder(Conversation)
_asset = decoder(Asset)
_assets = decoder(tuple[Asset, ...])
_fiats = decoder(tuple[FiatView, ...])
_outputs = decoder(tuple[Output, ...])
_snapshot = decoder(SnapshotView)
_snapshots = decoder(tuple[SnapshotView, ...])


class Reading(Protocol):
    """A way to the API that signs as somebody."""

    async def get(self, path: str) -> Raw:
        """The `data` at a path, which has its query, escaped."""
        ...


class UserApi:
    """Every call raises a `ServiceError` of the kind that says what to do."""

    members = ""
    """The wallet whose outputs are asked for, where the caller's own is not meant anyway."""

    def __init__(self, access: Reading) -> None:
        self._reading = access

    async def me(self) -> UserView:
        return read(_me, await self._reading.get("/me"))

    async def friends(self) -> Sequence[UserView]:
        """People and bots; the server has no paging here."""
        return read_list(_users, await self._reading.get("/friends"))

    async def blocking_users(self) -> Sequence[UserView]:
        return read_list(_users, await self._reading.get("/blocking_users"))

    async def conversation(self, conversation_id: str) -> Conversation:
        return read(_conversation, await self._reading.get(_path("/conversations", conversation_id)))

    # Coins

    async def assets(self) -> Sequence[Asset]:
        """Coins with their balance, by the old API, which may know nothing of present wallets."""
        return read_list(_assets, await self._reading.get("/assets"))

    async def old_asset(self, asset_id: str) -> Asset:
        """One coin with its balance, by the old API."""
        return read(_asset, await self._reading.get(_path("/assets", asset_id)))

    async def asset(self, asset_id: str) -> Asset:
        """One coin, without balance."""
        return read(_asset, await self._reading.get(_path("/safe/assets", asset_id)))

    async def safe_outputs(self, *, asset_id: str = "", state: str = "unspent") -> Sequence[Output]:
        """Every output of the wallet, once each, over all pages.

        Raises:
            Unavailable: A page leads nowhere.
            TooLarge: There are too many pages.
        """
        found: list[Output] = []
        seen: set[str] = set()
        offset = 0
        for _ in range(MOST_PAGES):
            query = {
                **({"members": self.members, "threshold": "1"} if self.members else {}),
                "state": state,
                "limit": str(PAGE),
                "order": "ASC",
                **({"offset": str(offset)} if offset else {}),
                **({"asset": asset_id} if asset_id else {}),
            }
            page = read_list(_outputs, await self._reading.get(f"/safe/outputs?{urlencode(query)}"))
            found += [output for output in page if output.output_id not in seen]
            seen.update([output.output_id for output in page])
            if len(page) < PAGE:
                return found
            if page[-1].sequence <= offset:
                raise Unavailable(f"the page of outputs after {offset} does not lead on")
            offset = page[-1].sequence
        raise TooLarge(f"more than {MOST_PAGES} pages of outputs")

    # Transfers

    async def snapshots(
        self, *, limit: int, offset: str = "", asset_id: str = "", opponent_id: str = ""
    ) -> Sequence[SnapshotView]:
        """A page by the old API, newest first; `offset` is a `created_at` of the server, untouched."""
        query = {"limit": str(limit), "order": "DESC"} | _given(offset=offset, asset=asset_id, opponent=opponent_id)
        return read_list(_snapshots, await self._reading.get(f"/snapshots?{urlencode(query)}"))

    async def snapshot(self, snapshot_id: str) -> SnapshotView:
        """One transfer by the old API; somebody else's is 403."""
        return read(_snapshot, await self._reading.get(_path("/snapshots", snapshot_id)))

    async def safe_snapshots(
        self, *, limit: int, offset: str = "", asset_id: str = "", opponent_id: str = ""
    ) -> Sequence[SnapshotView]:
        """A page by the present API, newest first. It cannot filter by coin and person at once: the coin it is."""
        only = _given(asset=asset_id) or _given(opponent=opponent_id)
        query = {"limit": str(limit), "order": "DESC"} | _given(offset=offset) | only
        return read_list(_snapshots, await self._reading.get(f"/safe/snapshots?{urlencode(query)}"))

    async def safe_snapshot(self, snapshot_id: str) -> SnapshotView:
        return read(_snapshot, await self._reading.get(_path("/safe/snapshots", snapshot_id)))

    # Data that is open to all

    async def assets_named(self, symbol: str) -> Sequence[Asset]:
        """Coins that go by a symbol or a name."""
        return read_list(_assets, await self._reading.get(f"/network/assets/search/{quote(symbol, safe='')}"))

    async def fiats(self) -> Sequence[FiatView]:
        """What other money a dollar is worth, under the present address or the one before."""
        try:
            return read_list(_fiats, await self._reading.get("/external/fiats"))
        except NotFound:
            return read_list(_fiats, await self._reading.get("/fiats"))


def _path(folder: str, name: str) -> str:
    if not is_uuid(name):
        raise NotFound("an id is a UUID", code=404)
    return f"{folder}/{name.lower()}"


def _given(**query: str) -> dict[str, str]:
    return {name: value for name, value in query.items() if value}


def read(reads: Callable[[bytes | Raw], T], data: Raw) -> T:
    """The answer as a view.

    Raises:
        Unavailable: It is something else.
    """
    try:
        return reads(data)
    except WireError as error:
        raise Unavailable(f"the answer has another shape than expected: {error}") from None


def read_list(reads: Callable[[bytes | Raw], tuple[T, ...]], data: Raw) -> tuple[T, ...]:
    """The same for a list, for which `null` is empty."""
    return () if bytes(data) == b"null" else read(reads, data)
