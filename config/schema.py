"""What a setting is made of: its variables, its unit and its meaning, kept with the field that holds it."""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.fields import FieldInfo

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Milliseconds = Annotated[float, Field(ge=0, le=10_000)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Group(BaseModel):
    """One table of `config/bot.toml`, read-only once loaded."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Setting(NamedTuple):
    """One setting. `name` is dotted, as in TOML; `variables` has the variable to use first, then its older names."""

    name: str
    variables: tuple[str, ...]
    kind: str
    unit: str
    default: Any
    meaning: str
    secret: bool


def setting(default: Any, meaning: str, *variables: str, unit: str = "", hidden: bool = False) -> Any:
    """A field with its meaning; without `variables` the name follows from the field's.

    `hidden` marks a secret whose type cannot say it, such as an address that may contain a password.
    """
    extra: dict[str, Any] = {"variables": list(variables), "unit": unit, "hidden": hidden}
    return Field(default, description=meaning, json_schema_extra=extra, repr=not hidden)


def settings_of(groups: type[BaseModel]) -> Iterator[Setting]:
    """Every setting below `groups`, in the order in which they are written there."""
    for group_name, group_field in groups.model_fields.items():
        group = group_field.annotation
        assert isinstance(group, type)
        assert issubclass(group, Group)
        for name, field in group.model_fields.items():
            yield _setting(group_name, name, field)


def _setting(group: str, name: str, field: FieldInfo) -> Setting:
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    unit, variables = extra["unit"], extra["variables"]
    assert isinstance(unit, str)
    assert isinstance(variables, list)
    prefix = "MIXIN" if group == "mixin" else "MIXBOT"
    return Setting(
        name=f"{group}.{name}",
        variables=tuple(str(variable) for variable in variables) or (f"{prefix}_{name.upper()}",),
        kind=_kind(field.annotation),
        unit=unit or ("s" if name.endswith("_s") else "ms" if name.endswith("_ms") else ""),
        default=field.get_default(),
        meaning=field.description or "",
        secret=field.annotation is SecretStr or bool(extra["hidden"]),
    )


def _kind(annotation: Any) -> str:
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return {"str": "text", "SecretStr": "secret text", "bool": "true or false", "int": "whole number"}.get(
            annotation.__name__, "number"
        )
    if getattr(annotation, "__origin__", None) is tuple:
        return "list"
    return " | ".join(str(choice) for choice in annotation.__args__)
