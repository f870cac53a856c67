"""Files of the pages beside the messenger, read once; their address changes with any of them."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.sandbox.page.assets import Assets, content_type, load_assets
from bot.sandbox.page.pages import HEADERS, ONE_YEAR_S


@dataclass(frozen=True)
class Files(Assets):
    """As the messenger page has them, under an address of their own."""

    prefix: str

    @property
    def base(self) -> str:
        return f"{self.prefix}{self.digest}/"

    def answer(self, digest: str, name: str) -> web.Response:
        if digest != self.digest or name not in self.files:
            raise web.HTTPNotFound(headers=HEADERS, text="no such file; reload the page")
        return web.Response(
            body=self.files[name],
            content_type=content_type(name),
            charset="utf-8",
            headers=HEADERS | {"Cache-Control": f"public, max-age={ONE_YEAR_S}, immutable"},
        )


def load_files(here: Path, prefix: str) -> Files:
    """Read `static/` and `locales/` below `here`."""
    loaded = load_assets(here)
    return Files(loaded.digest, loaded.files, prefix)
