"""Which bots this process knows: from a folder of Keystores, from the database, and the one in the usual place.

One that cannot be read is said, and costs the others nothing. `NAME.toml` beside `NAME.json` has what the bot has of
its own: `name`, `admins`, `without`, and tables `[texts.en]`.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.errors import CannotOpen, SetupError
from bot.mixin.keystore import Keystore, load_keystore
from bot.mixin.keystore_lookup import read_keystore_file
from bot.registry import BotOptions, BotRecord, Registry, about_bot
from bot.vault import Vault
from bot.wire import WireError, decoder, encode
from config.redact import hide

log = structlog.get_logger()

UNUSABLE = "MB350"
SEALED = "MB351"

_read_options = decoder(BotOptions)


@dataclass(frozen=True, slots=True)
class Entry:
    """One bot. `stamp` changes with its Keystore and its options; `main` is the one in the usual place."""

    keystore: Keystore
    source: str
    stamp: str
    options: BotOptions = field(default_factory=BotOptions)
    paused: bool = False
    main: bool = False

    @property
    def bot_id(self) -> str:
        return self.keystore.app_id

    @property
    def role(self) -> str:
        return f"bot:{self.bot_id}"


class Lineup:
    """Read it as often as you like: what did not change is not read again."""

    def __init__(
        self, registry: Registry, *, folder: Path | None = None, vault: Vault | None = None, main: Entry | None = None
    ) -> None:
        self._registry = registry
        self._folder = folder
        self._vault = vault
        self._main = main
        self._files: dict[Path, tuple[object, Entry | None]] = {}
        self._sealed: dict[str, tuple[bytes, Keystore | None]] = {}
        self._said: set[str] = set()

    async def read(self) -> Mapping[str, Entry]:
        """Every bot by its id; what `mixbot bot` keeps wins over files.

        Raises:
            NotKept: The database does not answer.
        """
        found: dict[str, Entry] = {}
        for entry in self._from_files():
            if entry.bot_id in found:
                self._say(UNUSABLE, f"{entry.source}: the same bot as in {found[entry.bot_id].source}; left out.")
            else:
                found[entry.bot_id] = entry
        if self._main is not None:
            found[self._main.bot_id] = self._main
        for record in await self._registry.bots():
            entry_of = self._merged(record, found.get(record.bot_id))
            if entry_of is not None:
                found[record.bot_id] = entry_of
        return found

    def _from_files(self) -> Iterator[Entry]:
        if self._folder is None:
            return
        paths = sorted(self._folder.glob("*.json"))
        self._files = {path: known for path, known in self._files.items() if path in paths}
        for path in paths:
            mark = _mark(path), _mark(path.with_suffix(".toml"))
            known = self._files.get(path)
            if known is None or known[0] != mark:
                known = self._files[path] = mark, self._read_file(path)
            if known[1] is not None:
                yield known[1]

    def _read_file(self, path: Path) -> Entry | None:
        try:
            text = read_keystore_file(path).text
            _hide_keys(text)
            options = _options_beside(path.with_suffix(".toml"))
            return entry_of(text, path.name, options)
        except SetupError as error:
            self._say(error.code, str(error.args[0]))
            return None

    def _merged(self, record: BotRecord, entry: Entry | None) -> Entry | None:
        keystore = self._opened(record) if record.sealed else entry.keystore if entry is not None else None
        if keystore is None:
            return entry if not record.sealed else None
        before = entry.options if entry is not None else BotOptions()
        return Entry(
            keystore,
            "the database" if record.sealed else entry.source if entry is not None else "",
            _stamp(record.sealed or (entry.stamp.encode() if entry is not None else b""), record.options or before),
            record.options or before,
            record.paused,
            entry is not None and entry.main,
        )

    def _opened(self, record: BotRecord) -> Keystore | None:
        known = self._sealed.get(record.bot_id)
        if known is None or known[0] != record.sealed:
            known = self._sealed[record.bot_id] = record.sealed, self._open(record)
        return known[1]

    def _open(self, record: BotRecord) -> Keystore | None:
        if self._vault is None:
            self._say(SEALED, f"The Keystore of bot {record.bot_id} is sealed, and MIXBOT_SECRET_KEY is not set.")
            return None
        try:
            text = self._vault.open(record.sealed, about_bot(record.bot_id)).decode()
            _hide_keys(text)
            return load_keystore(text, source=f"bot {record.bot_id}")
        except CannotOpen as error:
            self._say(SEALED, f"The Keystore of bot {record.bot_id} cannot be opened: it is {error}.")
        except SetupError as error:
            self._say(error.code, str(error.args[0]))
        return None

    def _say(self, code: str, reason: str) -> None:
        if reason not in self._said:
            self._said.add(reason)
            log.error("bot.left_out", code=code, reason=reason)


def entry_of(text: str, source: str, options: BotOptions | None = None, *, main: bool = False) -> Entry:
    """A bot of a Keystore's text.

    Raises:
        SetupError: It cannot be used.
    """
    options = options or BotOptions()
    return Entry(load_keystore(text, source=source), source, _stamp(text.encode(), options), options, main=main)


def read_options(text: str, *, source: str) -> BotOptions:
    """What a bot has of its own, as it stands in a TOML file.

    Raises:
        SetupError: MB350, with what is wrong.
    """
    try:
        return _read_options(encode(tomllib.loads(text)))
    except (tomllib.TOMLDecodeError, WireError, TypeError) as error:
        raise SetupError(
            UNUSABLE, f"{source}: {str(error)[:200]}. It may have name, admins, without, and [texts.en]."
        ) from None


def _options_beside(path: Path) -> BotOptions:
    try:
        return read_options(path.read_text(encoding="utf-8"), source=path.name)
    except FileNotFoundError:
        return BotOptions()
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SetupError(UNUSABLE, f"{path.name} cannot be read: {reason}.") from None


def _mark(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode


def _stamp(what: bytes, options: BotOptions) -> str:
    return hashlib.sha256(what + b"\0" + encode(options)).hexdigest()


def _hide_keys(text: str) -> None:
    hide(*re.findall(r"[\w+/=-]{40,}", text))
