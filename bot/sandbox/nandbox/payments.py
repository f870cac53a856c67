"""Payments that a bot is asked about. Nobody's money moves.

Source: nandbox.md 7.10.
"""

from dataclasses import dataclass
from typing import Any

WAITING = "Waiting"
RESULTS = ("Processing", "Success", "Rejected")


@dataclass(slots=True)
class Payment:
    """`status` is the bot's last word on it."""

    order_id: str
    account_id: str
    amount: str
    currency: str
    secret: str
    status: str = WAITING
    response: str = ""

    def view(self) -> dict[str, Any]:
        return {
            "order_id": self.order_id, "account_id": self.account_id, "amount": self.amount,
            "currency": self.currency, "status": self.status, "response": self.response,
        }  # fmt: skip
