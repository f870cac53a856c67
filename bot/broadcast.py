"""One message to many people, as values: what is said, to whom, and how far it is; no I/O.

What it promises: `docs/explanation/how-broadcasts-work.md`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from bot.message import Button, Buttons, Card, Content, Post, Recall, Text, reply_id
from bot.wire import Value, replace

MAX_CONTENTS = 5
STOP_NEWS = "input:unsubscribe"
NAME = "{name}"
"""Stands for the name of whoever reads it."""


class State(StrEnum):
    """Where a broadcast is in its life."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    COUNTING = "counting"
    """Counting down: until it begins, it can be undone, and then nobody has received anything."""
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    RECALLED = "recalled"


UNDER_WAY = (State.COUNTING, State.RUNNING, State.PAUSED)


class Kind(StrEnum):
    """What a broadcast is for: `test` and `recall` belong to another broadcast, which `of` names."""

    NEWS = "news"
    TEST = "test"
    RECALL = "recall"


class Outcome(StrEnum):
    """What became of one recipient. Of those that are `sending` the outcome is unknown: their ids are sent again."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Audience(Value, frozen=True):
    """Whom it is for: everybody, or those to whom all that is set applies.

    `active_days`: wrote in the last so many days; 0 is ever. `role` is one of `bot.users.Role`. `user_ids` is a list
    of exactly these people. `joined_after`: first wrote then or later. `groups`: not people, but the groups that the
    bot is in; then nothing else applies, and the ids of recipients are those of conversations.
    """

    language: str = ""
    active_days: int = 0
    role: str = ""
    user_ids: tuple[str, ...] = ()
    tag: str = ""
    joined_after: datetime | None = None
    groups: bool = False


class Arithmetic(Value, frozen=True):
    """Why an audience has the size that it has: total − unsubscribed − blocked − unreachable = recipients."""

    total: int
    unsubscribed: int
    blocked: int
    unreachable: int

    @property
    def recipients(self) -> int:
        return self.total - self.unsubscribed - self.blocked - self.unreachable


class Tally(Value, frozen=True):
    """How many recipients there are, by what became of them; `delivered` and `read` are of those that were sent."""

    total: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    delivered: int = 0
    read: int = 0

    @property
    def waiting(self) -> int:
        return self.total - self.sent - self.failed - self.skipped


class Broadcast(Value, frozen=True):
    """`contents` by language; that of `""` is for everybody whose language is missing.

    `code` confirms that whoever starts it saw the preview. `due_at` is when it begins, or began. `fence` grows with
    every process that takes the sending over. `reason` says why it stands where it stands, and `actor_id` who did that.
    `hold` is the error by which the messenger makes it wait until `hold_until`. `saved_at` is when the draft was last
    changed, and `approver_id` who agreed to it since.
    """

    id: str
    number: int
    kind: Kind
    state: State
    contents: Mapping[str, tuple[Content, ...]]
    audience: Audience
    author_id: str
    created_at: datetime
    code: str = ""
    of: str = ""
    due_at: datetime | None = None
    rate: int = 0
    fence: int = 0
    frozen: bool = False
    reason: str = ""
    actor_id: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    hold: str = ""
    hold_until: datetime | None = None
    saved_at: datetime | None = None
    approver_id: str = ""
    tally: Tally = Tally()


class Recipient(Value, frozen=True):
    """One row of the ledger, with what is known of the person now.

    `skip` says why nothing may be sent any more. `again`: it failed before, or an earlier sender tried that again.
    """

    seq: int
    user_id: str
    message_id: str
    language: str = ""
    name: str = ""
    skip: str = ""
    again: bool = False


class Settled(Value, frozen=True):
    """What became of a claim, which has somebody in it: all were sent to, but for those named by their `seq`."""

    claimed: Sequence[Recipient]
    failed: Mapping[int, str]
    skipped: Mapping[int, str]


def message_id_of(broadcast_id: str, user_id: str, index: int = 0) -> str:
    """UUID version 5 of the broadcast and the person, so that sending again is harmless; one for each content."""
    return reply_id(broadcast_id, f"{user_id}:{index}" if index else user_id)


def contents_for(broadcast: Broadcast, recipient: Recipient, nameless: str = "") -> Sequence[Content]:
    """What one person is sent: in their language, with their name, or what stands for it while it is not known."""
    if broadcast.kind is Kind.RECALL:
        longest = max(map(len, broadcast.contents.values()))
        return [Recall(message_id_of(broadcast.of, recipient.user_id, index)) for index in range(longest)]
    contents = broadcast.contents.get(recipient.language) or broadcast.contents[""]
    return [_named(content, recipient.name or nameless) for content in contents]


def is_personal(broadcast: Broadcast) -> bool:
    """Whether anybody's name stands in it, so that it differs from one person to the next."""
    return any(_named(content, "") is not content for contents in broadcast.contents.values() for content in contents)


def with_stop_button(contents: Sequence[Content], label: str) -> tuple[Content, ...]:
    """With the button by which people end the news, unless there is one already."""
    for content in contents:
        if isinstance(content, Buttons) and any(button.action == STOP_NEWS for button in content.buttons):
            return tuple(contents)
    stop = Button(label[:36], STOP_NEWS)
    if contents and isinstance(contents[-1], Buttons) and len(contents[-1].buttons) < 6:
        return (*contents[:-1], Buttons((*contents[-1].buttons, stop)))
    return (*contents, Buttons((stop,)))


def _named(content: Content, name: str) -> Content:
    if isinstance(content, Text) and NAME in content.text:
        return Text(content.text.replace(NAME, name))
    if isinstance(content, Post) and NAME in content.markdown:
        return Post(content.markdown.replace(NAME, name))
    if isinstance(content, Card) and NAME in content.title + content.description:
        title = content.title.replace(NAME, name)[:36]
        return replace(content, title=title, description=content.description.replace(NAME, name)[:1024])
    return content
