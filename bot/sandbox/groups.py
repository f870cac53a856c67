"""What happens to groups: made, joined, left, renamed; every change is told to the members as SYSTEM_CONVERSATION.

Source: mixin.md 5.6 and 6.6.
"""

from collections.abc import Iterable

from bot.sandbox.conversations import ADMIN, GROUP, MAX_MEMBERS, OWNER, Conversation
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import new_id
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.tables import transaction

MAX_NAME = 512
MAX_ANNOUNCEMENT = 1024


def make(
    sandbox: Sandbox, owner_id: str, name: str, members: Iterable[str], *, conversation_id: str = "",
    announcement: str = "",
) -> Conversation:  # fmt: skip
    """A group with an owner and members.

    Raises:
        ApiError: 10002 for a name or a member that cannot be, 20116 for more than 256.
    """
    check_texts(name, announcement)
    if not name:
        raise bad_field("name", "missing")
    others = [one for one in dict.fromkeys(members) if one != owner_id]
    _known(sandbox, others)
    if len(others) >= MAX_MEMBERS:
        raise ApiError(20116)
    with transaction(sandbox.db):
        group = sandbox.conversations.group(conversation_id or new_id(), owner_id, name, others, sandbox.clock.text())
        group.announcement = announcement
        sandbox.conversations.save(group)
    sandbox.delivery.system(group, owner_id, "CREATE", owner_id)
    return group


def add(sandbox: Sandbox, group: Conversation, actor_id: str, members: Iterable[str]) -> None:
    """Raises: ApiError 403, 10002, 20116."""
    _must_run(group, actor_id)
    fresh = [one for one in dict.fromkeys(members) if one not in group.members]
    _known(sandbox, fresh)
    if len(group.members) + len(fresh) > MAX_MEMBERS:
        raise ApiError(20116)
    for member in fresh:
        enter(sandbox, group, actor_id, member, "ADD")


def remove(sandbox: Sandbox, group: Conversation, actor_id: str, members: Iterable[str]) -> None:
    """Raises: ApiError 403, 10002."""
    _must_run(group, actor_id)
    for member in members:
        if member not in group.members:
            continue
        if group.members[member]["role"] == OWNER:
            raise bad_field("user_id", "the owner cannot be removed")
        leave(sandbox, group, actor_id, member, "REMOVE")


def enter(sandbox: Sandbox, group: Conversation, actor_id: str, member: str, action: str) -> None:
    """`action` ADD, or JOIN for who comes by a link."""
    if len(group.members) >= MAX_MEMBERS:
        raise ApiError(20116)
    with transaction(sandbox.db):
        group.add(member, sandbox.clock.text())
        sandbox.conversations.save(group)
    sandbox.delivery.system(group, actor_id, action, member)


def leave(sandbox: Sandbox, group: Conversation, actor_id: str, member: str, action: str) -> None:
    """`action` REMOVE, or EXIT for who goes by themselves."""
    with transaction(sandbox.db):
        del group.members[member]
        sandbox.conversations.save(group)
    sandbox.delivery.system(group, actor_id, action, member)


def give_role(sandbox: Sandbox, group: Conversation, actor_id: str, member: str, role: str) -> None:
    """Make somebody admin, or an ordinary member with "".

    Raises:
        ApiError: 403 for anybody but the owner, 10002.
    """
    if group.members.get(actor_id, {}).get("role") != OWNER:
        raise ApiError(403, why="only the owner gives roles")
    if member not in group.members or role not in (ADMIN, ""):
        raise bad_field("role", "expected ADMIN or nothing, for a member")
    with transaction(sandbox.db):
        group.members[member]["role"] = role
        sandbox.conversations.save(group)
    sandbox.delivery.system(group, actor_id, "ROLE", member, role)


def update(sandbox: Sandbox, group: Conversation, actor_id: str, name: str | None, announcement: str | None) -> None:
    """Raises: ApiError 403, 10002."""
    _must_run(group, actor_id)
    check_texts(name or "", announcement or "")
    with transaction(sandbox.db):
        group.name = group.name if name is None else name
        group.announcement = group.announcement if announcement is None else announcement
        sandbox.conversations.save(group)
    sandbox.delivery.system(group, actor_id, "UPDATE", actor_id)


def rotate(sandbox: Sandbox, group: Conversation, actor_id: str) -> None:
    """Make a new code: with the old one nobody joins any more.

    Raises:
        ApiError: 403.
    """
    _must_run(group, actor_id)
    with transaction(sandbox.db):
        group.code_id = new_id()
        sandbox.conversations.save(group)


def check_texts(name: str, announcement: str) -> None:
    if len(name) > MAX_NAME:
        raise bad_field("name", f"{len(name)} characters, allowed are {MAX_NAME}")
    if len(announcement) > MAX_ANNOUNCEMENT:
        raise bad_field("announcement", f"{len(announcement)} characters, allowed are {MAX_ANNOUNCEMENT}")


def _must_run(group: Conversation, actor_id: str) -> None:
    if group.category != GROUP or not group.runs(actor_id):
        raise ApiError(403, why="only owner and admins may do that")


def _known(sandbox: Sandbox, members: list[str]) -> None:
    for member in members:
        if sandbox.people.get(member) is None:
            raise bad_field("participants.user_id", f"nobody is {member}")
