"""The coins that there are: four to begin with, as many more as somebody makes up."""

import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass

from bot.sandbox.world import SEED_ASSETS, kernel_id


@dataclass(frozen=True, slots=True)
class Asset:
    """Prices are decimal texts, `change_usd` is a fraction of the price a day ago."""

    asset_id: str
    chain_id: str
    symbol: str
    name: str
    price_usd: str
    price_btc: str
    change_usd: str
    precision: int

    @property
    def kernel_asset_id(self) -> str:
        return kernel_id(self.asset_id)

    @property
    def destination(self) -> str:
        """Where one would send coins of it."""
        return f"sandbox-{self.symbol.lower()}"


class Assets:
    """All of them: kept in memory, written through; callers hold the transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.load()

    def load(self) -> None:
        rows = [*SEED_ASSETS, *self._db.execute("SELECT * FROM assets")]
        self._all = {one.asset_id: one for one in (Asset(*row) for row in rows)}
        self._by_kernel = {one.kernel_asset_id: one for one in self._all.values()}

    def __iter__(self) -> Iterator[Asset]:
        return iter(list(self._all.values()))

    def __getitem__(self, asset_id: str) -> Asset:
        return self._all[asset_id]

    def get(self, asset_id: str) -> Asset | None:
        """By id, or by the kernel's id."""
        return self._all.get(asset_id) or self._by_kernel.get(asset_id)

    def find(self, name: str) -> Asset:
        """By id, or by symbol.

        Raises:
            KeyError: There is no such asset.
        """
        found = self.get(name) or next((one for one in self if one.symbol.lower() == name.lower()), None)
        if found is None:
            raise KeyError(f"there is no asset {name!r}")
        return found

    def add(self, asset: Asset) -> Asset:
        self._all[asset.asset_id] = self._by_kernel[asset.kernel_asset_id] = asset
        self._db.execute("REPLACE INTO assets VALUES (?, ?, ?, ?, ?, ?, ?, ?)", astuple(asset))
        return asset
