"""The files of these pages, read once; their address changes with any of them."""

from pathlib import Path

from aiohttp import web

from bot.sandbox.page.assets import Assets, content_type, load_assets
from bot.sandbox.page.pages import HEADERS, ONE_YEAR_S

HERE = Path(__file__).parent
PREFIX = "/_authorize/"


class Files(Assets):
    """As the messenger page has them, under an address of their own."""

    @property
    def base(self) -> str:
        return f"{PREFIX}{self.digest}/"

    def answer(self, digest: str, name: str) -> web.Response:
        if digest != self.digest or name not in self.files:
            raise web.HTTPNotFound(headers=HEADERS, text="no such file; reload the page")
        return web.Response(
            body=self.files[name],
            content_type=content_type(name),
            charset="utf-8",
            headers=HEADERS | {"Cache-Control": f"public, max-age={ONE_YEAR_S}, immutable"},
        )


FILES = web.AppKey("authorize_files", Files)


def load_files() -> Files:
    loaded = load_assets(HERE)
    return Files(loaded.digest, loaded.files)
