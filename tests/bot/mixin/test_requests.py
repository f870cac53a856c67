"""Requests as the official Node SDK makes them: the same paths and parameters, and the same signature over them."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.mixin.auth import signature
from bot.mixin.user_api import UserApi
from bot.wire import Raw
from tests.bot.mixin.vectors import ANN, CHAT, case_id, cases

SIGNED = [case for case in cases("http_requests") if case["auth"] != "none"]
BTC = "c6d0c728-2624-429b-8e0d-d9d19b6592fa"
OURS = {"order", "state", "limit", "threshold", "members"}
"""Parameters that the documentation has, and the SDK's samples do not always use."""


@pytest.mark.parametrize("case", SIGNED, ids=case_id)
def test_requests_are_signed_as_the_official_sdk_signs_them(case: dict[str, Any]) -> None:
    """The same method, target and bytes have the same signature."""
    request = case["request"]
    made = signature(request["method"], request["target"], request["body"].encode())

    assert made == case["token_claims"]["sig"]


class Asked:
    """Implements bot.mixin.user_api.Reading: answers nothing, and remembers what was asked."""

    def __init__(self) -> None:
        self.targets: list[str] = []

    async def get(self, path: str) -> Raw:
        self.targets.append(path)
        empty = re.search(r"/(assets|friends|blocking_users|snapshots|outputs)(\?|$)|/search/", path)
        return Raw(b"[]" if empty else b"{}")


def shapes(targets: Iterable[str]) -> dict[str, set[str]]:
    """Path, with ids as `:id`, to the names of its parameters."""
    found: dict[str, set[str]] = {}
    for target in targets:
        path = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", ":id", urlsplit(target).path)
        path = re.sub(r"(/search)/.*", r"\1/:q", path)
        found.setdefault(path, set()).update(parse_qs(urlsplit(target).query))
    return found


async def test_every_question_is_one_of_the_official_ones() -> None:
    """All questions about an account have paths that the SDK uses, and parameters that it or the documentation has."""
    asked = Asked()
    api = UserApi(asked)
    await api.me()
    await api.friends()
    await api.blocking_users()
    await api.conversation(CHAT)
    await api.assets()
    await api.old_asset(BTC)
    await api.asset(BTC)
    assert await api.safe_outputs(asset_id=BTC) == []
    await api.snapshots(limit=100, offset="2026-01-01T00:00:00Z", asset_id=BTC, opponent_id=ANN)
    await api.snapshot(CHAT)
    await api.safe_snapshots(limit=50, offset="2026-01-01T00:00:00Z", asset_id=BTC)
    await api.safe_snapshots(limit=50, opponent_id=ANN)
    await api.safe_snapshot(CHAT)
    await api.assets_named("b/t c?")
    official = shapes(case["request"]["target"] for case in cases("http_requests"))
    official["/snapshots"] |= {"asset", "opponent"}
    official["/safe/snapshots"] |= {"opponent"}

    ours = shapes(asked.targets)
    assert set(ours) <= set(official)
    assert {path: names - official[path] - OURS for path, names in ours.items() if names - official[path] - OURS} == {}
    assert asked.targets[-1] == "/network/assets/search/b%2Ft%20c%3F"
