"""Names of cookies: several bots may share one address, below paths of it, and browsers tell no ports apart."""


def cookie_name(what: str, bot_id: str, *, secure: bool) -> str:
    """A bot's own cookie; by https it is for this host alone, and no page without encryption can set it."""
    name = f"mixbot-{what}-{bot_id}"
    return f"__Host-{name}" if secure else name
