"""Who lives here when a sandbox starts empty: six people, one bot, one group, a few coins. Ids never change."""

from typing import Any

from bot.sandbox.ids import members_hash
from bot.sandbox.keys import SANDBOX_PREFIX

BOT_ID = f"{SANDBOX_PREFIX}0000-4000-8000-00000000b070"
BOT_NUMBER = "7000999001"
BOT_NAME = "Demo Bot"
GROUP_ID = f"{SANDBOX_PREFIX}0000-4000-8000-00000000c0de"
GROUP_NAME = "Luma Lounge"
HOME_URL = "http://localhost:7002"

ALICE = f"{SANDBOX_PREFIX}0000-4000-8000-0000000000a1"
BOB = f"{SANDBOX_PREFIX}0000-4000-8000-0000000000b0"
WANG_FANG = f"{SANDBOX_PREFIX}0000-4000-8000-0000000000f1"
SAKURA = f"{SANDBOX_PREFIX}0000-4000-8000-00000000005a"
NOOR = f"{SANDBOX_PREFIX}0000-4000-8000-00000000000e"
OLIVIA = f"{SANDBOX_PREFIX}0000-4000-8000-000000000011"
TEAM_MIXIN = f"{SANDBOX_PREFIX}0000-4000-8000-000000007000"

# user id, Mixin number, name, biography; Olivia made the bot and is its admin
SEED_PEOPLE = (
    (ALICE, "40001", "Alice", "Likes short answers."),
    (BOB, "40002", "Bob", ""),
    (WANG_FANG, "40003", "王芳", "你好！"),
    (SAKURA, "40004", "さくら", ""),
    (NOOR, "40005", "Noor", "نور"),
    (OLIVIA, "40006", "Olivia", "Keeps the bot running."),
)
GROUP_MEMBERS = (OLIVIA, ALICE, BOB, WANG_FANG)

BTC = "c6d0c728-2624-429b-8e0d-d9d19b6592fa"
ETH = "43d61dcd-e413-450d-80b8-101d5e903357"
USDT = "4d8c508b-91c5-375b-92b0-ee702ed2dac5"
XIN = "c94ac88f-4671-3976-b60a-09064f1811e8"

# asset id, chain id, symbol, name, price in USD, price in BTC, change, precision
SEED_ASSETS = (
    (BTC, BTC, "BTC", "Bitcoin", "60000.5", "1", "-0.0123", 8),
    (ETH, ETH, "ETH", "Ether", "3000.25", "0.05", "0.0071", 8),
    (USDT, ETH, "USDT", "Tether USD", "1", "0.0000166665", "0", 6),
    (XIN, ETH, "XIN", "Mixin", "150.75", "0.0025124", "0.034", 8),
)

# whose, of what, in how many pieces
SEED_OUTPUTS = (
    (BOT_ID, BTC, ("0.01", "0.005")),
    (BOT_ID, XIN, ("1.5", "0.5", "0.25")),
    (BOT_ID, USDT, ("100",)),
    (ALICE, BTC, ("0.2",)),
    (ALICE, USDT, ("250.5",)),
    (OLIVIA, XIN, ("12",)),
)


def app_of(user_id: str, number: str, name: str, creator_id: str, created_at: str) -> dict[str, Any]:
    """The app object of a bot that has not asked for encryption."""
    return {
        "type": "app", "app_id": user_id, "app_number": number, "redirect_uri": f"{HOME_URL}/oauth/callback",
        "home_uri": HOME_URL, "name": name, "icon_url": "", "description": "A bot in the sandbox", "category": "TOOLS",
        "capabilities": ["GROUP", "CONTACT"], "resource_patterns": [HOME_URL], "creator_id": creator_id,
        "is_verified": False, "updated_at": created_at,
    }  # fmt: skip


def kernel_id(asset_id: str) -> str:
    """64 hex digits that stand for the asset on the kernel; real only for Bitcoin."""
    if asset_id == BTC:
        return "e40605e6a26268a5eb83c155ea5dd12aeb3314f6ba5d67d4b607de95156e4e12"
    return members_hash([asset_id])
