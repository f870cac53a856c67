"""What comes to a bot from outside of chats: webhooks, workflows, forms, payments, events that it subscribed to.

No frame of these was recorded live: their keys are those that the SDKs read. Source: nandbox.md 7.9, 7.10 and 8.4.
"""

import secrets
from collections.abc import Callable
from itertools import count
from typing import Any

from bot.sandbox.nandbox.accounts import Bot, User
from bot.sandbox.nandbox.nandbox import Nandbox
from bot.sandbox.nandbox.payments import Payment
from bot.sandbox.nandbox.wire import Frame

Fields = dict[str, Any]

_numbers = count(1)


def webhook(nandbox: Nandbox, bot: Bot, user: User, fields: Fields) -> Frame:
    """Something that another system posted, passed on as it is."""
    return {**fields, "method": "WebhookEvent", "ref": next(_numbers), "app_id": bot.app_id}


def workflow(nandbox: Nandbox, bot: Bot, user: User, fields: Fields) -> Frame:
    """Somebody went through a screen of a workflow."""
    return {
        "method": "workflowCell", "WorkflowDetails": {"WorkflowCell": _cells(fields)}, "user_id": user.id,
        "screen_id": _text(fields, "screen_id", "screen1"), "vapp_id": _text(fields, "vapp_id", bot.app_id),
        "reference": next(_numbers), "app_id": bot.app_id,
    }  # fmt: skip


def form(nandbox: Nandbox, bot: Bot, user: User, fields: Fields) -> Frame:
    """Somebody sent a form off."""
    return {
        "method": "menuCallback", "menu_id": _text(fields, "menu_id", "menu1"), "menu_group": fields.get("menu_group"),
        "source": "menu", "api_id": bot.id, "app_id": bot.app_id, "chat": {"id": user.id}, "from": {"id": user.id},
        "date": nandbox.now_ms(), "cells": _cells(fields),
    }  # fmt: skip


def payment(nandbox: Nandbox, bot: Bot, user: User, fields: Fields) -> Frame:
    """Somebody is about to pay, and the bot is to say what comes of it with `submitPaymentResult`."""
    amount, currency = _text(fields, "amount", "1.00"), _text(fields, "currency", "USD")
    order_id = _text(fields, "order_id", f"order-{next(_numbers)}")
    asked = nandbox.payments[order_id] = Payment(order_id, user.id, amount, currency, secrets.token_hex(8))
    cents = fields.get("debit_amount_cents")
    return {
        "method": "paymentAuthorizationRequest", "order_id": order_id,
        "merchant_name": _text(fields, "merchant_name", "Harbour Shop"), "amount": amount, "currency": currency,
        "payload": fields.get("payload", {}), "account_id": user.id, "secret": asked.secret, "app_id": bot.app_id,
        "provider_id": _text(fields, "provider_id", "1"), "config": fields.get("config", {}),
        "debit_amount_cents": cents if isinstance(cents, int) else _cents(amount),
    }  # fmt: skip


def event(nandbox: Nandbox, bot: Bot, user: User, fields: Fields) -> Frame:
    """One of those that bots subscribe to; others do not hear of it.

    Raises:
        ValueError: The bot has not subscribed to it.
    """
    name = _text(fields, "event", "")
    if name not in bot.subscriptions:
        raise ValueError(f"the bot has not subscribed to {name!r}, but to: {', '.join(bot.subscriptions) or 'nothing'}")
    return {**fields, "method": "eventMessage", "event": name, "app_id": bot.app_id}


KINDS: dict[str, Callable[[Nandbox, Bot, User, Fields], Frame]] = {
    "webhook": webhook, "workflow": workflow, "form": form, "payment": payment, "event": event,
}  # fmt: skip


def _text(fields: Fields, name: str, default: str) -> str:
    value = fields.get(name, default)
    return value if isinstance(value, str) else str(value)


def _cells(fields: Fields) -> list[Any]:
    cells = fields.get("cells", [])
    return cells if isinstance(cells, list) else []


def _cents(amount: str) -> int:
    units, _, rest = amount.partition(".")
    digits = f"{units}{rest[:2]:0<2}"
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else 0
