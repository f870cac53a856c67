"""Every setting of the service, with its variable, type, unit, default and meaning.

    settings.mixin     the bot's identity, Mixin's addresses, and how patiently to talk to them
    settings.nandbox   the same for nandbox; off without a token
    settings.bot       people and commands: languages, admins, limits, deadlines
    settings.broadcast how fast news are sent, and when they stop by themselves
    settings.web       what browsers and monitors may call
    settings.console   what operators may open in a browser
    settings.db        the database
    settings.log       what is written down, and how
    settings.metrics   numbers for monitoring
    settings.tracing   the way of single messages, for those who look for what takes long
    settings.fleet     several bots, and several processes

The name in `config/bot.toml` is the path above: `settings.web.port` is `port` in the table `[web]`. Where a variable is
not named in the field it follows from it: `mixin.route` → `MIXIN_ROUTE`, `bot.admins` → `MIXBOT_ADMINS`. Each variable
`X` may also be given as `X_FILE`, the path of a file that holds the value. The first that says something wins: command
line, environment, `.env`, `config/bot.toml`, default. All that is read by `config.sources.load_settings`; `Settings()`
itself looks nowhere and is all defaults.
"""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.errors import SettingsError
from config.loopback import is_loopback
from config.schema import Count, Group, Milliseconds, Seconds, setting

NONE = SecretStr("")
Port = Annotated[int, Field(ge=0, le=65_535)]


