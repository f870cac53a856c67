"""Where settings come from: command line, environment, `.env`, `config/bot.toml`; and which of them said what."""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr, ValidationError
from pydantic_settings import DotEnvSettingsSource

from config.errors import SettingsError
from config.schema import Setting, settings_of
from config.settings import Settings

TOML = Path("config/bot.toml")
DOTENV = Path(".env")
CONFIG_VARIABLE = "MIXBOT_CONFIG"
LANGUAGE_VARIABLE = "MIXBOT_LANG"
"""Not a setting of the service: the language in which the command line speaks of mistakes."""
ZEROMESH_VARIABLE = "MIXIN_SDK_USE_ZEROMESH"

ALL: dict[str, Setting] = {one.name: one for one in settings_of(Settings)}
BY_VARIABLE: dict[str, Setting] = {variable: one for one in ALL.values() for variable in one.variables}


class Found(NamedTuple):
    """A value as it was written, and where."""

    value: Any
    origin: str


class Line(NamedTuple):
    """One row of `config show`. `value` is fit for print: secrets are masked."""

    name: str
    value: str
    origin: str
    variable: str


def load_settings(
    overrides: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    dotenv: Path = DOTENV,
    toml: Path | None = None,
) -> Settings:
    """Read every source. `overrides` has dotted names from the command line.

    Raises:
        SettingsError: An unknown name, a value that does not fit, an unreadable file.
    """
    environ = os.environ if environ is None else environ
    dotenv_values = _read_dotenv(dotenv)
    named = environ.get(CONFIG_VARIABLE) or dotenv_values.get(CONFIG_VARIABLE)
    path = toml or Path(named or TOML)
    if (toml or named) and not path.is_file():
        raise SettingsError("MB403", f"{path}: no such file. It was named as the settings file.")

    found: dict[str, Found] = dict(_from_toml(path))
    found.update(_from_variables(dotenv_values, f"{dotenv.name}: "))
    found.update(_from_variables(environ, ""))
    found.update({name: Found(value, "command line") for name, value in (overrides or {}).items()})
    return _build(found)


def sources(settings: Settings) -> list[Line]:
    """Every setting, its value with secrets masked, and where the value came from."""
    return [_line(settings, one) for one in ALL.values()]


def _line(settings: Settings, one: Setting) -> Line:
    group, name = one.name.split(".")
    value = getattr(getattr(settings, group), name)
    return Line(one.name, shown(one, value), settings.origins.get(one.name, "default"), one.variables[0])


def shown(one: Setting, value: Any) -> str:
    """A value fit for print: of a secret at most the last four characters, of an address no password."""
    if isinstance(value, SecretStr):
        text = value.get_secret_value().strip()
        return "" if not text else f"…{text[-4:]}" if len(text) >= 32 and "{" not in text else "***"
    if one.secret:
        return re.sub(
            r"(?i)((?:password|sslpassword)=)[^&]*", r"\1***", re.sub(r"(://[^/@]*?:)[^@]*@", r"\1***@", str(value))
        )
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _build(found: Mapping[str, Found]) -> Settings:
    nested: dict[str, dict[str, Any]] = {}
    for name, (value, _) in found.items():
        group, _, key = name.partition(".")
        nested.setdefault(group, {})[key] = _spelled(ALL[name], value)
    try:
        settings = Settings(**nested)  # type: ignore[arg-type]  # plain values; pydantic makes the groups
    except ValidationError as error:
        raise _misfit(error, found) from None
    settings.origins.update({name: one.origin for name, one in found.items()})
    return settings


def _spelled(one: Setting, value: Any) -> Any:
    """Lists may be written with commas or spaces, and addresses without their scheme, as other tools allow."""
    if one.kind == "list":
        items = re.split(r"[\s,]+", value.strip()) if isinstance(value, str) else value
        return [str(item) for item in items if item != ""] if isinstance(items, list) else items
    if one.name in ("mixin.api_url", "mixin.blaze_url") and isinstance(value, str) and value and "://" not in value:
        return f"{'wss' if one.name == 'mixin.blaze_url' else 'https'}://{value}"
    return value


