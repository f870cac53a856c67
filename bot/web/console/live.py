"""How a broadcast goes, as what a page shows: words, numbers and pieces, all from the ledger, whoever sends it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.amounts import format_number, format_time, format_timespan
from bot.broadcast import Broadcast, Outcome, State
from bot.harmless import inert
from bot.ledger import AuditEntry, AuditQuery, rate_of
from bot.records import Store
from bot.web.console.nodes import Node, el
from bot.web.console.templates import texts

RATES = (0, 60_000, 20_000, 6_000, 600)
LOGGED = 30
BARS, BAR_WIDTH, BAR_HEIGHT = 60, 6, 36
STEP = timedelta(seconds=10)

ACTIONS: Mapping[State, tuple[str, ...]] = {
    State.SCHEDULED: ("undo",),
    State.COUNTING: ("undo",),
    State.RUNNING: ("pause", "rate", "cancel"),
    State.PAUSED: ("resume", "rate", "cancel", "retry", "recall"),
    State.FINISHED: ("retry", "recall", "duplicate"),
    State.CANCELLED: ("recall", "duplicate"),
    State.RECALLED: ("duplicate",),
    State.DRAFT: (),
}


Reasons = Mapping[tuple[str, str], int]


async def view_of(
    store: Store, broadcast: Broadcast, language: str, now: datetime, reasons: Reasons | None = None
) -> dict[str, Any]:
    """Everything that changes while it is looked at. `words` are texts by name, `nodes` are pieces by name; `reasons`
    are those of failures, where somebody has counted them a moment ago.
    """
    said = Saying(language)
    ledger = store.ledger
    pace = await ledger.pace(broadcast.id)
    if reasons is None:
        reasons = await ledger.reasons(broadcast.id) if broadcast.tally.failed or broadcast.tally.skipped else {}
    log = await ledger.audited(AuditQuery(action="broadcast.", subject=str(broadcast.number), limit=LOGGED))
    names = {each.actor_id: await said.name(store, each.actor_id) for each in log}
    names.setdefault(broadcast.actor_id, await said.name(store, broadcast.actor_id))
    tally = broadcast.tally
    done = tally.total - tally.waiting
    return {
        "state": str(broadcast.state),
        "badly": bool(broadcast.state is State.FINISHED and tally.failed),
        "done": done,
        "total": tally.total,
        "actions": [each for each in ACTIONS[broadcast.state] if _fits(each, broadcast)],
        "words": said.words(broadcast, pace, names[broadcast.actor_id], now),
        "nodes": {
            "failures": said.failures(reasons),
            "log": [said.entry(each, names[each.actor_id]) for each in log],
            "timeline": timeline(pace),
        },
        "reasons": [reason for outcome, reason in reasons if outcome == Outcome.FAILED],
    }


def _fits(action: str, broadcast: Broadcast) -> bool:
    if action == "retry":
        return bool(broadcast.tally.failed)
    return action != "recall" or bool(broadcast.tally.sent)


def timeline(pace: Sequence[tuple[datetime, int]]) -> list[Node]:
    """A bar for each ten seconds, the last ones; as many as there is room for."""
    if not pace:
        return []
    sent = dict(pace)
    last = pace[-1][0]
    first = max(pace[0][0], last - (BARS - 1) * STEP)
    counts = [sent.get(first + index * STEP, 0) for index in range((last - first) // STEP + 1)]
    most = max(*counts, 1)
    bars = []
    for index, count in enumerate(counts):
        height = round(BAR_HEIGHT * count / most, 1)
        place = {"x": str(index * BAR_WIDTH), "y": str(round(BAR_HEIGHT - height, 1))}
        bars.append(el("rect", place | {"width": str(BAR_WIDTH - 1), "height": str(height or 0.5)}))
    box = {"viewBox": f"0 0 {BARS * BAR_WIDTH} {BAR_HEIGHT}", "class": "timeline", "aria-hidden": "true"}
    return [el("svg", box, *bars)]


class Saying:
    """Sentences about a broadcast in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def text(self, key: str, /, **values: object) -> str:
        return texts().get(self._language, key, **values)

    def number(self, number: int) -> str:
        return format_number(number, self._language)

    async def name(self, store: Store, user_id: str) -> str:
        if user_id in ("", "cli"):
            return self.text("actor.itself" if not user_id else "actor.cli")
        person = await store.roster.known(user_id)
        return inert(person.name) if person is not None and person.name else user_id[:8]

    def words(
        self, broadcast: Broadcast, pace: Sequence[tuple[datetime, int]], actor: str, now: datetime
    ) -> dict[str, str]:
        tally = broadcast.tally
        key = "finished_badly" if broadcast.state is State.FINISHED and tally.failed else broadcast.state
        rate = rate_of(pace, now) if broadcast.state is State.RUNNING else 0
        return {
            "state": self.text(f"state.{key}"),
            "progress": self.text(
                "live.progress", done=self.number(tally.total - tally.waiting), total=self.number(tally.total)
            ),
            "left": self._left(broadcast, rate),
            "why": self._why(broadcast, actor, now),
            "hold": self._hold(broadcast, now),
            "sent": self.number(tally.sent),
            "delivered": self._share(tally.delivered, tally.sent),
            "read": self._share(tally.read, tally.sent),
            "failed": self.number(tally.failed),
            "skipped": self.number(tally.skipped),
            "waiting": self.number(tally.waiting),
            "resume": self.text("act.resume_left", number=self.number(tally.waiting)),
            "recall": self.text("act.recall_sent", number=self.number(tally.sent)),
            "retry": self.text("act.retry_failed", number=self.number(tally.failed)),
            "rate": self.text("live.rate", rate=self.number(rate)) if rate else "",
            "at": self.text("live.at", time=f"{now.astimezone(UTC):%H:%M:%S} UTC"),
        }

    def failures(self, reasons: Reasons) -> list[Node]:
        """A row for each reason, with the failed before the skipped."""
        ordered = sorted(reasons.items(), key=lambda each: (each[0][0] != Outcome.FAILED, -each[1], each[0][1]))
        return [
            el(
                "li",
                {"data-outcome": outcome},
                el("strong", None, f"{self.number(number)} ×"),
                " ",
                self.text(f"live.{outcome}", reason=self.reason(reason)),
            )
            for (outcome, reason), number in ordered
        ]

    def reason(self, reason: str) -> str:
        """Why, in words where there are some."""
        known = texts().find(self._language, f"why.{reason}") if reason.isidentifier() else None
        return known or inert(reason, 200) or "–"

    def entry(self, entry: AuditEntry, name: str) -> Node:
        key = "too" if entry.action.endswith("_too") else entry.action.removeprefix("broadcast.")
        action = texts().find(self._language, f"log.{key}") or entry.action
        detail = f": {inert(entry.detail, 120)}" if entry.detail else ""
        at = el("time", {"datetime": entry.at.isoformat()}, f"{entry.at.astimezone(UTC):%H:%M:%S}")
        return el("li", None, at, f" {action.format(name=name)}{detail}")

    def _left(self, broadcast: Broadcast, rate: int) -> str:
        waiting = broadcast.tally.waiting
        if broadcast.state is not State.RUNNING or not rate or not waiting:
            return ""
        return self.text("live.left", left=format_timespan(max(60 * waiting / rate, 1), self._language))

    def _why(self, broadcast: Broadcast, actor: str, now: datetime) -> str:
        """Why it stands where it stands."""
        state, reason = broadcast.state, inert(broadcast.reason, 200)
        if state is State.COUNTING and broadcast.due_at is not None:
            seconds = max(0, round((broadcast.due_at - now).total_seconds()))
            return self.text("live.counting", seconds=seconds)
        if state is State.SCHEDULED and broadcast.due_at is not None:
            return self.text("live.scheduled", at=format_time(broadcast.due_at, self._language))
        if state is State.PAUSED and not broadcast.actor_id:
            return self.text("live.late" if reason == "late" else "live.paused_itself", reason=reason)
        if state is State.PAUSED:
            return self.text("live.paused_by", name=actor) + (f": {reason}" if reason else "")
        if state is State.CANCELLED:
            key = "live.undone" if not broadcast.frozen and not broadcast.tally.total else "live.cancelled_by"
            return self.text(key, name=actor)
        if state is State.FINISHED and broadcast.started_at is not None and broadcast.ended_at is not None:
            lasted = max((broadcast.ended_at - broadcast.started_at).total_seconds(), 1)
            return self.text("live.finished", lasted=format_timespan(lasted, self._language))
        return self.text("live.recalled_by", name=actor) if state is State.RECALLED else ""

    def _hold(self, broadcast: Broadcast, now: datetime) -> str:
        if broadcast.state is not State.RUNNING or not broadcast.hold:
            return ""
        until = broadcast.hold_until
        seconds = max(1, round((until - now).total_seconds())) if until is not None else 1
        key = "live.hold_429" if broadcast.hold == "429" else "live.hold"
        return self.text(key, code=broadcast.hold, seconds=seconds)

    def _share(self, number: int, of: int) -> str:
        return f"{self.number(number)} ({100 * number // of} %)" if of else self.number(number)
