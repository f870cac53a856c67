"""All methods, by name. A handler gives the frames to answer with, none where the service says nothing."""

from collections.abc import Callable

from bot.sandbox.nandbox import (
    methods_chats,
    methods_documents,
    methods_former,
    methods_menus,
    methods_payments,
    methods_products,
    methods_sends,
    methods_signups,
    methods_users,
)
from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.wire import Frame

Handler = Callable[[Asked], list[Frame]]

METHODS: dict[str, Handler] = {
    **methods_users.METHODS,
    **methods_chats.METHODS,
    **methods_sends.METHODS,
    **methods_menus.METHODS,
    **methods_signups.METHODS,
    **methods_former.METHODS,
    **methods_payments.METHODS,
    **methods_products.METHODS,
    **methods_documents.METHODS,
}

READING = frozenset({"getUser", "getMyProfiles", "getChat", "getChatMember", "getChatAdministrators"})
"""Those that change nothing, and need no transaction."""
