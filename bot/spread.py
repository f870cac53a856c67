"""How roles are spread over live processes: a decision from what everybody sees; no I/O, and the time is an argument.

Each process decides alone, once a second. Nobody takes more than a fair part of what is free, unless nobody else wants
it; and of all processes only the fullest gives a role back, one at a time, to one that has two less.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

ORPHAN_S = 3.0
"""Free for so long, a role is taken by whoever can, fair or not."""
SHY_S = 5.0
"""So long a process leaves alone what it gave back; longer each time that nobody else wanted it."""
SHY_MOST_S = 600.0


@dataclass(frozen=True, slots=True)
class Member:
    """A live process that takes roles: `patterns` say which, such as `bot:*`."""

    number: int
    patterns: tuple[str, ...]

    def serves(self, role: str) -> bool:
        return any(fnmatchcase(role, pattern) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class View:
    """What everybody sees. `owners`: who has which role; 0 is somebody who takes no part in sharing."""

    members: Sequence[Member]
    owners: Mapping[str, int]


@dataclass
class Spread:
    """One process's part, and what it remembers from one decision to the next."""

    me: Member
    _free_since: dict[str, float] = field(default_factory=dict)
    _shy_until: dict[str, float] = field(default_factory=dict)
    _given: dict[str, int] = field(default_factory=dict)

    def wanted(self, roles: Collection[str], view: View, now: float) -> Sequence[str]:
        """Free roles to try for, in an order of this process's own, so that two seldom try for the same."""
        ours = [role for role in roles if self.me.serves(role)]
        free = [role for role in ours if role not in view.owners]
        self._free_since = {role: self._free_since.get(role, now) for role in free}
        mine = sum(owner == self.me.number for owner in view.owners.values())
        room = -(-len(ours) // max(1, len(view.members))) - mine
        found: list[str] = []
        for role in sorted(free, key=self._order):
            orphan = now - self._free_since[role] >= ORPHAN_S
            if (room > len(found) or orphan) and self._shy_until.get(role, 0.0) <= now:
                found.append(role)
        return found

    def surplus(self, roles: Collection[str], view: View, now: float) -> str:
        """A role of ours to give back, or nothing. Nobody gives while a role is free: that one moves first."""
        if any(role not in view.owners for role in roles if any(each.serves(role) for each in view.members)):
            return ""
        loads = {member.number: 0 for member in view.members}
        for owner in view.owners.values():
            if owner in loads:
                loads[owner] += 1
        mine = loads.get(self.me.number, 0)
        if not mine or (mine, self.me.number) != max((load, number) for number, load in loads.items()):
            return ""
        lighter = [member for member in view.members if loads[member.number] <= mine - 2]
        for role in sorted(role for role, owner in view.owners.items() if owner == self.me.number):
            if self._shy_until.get(role, 0.0) <= now and any(member.serves(role) for member in lighter):
                return role
        return ""

    def gave(self, role: str, now: float) -> None:
        """Leave a role to others for a while: twice as long each time that it came back."""
        times = self._given[role] = self._given.get(role, 0) + 1
        self._shy_until[role] = now + min(SHY_S * 2 ** (times - 1), SHY_MOST_S)

    def moved(self, role: str) -> None:
        """Somebody else took what we gave."""
        self._given.pop(role, None)

    def _order(self, role: str) -> bytes:
        return hashlib.sha256(f"{self.me.number} {role}".encode()).digest()
