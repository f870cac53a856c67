"""How somebody holds the phone: language, dark or light, with or without a title bar.

Source: ux.md 2.3 (https://developers.mixin.one/docs/js-bridge): what `MixinContext.getContext()` tells.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

LOCALES = ("en-US", "zh-CN")


@dataclass(frozen=True, slots=True)
class Looks:
    """Stands in the address, so that links and pictures of the page keep it: `zh-CN.dark.immersive`."""

    locale: str = "en-US"
    dark: bool = False
    immersive: bool = False

    @property
    def part(self) -> str:
        return ".".join((self.locale, "dark" if self.dark else "light", "immersive" if self.immersive else "framed"))

    def context(self) -> str:
        """The JSON that a page is given."""
        told = asdict(self) | {
            "appearance": "dark" if self.dark else "light", "currency": "USD", "platform": "iOS",
            "conversation_id": "", "app_version": "sandbox",
        }  # fmt: skip
        del told["dark"]
        return json.dumps(told)


def read_part(part: str) -> Looks:
    """Raises: ValueError."""
    locale, appearance, frame = part.split(".")
    if locale not in LOCALES:
        raise ValueError(f"the locale {locale} is none of {', '.join(LOCALES)}")
    return Looks(locale, appearance == "dark", frame == "immersive")


def read_query(query: Mapping[str, str], default: str) -> Looks:
    """What the form of the frame says; unknown values are the default."""
    locale = query.get("locale", default)
    return Looks(locale if locale in LOCALES else default, bool(query.get("dark")), bool(query.get("immersive")))
