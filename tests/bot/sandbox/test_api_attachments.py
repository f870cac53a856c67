"""Files: asked for with a token, put without one, taken by anybody who has the address."""

import uuid

import pytest

from tests.bot.sandbox.client import Client

HEADERS = {"Content-Type": "application/octet-stream", "x-amz-acl": "public-read"}
CONTENT = bytes(range(256)) * 10


async def place(client: Client) -> tuple[str, str, str]:
    """Id, and the paths to put to and to take from."""
    made = (await client.call("POST", "/attachments")).data
    url = client.sandbox.url
    assert made["upload_url"].startswith(url)
    return made["attachment_id"], made["upload_url"].removeprefix(url), made["view_url"].removeprefix(url)


async def test_a_file_goes_up_and_comes_back(client: Client) -> None:
    """Byte by byte; the address is also had by id."""
    attachment_id, upload, view = await place(client)
    assert (await client.plain("GET", view)).status == 404
    assert (await client.plain("PUT", upload, CONTENT, HEADERS)).status == 200
    assert (await client.plain("GET", view)).raw == CONTENT
    shown = (await client.call("GET", f"/attachments/{attachment_id}")).data
    assert shown["view_url"].endswith(view)
    assert (await client.call("GET", f"/attachments/{uuid.uuid4()}")).code == 404


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS | {"Authorization": "Bearer x"},
        {"Content-Type": "application/octet-stream"},
        HEADERS | {"Content-Type": "image/png"},
    ],
    ids=["token", "no acl", "type"],
)
async def test_the_address_is_signed_for_certain_headers(client: Client, headers: dict[str, str]) -> None:
    """A token, another type or a missing header is refused by the storage, not by the API."""
    _, upload, view = await place(client)
    answer = await client.plain("PUT", upload, CONTENT, headers)
    assert (answer.status, answer.headers["Content-Type"]) == (403, "application/xml; charset=utf-8")
    assert (await client.plain("GET", view)).status == 404


async def test_nothing_can_be_put_where_nothing_was_asked_for(client: Client) -> None:
    """404 for a place that nobody has."""
    assert (await client.plain("PUT", f"/_storage/{uuid.uuid4()}", CONTENT, HEADERS)).status == 404


async def test_the_storage_has_weather_too(client: Client) -> None:
    """Slow or broken, as far as its path is named."""
    _, upload, _ = await place(client)
    client.sandbox.faults.add("html", path="/_storage/*", value=503)
    assert (await client.plain("PUT", upload, CONTENT, HEADERS)).status == 503
    assert (await client.call("POST", "/attachments")).code == 0
