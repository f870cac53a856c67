from base64 import b64encode
from datetime import UTC, datetime

import pytest

from bot.errors import CannotOpen, SetupError
from bot.keyring import fitting_vault, rotate
from bot.records import Authorization, Store, about_authorization
from bot.vault import Vault
from tests.fakes import ANN, BOT_ID

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEYS = {1: b"1" * 32, 2: b"2" * 32}


def ring(*numbers: int, wrong: bool = False) -> str:
    return ",".join(f"{number}:{b64encode(b'w' * 32 if wrong else KEYS[number]).decode()}" for number in numbers)


async def seal(store: Store) -> None:
    vault = Vault({1: KEYS[1]})
    sealed = vault.seal(b"proof", about_authorization(BOT_ID, ANN))
    await store.keep_authorization(Authorization(ANN, "g", "s", "s", sealed, 1, NOON, NOON))


async def test_without_people_who_connect_no_key_is_needed(store: Store) -> None:
    """Nor refused where there is one."""
    assert await fitting_vault("", store, wanted=False) is None
    assert await fitting_vault(ring(1), store, wanted=False) is not None
    assert await fitting_vault(ring(1), store, wanted=True) is not None


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_missing_key_stops_the_start(store: Store, wanted: bool) -> None:
    """MB146 where people are to connect, or have connected before; it says what to do."""
    if not wanted:
        await seal(store)
    with pytest.raises(SetupError) as caught:
        await fitting_vault(" ", store, wanted=wanted)

    assert caught.value.code == "MB146"
    assert ("mixbot keys new" if wanted else "1 rows of this database are sealed") in str(caught.value)


@pytest.mark.parametrize(
    ("keyring", "words"), [(ring(2), "lacks the one with number 1"), (ring(1, wrong=True), "is another key")]
)
async def test_T24_a_wrong_key_stops_the_start(store: Store, keyring: str, words: str) -> None:
    """MB144 says which, before anybody's grant is found to be unreadable; no key is shown."""
    await seal(store)
    with pytest.raises(SetupError, match=words) as caught:
        await fitting_vault(keyring, store, wanted=True)

    assert caught.value.code == "MB144"
    assert keyring[2:10] not in str(caught.value)


async def test_the_old_key_may_stand_anywhere_in_the_ring(store: Store) -> None:
    """Before and after the change."""
    await seal(store)
    for keyring in (ring(1), ring(2, 1), ring(1, 2)):
        vault = await fitting_vault(keyring, store, wanted=True)
        assert vault is not None
        assert vault.current == int(keyring[0])


async def test_rotating_without_the_old_key_changes_nothing(store: Store) -> None:
    """What cannot be opened stays as it is."""
    await seal(store)
    with pytest.raises(CannotOpen):
        await rotate(Vault({2: KEYS[2]}), store)

    assert await store.sealed_with() == {1: 1}
