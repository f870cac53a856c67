"""The page's own files, read once and held in memory under one hash of them all.

One hash in the path (`/_page/HASH/main.js`) rather than one for each name: modules import each other by relative
names, so no file has to be rewritten, and whoever holds the page holds files that belong together.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Assets:
    """`files` maps a path as in the address (`main.js`, `locales/en.json`) to its bytes; `digest` changes with any."""

    digest: str
    files: dict[str, bytes]

    @property
    def base(self) -> str:
        return f"/_page/{self.digest}/"

    def named(self, suffix: str) -> list[str]:
        return sorted(name for name in self.files if name.endswith(suffix))


def load_assets(here: Path = HERE) -> Assets:
    """Read `static/` and `locales/` below `here`."""
    static = here / "static"
    found = sorted(path for path in static.rglob("*") if path.suffix in TYPES)
    files = {path.relative_to(static).as_posix(): path.read_bytes() for path in found}
    files |= {f"locales/{path.name}": path.read_bytes() for path in sorted((here / "locales").glob("*.json"))}
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return Assets(digest.hexdigest()[:16], files)


def content_type(name: str) -> str:
    return TYPES[Path(name).suffix]
