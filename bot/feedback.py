"""What people tell whoever runs the bot, and the way back: an answer that quotes it finds who wrote it.

The way back is kept where answers of commands that write are kept, so it lasts as long as those, and goes with its
person when they want to be forgotten.
"""

from bot.message import Message, Outgoing, Text
from bot.records import Store


async def keep_way_back(store: Store, passed_on: Outgoing, about: Message, conversation_id: str) -> None:
    """Remember whom an answer to `passed_on` is for: whoever wrote `about`, in their conversation of two."""
    quote_id = about.id if about.direct else ""
    way_back = Outgoing(passed_on.id, conversation_id, about.user_id, Text(""), quote_id)
    await store.keep_mark(passed_on.id, (way_back,))
    await store.mark_accepted([passed_on.id])


async def way_back(store: Store, message_id: str) -> Outgoing | None:
    """Where the answer to a message of the bot's belongs: an empty text to be filled in; nothing for any other."""
    mark = await store.mark(message_id) if message_id else None
    if mark is None or not mark.replies or mark.replies[0].id != message_id:
        return None
    return mark.replies[0]
