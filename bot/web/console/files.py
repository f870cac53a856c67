"""The console's own files, read once and held in memory under one hash of them all, so that browsers keep them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
ONE_YEAR_S = 31_536_000


@dataclass(frozen=True, slots=True)
class Files:
    """`digest` changes with any of them."""

    digest: str
    files: dict[str, bytes]

    async def serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if request.match_info["digest"] != self.digest or name not in self.files:
            raise web.HTTPNotFound
        return web.Response(
            body=self.files[name],
            content_type=TYPES[Path(name).suffix],
            charset="utf-8",
            headers={"Cache-Control": f"public, max-age={ONE_YEAR_S}, immutable"},
        )


def load_files() -> Files:
    found = {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.suffix in TYPES}
    digest = hashlib.sha256()
    for name, content in found.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return Files(digest.hexdigest()[:16], found)
