"""People: as the messenger shows them, and as the bot remembers them."""

from datetime import datetime
from enum import StrEnum

from bot.wire import Value, replace


class User(Value, frozen=True):
    """Anybody on the messenger, person or bot. `identity_number` is the public Mixin ID such as `7000`."""

    id: str
    identity_number: str
    name: str
    biography: str = ""
    avatar_url: str = ""
    is_bot: bool = False
    is_verified: bool = False
    created_at: datetime | None = None


class Role(StrEnum):
    """What somebody may do with the bot beyond talking to it; the order is that of power."""

    NONE = ""
    VIEWER = "viewer"
    OPERATOR = "operator"
    OWNER = "owner"


class Person(Value, frozen=True):
    """Somebody who wrote to the bot, as remembered.

    `first_message_id` is the message they were met by. `language` is empty until known, as are the number and name.
    """

    user_id: str
    conversation_id: str
    first_message_id: str
    first_seen: datetime
    last_seen: datetime
    identity_number: str = ""
    name: str = ""
    language: str = ""
    subscribed: bool = True
    role: Role = Role.NONE

    @property
    def is_bot(self) -> bool:
        """Whether it is another bot, as far as the number is known: bots have ten digits that begin with 7, or 7000."""
        number = self.identity_number
        return number == "7000" or (len(number) == 10 and number[0] == "7")

    def with_role(self, role: Role) -> "Person":
        """The same person with another role."""
        return self if role == self.role else replace(self, role=role)
