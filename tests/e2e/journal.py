"""What happened between server and service, in order, and whether that was right."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.e2e.views import WELCOMES, Said, reply_ids


@dataclass(frozen=True)
class Event:
    """`kind` is one of those that `Wire` notes; `ids` are of the messages concerned."""

    number: int
    kind: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Visible:
    """A message of the bot that people see: the first of its id to be accepted."""

    id: str
    conversation_id: str
    category: str
    text: str
    number: int


@dataclass
class Journal:
    """Everything said, seen and acknowledged."""

    events: list[Event] = field(default_factory=list)
    said: dict[str, Said] = field(default_factory=dict)
    visible: dict[str, Visible] = field(default_factory=dict)
    acked: dict[str, int] = field(default_factory=dict)
    """Message id to the number of the event."""
    strange: list[str] = field(default_factory=list)
    """What no proper client asks for."""
    repeated: int = 0
    """Messages that were posted again under an id known already."""

    def note(self, kind: str, ids: Sequence[str] = ()) -> Event:
        event = Event(len(self.events), kind, tuple(ids))
        self.events.append(event)
        return event

    def count(self, kind: str) -> int:
        return sum(event.kind == kind for event in self.events)

    def texts(self, conversation_id: str = "") -> list[str]:
        """What people see of the bot, without buttons; in one conversation, or everywhere."""
        return [
            each.text
            for each in self.visible.values()
            if each.category != "APP_BUTTON_GROUP" and conversation_id in ("", each.conversation_id)
        ]


def verdict(journal: Journal, *, ordered: bool = True) -> list[str]:
    """What went wrong; nothing if every message has its one answer, in order, and was acknowledged after it.

    `ordered` is for servers that deliver in order.
    """
    return [*_strange(journal), *_lost(journal), *_early(journal), *_conversations(journal, ordered=ordered)]


def _strange(journal: Journal) -> list[str]:
    unknown = [each for each in journal.acked if each not in journal.said]
    return [*journal.strange, *(f"acknowledged {each}, which nobody said" for each in unknown)]


def _lost(journal: Journal) -> list[str]:
    return [
        f"lost: {each.text!r} was never acknowledged" for each in journal.said.values() if each.id not in journal.acked
    ]


def _early(journal: Journal) -> list[str]:
    """Acknowledged before a reply to it was accepted."""
    return [
        f"acknowledged too early: {journal.said[message_id].text!r}"
        for message_id, acked_at in journal.acked.items()
        if message_id in journal.said
        for reply_id in reply_ids(message_id)
        if reply_id in journal.visible and journal.visible[reply_id].number > acked_at
    ]


def _conversations(journal: Journal, *, ordered: bool) -> list[str]:
    seen: Mapping[str, list[Visible]] = defaultdict(list)
    for each in journal.visible.values():
        seen[each.conversation_id].append(each)
    told: Mapping[str, list[Said]] = defaultdict(list)
    for said in journal.said.values():
        told[said.conversation_id].append(said)
    wrong = [f"said to nobody: {each.text!r}" for key in seen.keys() - told.keys() for each in seen[key]]
    for conversation_id, messages in told.items():
        wrong += _answers(messages, seen[conversation_id], ordered=ordered)
    return wrong


def _answers(messages: Sequence[Said], visible: Sequence[Visible], *, ordered: bool) -> list[str]:
    """One answer each, nothing else but one welcome, at most one row of buttons each; in order."""
    texts = [each for each in visible if each.category != "APP_BUTTON_GROUP"]
    places, wrong, explained = [], [], set()
    wanted = {said.expects: said for said in messages if said.expects}
    exact = Counter(each.text for each in texts)
    for expects, said in wanted.items():
        found = [at for at, each in enumerate(texts) if expects in each.text] if exact[expects] != 1 else [
            next(at for at, each in enumerate(texts) if each.text == expects)
        ]  # fmt: skip
        if len(found) != 1:
            wrong.append(f"{said.text!r} was answered {len(found)} times")
        places += found[:1]
        explained.update(found)
    if ordered and places != sorted(places):
        wrong.append(f"out of order: {[texts[at].text for at in places]}")
    rest = [each.text for at, each in enumerate(texts) if at not in explained]
    needless = [text for text in rest if not any(welcome in text for welcome in WELCOMES)]
    if len(rest) - len(needless) > 1:
        wrong.append(f"welcomed {len(rest) - len(needless)} times")
    wrong += [f"said without need: {text!r}" for text in needless]
    buttons = sum(each.category == "APP_BUTTON_GROUP" for each in visible)
    if buttons > len(texts):
        wrong.append(f"{buttons} rows of buttons below {len(texts)} texts")
    return wrong
