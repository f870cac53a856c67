"""What a person can allow an app, in the groups in which the consent screen shows it.

Source: mixin.md 4.6. Of the sticker scopes the documents and the desktop messenger use different names: both are known.
"""

PROFILE = "PROFILE:READ"
PHONE = "PHONE:READ"
CONTACTS = "CONTACTS:READ"
ASSETS = "ASSETS:READ"
SNAPSHOTS = "SNAPSHOTS:READ"
REPRESENT = "MESSAGES:REPRESENT"
READ_CIRCLES = "CIRCLES:READ"
WRITE_CIRCLES = "CIRCLES:WRITE"

GROUPS = {
    "profile": (PROFILE, PHONE, CONTACTS),
    "wallet": (ASSETS, SNAPSHOTS, "COLLECTIBLES:READ"),
    "messages": (REPRESENT, READ_CIRCLES, WRITE_CIRCLES, "STICKER:READ", "STICKERS:READ", "STICKERS:WRITE"),
    "apps": ("APPS:READ", "APPS:WRITE"),
}
KNOWN = tuple(scope for scopes in GROUPS.values() for scope in scopes)


def grouped(asked: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The groups that have some of the scopes asked for, with just these."""
    found = {name: tuple(one for one in scopes if one in asked) for name, scopes in GROUPS.items()}
    return {name: scopes for name, scopes in found.items() if scopes}
