"""Answers of the API, told apart by what the caller should do."""

import json
from typing import Any

import pytest

from bot.errors import (
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    ServiceError,
    Unauthorized,
    Unavailable,
    Unclear,
)
from bot.mixin.refusals import answer_data, seconds
from tests.bot.mixin.vectors import case_id, cases


def envelope(code: int, **members: object) -> bytes:
    return json.dumps({"error": {"status": 202, "code": code, "description": "no", **members}}).encode()


def refused(status: int, body: bytes, **headers: str) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        answer_data(status, body, **headers)
    return caught.value


@pytest.mark.parametrize("case", cases("error_envelopes"), ids=case_id)
def test_envelopes_of_the_vectors(case: dict[str, Any]) -> None:
    """The body decides, whatever the HTTP status; where the SDK found data or an error, so do we."""
    responses = case["server_response"]
    for response in responses if isinstance(responses, list) else [responses]:
        body = json.loads(response["body"])
        if body.get("error") is None:
            assert json.loads(bytes(answer_data(response["status"], response["body"].encode()))) == body["data"]
        else:
            error = refused(response["status"], response["body"].encode())
            assert (error.code, error.extra) == (body["error"]["code"], body["error"].get("extra"))


@pytest.mark.parametrize("status", [200, 202, 500])
@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (Unauthorized, [401]),
        (Forbidden, [403]),
        (NotFound, [404]),
        (RateLimited, [429]),
        (Unavailable, [500, 7000, 7001, 10001, 10104, 10105, 10106]),
        (Rejected, [400, 10002, 20116, 20117, 20119, 20140, 20160, 30102]),
        (Unclear, [0, 999, 12345, 20199, -1]),
    ],
)
def test_F21_F22_codes_by_what_to_do(kind: type[ServiceError], codes: list[int], status: int) -> None:
    """Documented refusals are final, busy servers are asked again, and unknown codes are unclear."""
    for code in codes:
        error = refused(status, envelope(code))
        assert type(error) is kind
        assert error.code == code


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (429, RateLimited),
        (301, Unclear),
        (418, Unclear),
    ],
)
def test_F20_answers_of_the_proxy(status: int, kind: type[ServiceError]) -> None:
    """A proxy's page has no code: its HTTP status says what to do."""
    assert type(refused(status, b"<html>Bad Gateway</html>")) is kind


@pytest.mark.parametrize("body", [b"", b"{", b'{"data": ', b"null", b"[]", b"<html>", b"\xff", b'{"error": "x"}', b"5"])
def test_F23_answers_that_make_no_sense(body: bytes) -> None:
    """An answer that cannot be read leaves the outcome unknown: the same request is repeated with the same ids."""
    error = refused(200, body)
    assert isinstance(error, Unavailable)


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b"{}", "null"),
        (b'{"data": null}', "null"),
        (b'{"data": []}', "[]"),
        (b'{"data": {"a": 1}, "error": null, "next": "x"}', '{"a": 1}'),
    ],
)
def test_every_shape_of_success(body: bytes, data: str) -> None:
    """Neither member, null and an empty list are all success."""
    assert bytes(answer_data(202, body)).decode() == data


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("inf", 86400.0),
        ("9e9", 86400.0),
    ],
)
def test_F18_retry_after(text: str, wanted: float | None) -> None:
    """The pause that the server asks for is taken in seconds, within a day, and nonsense is none."""
    assert seconds(text) == wanted
    error = refused(429, envelope(429), retry_after=text)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == wanted
