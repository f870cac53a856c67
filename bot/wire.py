"""JSON to values and back; but for the log, the only module that knows msgspec.

Decoding is strict in types: unknown members are ignored; NaN, invalid UTF-8 and lone surrogates are refused, and
nesting that would exhaust the stack is an error like any other.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, field

__all__ = ["Raw", "Record", "Value", "WireError", "decode", "decoder", "encode", "field", "plain", "replace"]

T = TypeVar("T")

replace = msgspec.structs.replace
"""A copy of a Value with some fields changed."""


plain: Callable[[Any], Any] = msgspec.to_builtins
"""A Value as dicts, lists and what JSON has besides."""


class Value(msgspec.Struct, frozen=True, gc=False):
    """Base of immutable values that can travel as JSON objects; kinds are told apart with `tag=True`.

    A value never holds what holds it, so the garbage collector need not look at it.
    """


class Record(msgspec.Struct, eq=False, gc=False):
    """Base of objects with state that are made for every message, at a fifth of what an `__init__` costs.

    Like a Value, it never holds what holds it.
    """


class WireError(ValueError):
    """The bytes are not the JSON that was expected; the text says where, and never quotes the content."""


encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode


def decoder(kind: type[T]) -> Callable[[bytes | Raw], T]:
    """A function that reads one `kind` from JSON text.

    Raises:
        WireError: Not JSON, not of that kind, or nested too deeply.
    """
    read = msgspec.json.Decoder(kind).decode

    def decode_kind(text: bytes | Raw) -> T:
        try:
            return read(text)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise WireError(str(error)) from None
        except RecursionError:
            raise WireError("nested too deeply") from None

    return decode_kind


decode: Callable[[bytes | Raw], Any] = decoder(Any)
