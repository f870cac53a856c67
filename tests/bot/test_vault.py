from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import CannotOpen, SetupError
from bot.vault import Vault, new_keyring, number_of, read_keyring

OLD, NEW = b"o" * 32, b"n" * 32


def ring(**keys: bytes) -> str:
    return ",".join(f"{name.removeprefix('k')}:{b64encode(key).decode()}" for name, key in keys.items())


@given(st.binary(max_size=300), st.text(max_size=50))
def test_what_is_sealed_can_be_opened_and_not_be_read(plain: bytes, about: str) -> None:
    """The same text comes back; what is kept shows nothing of it, and never looks the same twice."""
    vault = Vault({1: OLD})
    sealed = vault.seal(plain, about)

    assert vault.open(sealed, about) == plain
    assert sealed != vault.seal(plain, about)
    assert len(plain) < 4 or plain not in sealed


def test_T24_a_text_fits_its_own_place_only() -> None:
    """Put into another row or column, or changed by one bit anywhere, it is refused."""
    vault = Vault({1: OLD})
    sealed = vault.seal(b"token", "bot|ann|sealed")

    for about in ("bot|ben|sealed", "bot|ann|phone", "other|ann|sealed", ""):
        with pytest.raises(CannotOpen):
            vault.open(sealed, about)
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(CannotOpen):
            vault.open(changed, "bot|ann|sealed")
    for cut in range(len(sealed)):
        with pytest.raises(CannotOpen):
            vault.open(sealed[:cut], "bot|ann|sealed")


def test_the_first_key_seals_and_all_open() -> None:
    """After a change of keys what the old one sealed is still legible; without the old one it is not."""
    before = Vault({1: OLD}).seal(b"token", "x")
    both = read_keyring(ring(k2=NEW, k1=OLD))
    after = both.seal(b"token", "x")

    assert (number_of(before), number_of(after), both.current, both.numbers) == (1, 2, 2, (2, 1))
    assert both.open(before, "x") == both.open(after, "x") == b"token"
    with pytest.raises(CannotOpen, match="key 1, which is not in the keyring"):
        read_keyring(ring(k2=NEW)).open(before, "x")
    with pytest.raises(CannotOpen, match="another key 2"):
        read_keyring(ring(k2=OLD)).open(after, "x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "1:",
        "1:short",
        "x:" + b64encode(OLD).decode(),
        "0:" + b64encode(OLD).decode(),
        "99999999999:" + b64encode(OLD).decode(),
        "1:" + "!" * 43,
        ring(k1=OLD) + "," + ring(k1=NEW),
        ring(**{f"k{number}": OLD for number in range(1, 18)}),
    ],
)
def test_T22_a_keyring_that_makes_no_sense_is_refused_without_being_quoted(text: str) -> None:
    """MB145 says which part is wrong, and shows nothing of any key."""
    with pytest.raises(SetupError) as caught:
        read_keyring(text)

    assert caught.value.code == "MB145"
    assert b64encode(OLD).decode()[:8] not in str(caught.value)
    assert "!!!" not in str(caught.value)
    assert "short" not in str(caught.value)


def test_keyrings_are_read_as_people_write_them() -> None:
    """Spaces, lines, the alphabet of addresses, no padding, and one key alone without its number."""
    key = bytes([0xFB, 0xEF, 0xBE] * 10 + [0xFF, 0xFF])
    plain = b64encode(key).decode()
    sealed = Vault({1: key}).seal(b"token", "x")

    for text in (plain, f" 1:{plain} ", f"1:{plain}\n", plain.replace("+", "-").replace("/", "_").rstrip("=")):
        assert read_keyring(text).open(sealed, "x") == b"token"


def test_a_new_key_goes_in_front() -> None:
    """Numbers go up, the older keys stay, and every new one is another."""
    first = new_keyring()
    second = new_keyring(first)
    sealed = read_keyring(first).seal(b"token", "x")

    assert read_keyring(first).numbers == (1,)
    assert read_keyring(second).numbers == (2, 1)
    assert read_keyring(second).open(sealed, "x") == b"token"
    assert new_keyring() != new_keyring()
    assert new_keyring(b64encode(OLD).decode()).endswith("," + ring(k1=OLD))


def test_T22_a_vault_shows_no_key() -> None:
    """Neither printed nor in an error."""
    assert "ooo" not in repr(Vault({1: OLD})) + str(vars(Vault({1: OLD})))
