"""What the settings are when nobody says anything."""

from config.loopback import is_loopback
from config.settings import Settings
from config.sources import ALL, BY_VARIABLE

PROPORTIONS = {"tracing.sample"}


def test_the_defaults_are_what_the_documentation_promises() -> None:
    """Every limit and every wait has a default that was thought about; changing one changes this list."""
    settings = Settings()

    assert (settings.mixin.http_timeout_s, settings.mixin.handshake_timeout_s) == (10, 10)
    assert settings.mixin.ping_interval_s + settings.mixin.pong_timeout_s <= 30, "a dead line is noticed within 30 s"
    assert (settings.mixin.backoff_cap_s, settings.mixin.stable_after_s) == (60, 120)
    assert (settings.bot.handler_timeout_s, settings.bot.handler_attempts, settings.bot.max_concurrency) == (10, 3, 64)
    assert (settings.bot.in_flight_limit, settings.bot.per_user_burst, settings.bot.per_user_per_minute) == (
        4_000,
        40,
        30,
    )
    assert settings.bot.drain_s < 10, "the whole end takes at most 10 s"
    assert settings.db.keep_days >= 8, "Mixin repeats messages for 7 days"
    assert (settings.web.host, settings.web.port, settings.web.url) == ("127.0.0.1", 7002, "http://localhost:7002")
    assert (settings.db.url, settings.db.auto_migrate) == ("sqlite:///data/bot.db", False)
    assert (settings.log.format, settings.log.level, settings.log.redact) == ("auto", "info", True)


def test_no_two_settings_share_a_variable() -> None:
    """Each variable means one thing, and each setting says what it means."""
    assert len(BY_VARIABLE) == sum(len(one.variables) for one in ALL.values())
    assert [one.name for one in ALL.values() if not one.meaning or one.meaning.endswith(".")] == []


def test_times_have_their_unit_in_the_name() -> None:
    """Whoever reads a file of settings need not guess between seconds and milliseconds."""
    times = [one for one in ALL.values() if one.kind == "number" and one.name not in PROPORTIONS]

    assert times
    assert {one.name: one.unit for one in times if one.unit not in ("days", "h", "s", "ms")} == {}


def test_loopback_is_only_this_machine() -> None:
    """Names that merely begin like an address of this machine are elsewhere."""
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.8.9.10", "::1", "localhost", "bot.localhost"))
    assert not any(
        is_loopback(host) for host in ("127.0.0.1.example.com", "10.0.0.1", "0.0.0.0", "localhost.example", "")
    )