class Mixin(Group):
    keystore_path: str = setting(
        "", "The Keystore file; empty looks in the usual places", "MIXIN_KEYSTORE_PATH", "MIXIN_KEYSTORE_FILE"
    )
    keystore: SecretStr = setting(NONE, "The Keystore's JSON text itself, instead of a file")
    app_id: str = setting("", "The bot's user id, instead of a Keystore", "MIXIN_APP_ID", "MIXIN_CLIENT_ID")
    session_id: str = setting("", "The session's id, instead of a Keystore")
    server_public_key: str = setting(
        "", "Mixin's public key, instead of a Keystore", "MIXIN_SERVER_PUBLIC_KEY", "MIXIN_PIN_TOKEN"
    )
    session_private_key: SecretStr = setting(
        NONE, "The session's private key, instead of a Keystore", "MIXIN_SESSION_PRIVATE_KEY", "MIXIN_PRIVATE_KEY"
    )
    client_secret: SecretStr = setting(
        NONE, "The OAuth secret; OAuth works by PKCE without it", "MIXIN_CLIENT_SECRET", "MIXIN_OAUTH_SECRET"
    )
    route: Literal["auto", "global", "zeromesh"] = setting("auto", "Which of Mixin's addresses to use")
    api_url: str = setting("", "The HTTP API; empty follows the route", "MIXIN_API_URL", "MIXIN_SDK_API_HOST")
    blaze_url: str = setting(
        "",
        "Blaze; empty follows the route",
        "MIXIN_BLAZE_URL",
        "MIXIN_SDK_BLAZE_URL",
        "MIXIN_SDK_BLAZE_HOST",
    )
    oauth_url: str = setting("", "The page that asks people for permission; empty follows the route")
    oauth_scope: str = setting(
        "PROFILE:READ ASSETS:READ SNAPSHOTS:READ CONTACTS:READ",
        "All that people may ever be asked for; each is asked for when it is needed, not all at once",
    )
    signed_answers: bool = setting(False, "Believe what is asked in a person's name only if Mixin signed the answer")
    allow_insecure: bool = setting(False, "Allow http:// and ws:// beyond this machine: tokens then travel in clear")
    http_timeout_s: Seconds = setting(10.0, "Longest wait for the answer to one HTTP request")
    handshake_timeout_s: Seconds = setting(10.0, "Longest wait for Blaze to accept a connection")
    ping_interval_s: Seconds = setting(15.0, "Pause between two pings on Blaze")
    pong_timeout_s: Seconds = setting(10.0, "A ping not answered for so long means that the line is dead")
    backoff_cap_s: Seconds = setting(60.0, "Longest pause between two attempts to connect or to send")
    stable_after_s: Seconds = setting(120.0, "After a connection that lived so long, pauses begin short again")
    linger_ms: Milliseconds = setting(2.0, "Wait so long for more replies to send in the same request")
    ack_linger_ms: Annotated[float, Field(ge=0, le=5_000)] = setting(
        400.0, "While messages come steadily, acknowledgements wait at most so long for others", unit="ms"
    )
    send_requests: Count = setting(16, "Requests with replies that may be under way at the same time")
    ack_requests: Count = setting(8, "Requests with acknowledgements that may be under way at the same time")

    @field_validator("oauth_scope")
    @classmethod
    def _scopes(cls, text: str) -> str:
        """Separated by spaces or commas, as other tools allow."""
        scopes = re.split(r"[\s,+]+", text.strip().upper()) if text.strip() else []
        if wrong := next((one for one in scopes if not re.fullmatch(r"[A-Z]{2,20}:[A-Z]{2,20}", one)), ""):
            raise ValueError(f"{wrong[:40]} is no scope; scopes look like ASSETS:READ")
        return " ".join(dict.fromkeys(scopes))

    @field_validator("api_url", "blaze_url", "oauth_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @model_validator(mode="after")
    def _refuse_clear_text(self) -> "Mixin":
        for name in ("api_url", "blaze_url", "oauth_url"):
            url = getattr(self, name)
            parts = urlsplit(url)
            wanted = ("ws", "wss") if name == "blaze_url" else ("http", "https")
            if url and (parts.scheme not in wanted or not parts.hostname):
                raise SettingsError("MB402", f"`mixin.{name}` is “{url}”, expected {wanted[1]}://HOST.")
            if parts.scheme in ("http", "ws") and not self.allow_insecure and not is_loopback(parts.hostname or ""):
                raise SettingsError(
                    "MB405",
                    f"`mixin.{name}` is {url}: the bot's tokens would travel in clear. "
                    f"Use {wanted[1]}://, or set MIXIN_ALLOW_INSECURE=true inside a network that you trust.",
                )
        return self


class Nandbox(Group):
    """Checked where it is used, by `bot.nandbox.account`."""

    token: SecretStr = setting(NONE, "The bot's token from “Get token”; empty: no nandbox", "NANDBOX_TOKEN")
    uri: str = setting("", "The websocket address that came with the token", "NANDBOX_URI")
    app_id: str = setting("", "The app whose people are asked for; empty: the bot's own", "NANDBOX_APP_ID")
    upload_url: str = setting("", "Where files are sent; empty follows the first address", "NANDBOX_UPLOAD_URL")
    download_url: str = setting("", "Where files are fetched; empty follows the first address", "NANDBOX_DOWNLOAD_URL")
    config: SecretStr = setting(NONE, "The config.json that nandbox's own tools read, as its text", "NANDBOX_CONFIG")
    timeout_s: Seconds = setting(6.0, "Longest wait for an answer of nandbox", "NANDBOX_TIMEOUT_S")


class Bot(Group):
    name: str = setting("", "What the bot calls itself; empty takes its name in Mixin")
    locale: Annotated[str, Field(pattern=r"^(auto|[a-z]{2})$")] = setting(
        "auto", "Language of the replies, such as en or zh; auto goes by the person"
    )
    source_url: str = setting("", "Where the program's source is, for /about and the home page")
    privacy_url: str = setting("", "Where it says what is done with people's data, for /about and the home page")
    file_days: Annotated[float, Field(gt=0, le=365)] = setting(
        7.0, "How long files are kept that a command keeps", "MIXBOT_FILE_DAYS", unit="days"
    )
    file_mb: Annotated[int, Field(ge=1, le=1_000_000)] = setting(
        200, "How many MiB of them are kept in all; the oldest go first", "MIXBOT_FILE_MB"
    )
    admins: tuple[str, ...] = setting((), "Identity numbers or user ids of the first admins; seeds the database once")
    handler_timeout_s: Seconds = setting(10.0, "A command that takes longer is stopped, with an apology")
    handler_attempts: Annotated[int, Field(ge=1, le=10)] = setting(3, "How often a crashing command is tried")
    max_concurrency: Count = setting(64, "Commands that may run at the same time")
    lane_limit: Count = setting(256, "Messages that may wait in one conversation")
    in_flight_limit: Count = setting(4_000, "Messages received and not yet acknowledged; then reading pauses")
    per_user_burst: Count = setting(40, "Messages that one person may send at once")
    per_user_per_minute: Count = setting(30, "Messages that one person may send in the long run", unit="per minute")
    flood_notice_s: Seconds = setting(60.0, "Somebody who sends too much is told so at most this often")
    backlog_max_age_s: Annotated[float, Field(ge=0)] = setting(0.0, "Older messages are not answered; 0: all are")
    drain_s: Annotated[float, Field(gt=0, le=600)] = setting(8.0, "At the end, time to finish what was begun")


class Web(Group):
    host: str = setting("127.0.0.1", "Where to listen; in a container 0.0.0.0")
    port: Port = setting(7002, "Where to listen; 0 takes any free port")
    public_url: str = setting("", "How browsers reach this service; empty: http://localhost:PORT")
    secret_key: SecretStr = setting(
        NONE, "Keyring `2:<base64>,1:<base64>`: the first seals what is stored, all open it"
    )
    ready_stale_s: Seconds = setting(30.0, "Not ready when Blaze has been silent for this long")
    ready_oldest_s: Seconds = setting(60.0, "Not ready when a message has waited for its acknowledgement for this long")

    @model_validator(mode="after")
    def _refuse_clear_text(self) -> "Web":
        parts = urlsplit(self.public_url)
        if self.public_url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise SettingsError("MB402", f"`web.public_url` is “{self.public_url}”, expected https://HOST.")
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise SettingsError(
                "MB405",
                f"`web.public_url` is {self.public_url}: what people allow would travel in clear. Use https://.",
            )
        return self

    @property
    def url(self) -> str:
        """How browsers reach this service, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://localhost:{self.port}"


class Console(Group):
    enabled: bool = setting(True, "Serve the console of operators below /console", "MIXBOT_CONSOLE")
    session_hours: Annotated[float, Field(gt=0, le=720)] = setting(
        12.0, "Whoever logged in is logged out after so long", "MIXBOT_CONSOLE_SESSION_HOURS", unit="h"
    )
    message_days: Annotated[float, Field(ge=0, le=365)] = setting(
        0.0,
        "Keep what people and the bot say, to show it in the console; 0: nothing",
        "MIXBOT_MESSAGE_DAYS",
        unit="days",
    )


class Database(Group):
    url: str = setting(
        "sqlite:///data/bot.db", "sqlite:///PATH or postgresql://USER@HOST/NAME", "MIXBOT_DB_URL", hidden=True
    )
    auto_migrate: bool = setting(False, "Upgrade an older database at the start instead of refusing it")
    keep_days: Annotated[int, Field(ge=8, le=3_650)] = setting(
        8, "How long it is remembered that a message was handled; Mixin repeats messages for 7 days", unit="days"
    )


class Log(Group):
    format: Literal["auto", "pretty", "json"] = setting("auto", "auto: pretty on a terminal", "MIXBOT_LOG_FORMAT")
    level: Literal["debug", "info", "warning", "error"] = setting("info", "Least that is written", "MIXBOT_LOG_LEVEL")
    redact: bool = setting(True, "Leave out what people say and shorten who they are", "MIXBOT_LOG_REDACT")

    @field_validator("format", "level", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


class Broadcast(Group):
    rate_per_minute: Annotated[int, Field(ge=1, le=100_000)] = setting(
        80_000,
        "Messages of broadcasts; with replies never more than 100,000",
        "MIXBOT_BROADCAST_RATE",
        unit="per minute",
    )
    requests: Annotated[int, Field(ge=1, le=32)] = setting(
        4, "Requests with messages of broadcasts at the same time", "MIXBOT_BROADCAST_REQUESTS"
    )
    undo_seconds: Annotated[float, Field(ge=0, le=600)] = setting(
        10.0, "From the order to send until the first message leaves", "MIXBOT_BROADCAST_UNDO_SECONDS", unit="s"
    )
    confirm_over: Annotated[int, Field(ge=0)] = setting(
        500,
        "With more recipients the console wants their number typed",
        "MIXBOT_BROADCAST_CONFIRM_OVER",
        unit="people",
    )
    per_admin_per_day: Annotated[int, Field(ge=0)] = setting(
        20, "Broadcasts that one admin may begin in 24 hours; 0 is any number", "MIXBOT_BROADCAST_PER_ADMIN_PER_DAY"
    )
    second_admin_over: Annotated[int, Field(ge=0)] = setting(
        0,
        "With more recipients a second admin has to agree before it begins; 0 is never",
        "MIXBOT_BROADCAST_SECOND_ADMIN_OVER",
        unit="people",
    )
    failure_pause_percent: Annotated[int, Field(ge=1, le=100)] = setting(
        5, "A broadcast of which more fails pauses", "MIXBOT_BROADCAST_FAILURE_PAUSE_PERCENT", unit="%"
    )
    late_seconds: Annotated[float, Field(ge=0)] = setting(
        3600.0,
        "A broadcast whose time was missed by more than that is paused",
        "MIXBOT_BROADCAST_LATE_SECONDS",
        unit="s",
    )


class Fleet(Group):
    keystores: str = setting("", "Folder of Keystores: every bot in it is served, by one process or several")
    enabled: bool = setting(
        False, "Serve all bots of the database, and share them with other processes of it", "MIXBOT_FLEET"
    )
    roles: tuple[str, ...] = setting(
        ("bot:*",), "Patterns of the bots that this process may run, such as bot:965e5c6e*; none: web pages only"
    )

    @field_validator("roles")
    @classmethod
    def _patterns(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := next((one for one in roles if one != "none" and not re.fullmatch(r"bot:[\w*?-]+", one)), ""):
            raise ValueError(f"{wrong[:40]} is no pattern; patterns look like bot:* or bot:965e5c6e*")
        return roles


class Metrics(Group):
    enabled: bool = setting(
        True, "Serve /metrics to this machine, and elsewhere to whoever has the token", "MIXBOT_METRICS"
    )
    token: SecretStr = setting(NONE, "Bearer token that opens /metrics from elsewhere", "MIXBOT_METRICS_TOKEN")


class Tracing(Group):
    endpoint: str = setting(
        "", "A collector of OpenTelemetry, such as http://localhost:4318; empty: no traces", "MIXBOT_TRACING_ENDPOINT"
    )
    sample: Annotated[float, Field(ge=0, le=1)] = setting(
        1.0, "The share of messages that are traced", "MIXBOT_TRACING_SAMPLE"
    )

    @field_validator("endpoint")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise ValueError("an address is wanted, such as http://localhost:4318")
        return url.rstrip("/").removesuffix("/v1/traces")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    mixin: Mixin = Mixin()
    nandbox: Nandbox = Nandbox()
    bot: Bot = Bot()
    broadcast: Broadcast = Broadcast()
    web: Web = Web()
    console: Console = Console()
    db: Database = Database()
    log: Log = Log()
    metrics: Metrics = Metrics()
    tracing: Tracing = Tracing()
    fleet: Fleet = Fleet()

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @property
    def origins(self) -> dict[str, str]:
        """Where each value that is not the default came from, by dotted name."""
        return self._origins