def _misfit(error: ValidationError, found: Mapping[str, Found]) -> SettingsError:
    first = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in first["loc"][:2])
    one = ALL[name]
    value, origin = found[name]
    what = "a secret" if one.secret else f"“{value}”"
    unit = f" ({one.unit})" if one.unit else ""
    complaint = first["msg"][:1].lower() + first["msg"][1:]
    return SettingsError("MB402", f"`{name}` from {origin} is {what}, expected {one.kind}{unit}: {complaint}.")


def _from_variables(variables: Mapping[str, str], where: str) -> Iterator[tuple[str, Found]]:
    _refuse_unknown_variables(variables, where)
    zeromesh = variables.get(ZEROMESH_VARIABLE, "").lower() in ("1", "t", "true", "yes")
    if zeromesh:
        yield "mixin.route", Found("zeromesh", f"{where}{ZEROMESH_VARIABLE}")
    for one in ALL.values():
        # The last one written wins, so the oldest name comes first.
        for variable in reversed(one.variables):
            as_file = f"{variable}_FILE"
            text, path = variables.get(variable, ""), "" if as_file in BY_VARIABLE else variables.get(as_file, "")
            if text and path:
                raise SettingsError("MB404", f"Both {where}{variable} and {as_file} are set. Keep one of them.")
            if path:
                yield one.name, Found(_content(Path(path), as_file), f"{where}{as_file}")
            elif text:
                yield one.name, Found(text, f"{where}{variable}")


def _content(path: Path, variable: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SettingsError("MB403", f"{variable} names {path}, which cannot be read: {reason}.") from None


def _refuse_unknown_variables(variables: Mapping[str, str], where: str) -> None:
    known = {*BY_VARIABLE, *(f"{variable}_FILE" for variable in BY_VARIABLE), CONFIG_VARIABLE, LANGUAGE_VARIABLE}
    for variable in variables:
        if variable.startswith("MIXBOT_") and variable not in known:
            raise SettingsError("MB401", f"Unknown setting {where}{variable}. {_nearest(variable, known)}")


def _nearest(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else "`mixbot config show` lists all settings."


def _read_dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        values = DotEnvSettingsSource(Settings, path, "utf-8", case_sensitive=True).env_vars
    except (OSError, UnicodeError) as error:
        raise SettingsError("MB403", f"{path} cannot be read: {error}.") from None
    return {name: value for name, value in values.items() if value is not None}


def _from_toml(path: Path) -> Iterator[tuple[str, Found]]:
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except FileNotFoundError:
        return
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError("MB403", f"{path} cannot be read: {error}.") from None
    line_of = _line_finder(text)
    for group, table in tables.items():
        for key, value in (table if isinstance(table, dict) else {"": table}).items():
            name = f"{group}.{key}".rstrip(".")
            line = line_of(group, key)
            if name not in ALL:
                near = difflib.get_close_matches(name, ALL, n=1, cutoff=0.6)
                hint = f"Did you mean `{near[0]}`?" if near else "`mixbot config show` lists all settings."
                raise SettingsError("MB401", f"Unknown setting `{name}` in {path} line {line}. {hint}")
            if value not in ("", []):
                yield name, Found(value, f"{path} line {line}")


def _line_finder(text: str) -> Callable[[str, str], int]:
    """Says on which line a key stands; the parser of the standard library does not."""
    lines: dict[tuple[str, str], int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([\w.-]+)", line):
            table = header[1]
            lines.setdefault((table, ""), number)
        elif key := re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line):
            group, _, rest = key[1].rpartition(".") if not table else (table, "", key[1])
            lines.setdefault((group, rest) if group else (rest, ""), number)

    return lambda group, key: lines.get((group, key), lines.get((group, ""), 1))
