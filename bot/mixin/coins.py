"""What coins are called and cost: open to all, the same for everybody, and so asked with the bot's own token.

Two hundred people who look at their wallets at once have much the same coins: what was heard is used for half a minute.
"""

import asyncio
from collections.abc import Iterable, Mapping

from bot.account import Balance
from bot.errors import NotFound
from bot.mixin.api import Api
from bot.mixin.packing import BATCH
from bot.mixin.rates import Rates
from bot.mixin.views import Asset, coin

FRESH_S = 30.0
MOST = 10_000
WALLETS_AT_ONCE = 16


class Coins:
    """Remembers names and prices for a moment; `reading` is held while a whole wallet is read.

    `rates` knows what dollars, in which prices are, come to in other money.
    """

    def __init__(self, api: Api, *, fresh_s: float = FRESH_S) -> None:
        self.rates = Rates(api)
        self._api = api
        self._fresh_s = fresh_s
        self._heard: dict[str, tuple[float, Asset]] = {}
        self._priced: dict[str, Balance] = {}
        self._turn = asyncio.Lock()
        self.reading = asyncio.Semaphore(WALLETS_AT_ONCE)

    async def of(self, asset_ids: Iterable[str]) -> Mapping[str, Asset]:
        """By asset id; those that Mixin does not know are missing."""
        wanted = set(asset_ids)
        found = self._fresh(wanted)
        if missing := wanted - found.keys():
            async with self._turn:
                found |= self._fresh(missing)
                if missing := wanted - found.keys():
                    found |= await self._ask(sorted(missing))
        return found

    async def priced(self, asset_ids: Iterable[str]) -> Mapping[str, Balance]:
        """The same as coins with their prices, and nothing of them."""
        found = await self.of(asset_ids)
        known = self._priced
        return {asset_id: known.get(asset_id) or coin(asset) for asset_id, asset in found.items()}

    def _fresh(self, asset_ids: set[str]) -> dict[str, Asset]:
        since = asyncio.get_running_loop().time() - self._fresh_s
        return {
            asset_id: entry[1]
            for asset_id in asset_ids
            if (entry := self._heard.get(asset_id)) is not None and entry[0] >= since
        }

    async def _ask(self, asset_ids: list[str]) -> dict[str, Asset]:
        if len(asset_ids) == 1:
            return await self._ask_one(asset_ids[0])
        parts = [asset_ids[start : start + BATCH] for start in range(0, len(asset_ids), BATCH)]
        answers = await asyncio.gather(*(self._api.safe_assets_fetch(part) for part in parts))
        return self._hear({asset.asset_id: asset for assets in answers for asset in assets})

    async def _ask_one(self, asset_id: str) -> dict[str, Asset]:
        try:
            return self._hear({asset_id: await self._api.asset(asset_id)})
        except NotFound:
            return {}

    def _hear(self, found: dict[str, Asset]) -> dict[str, Asset]:
        if len(self._heard) + len(found) > MOST:
            self._heard.clear()
            self._priced.clear()
        now = asyncio.get_running_loop().time()
        self._heard |= {asset_id: (now, asset) for asset_id, asset in found.items()}
        self._priced |= {asset_id: coin(asset) for asset_id, asset in found.items()}
        return found
