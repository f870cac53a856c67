"""Whether the keyring fits what the database holds, and the change from one key to the next while the service runs."""

from collections.abc import Mapping

from bot.errors import CannotOpen, SetupError
from bot.records import Store
from bot.vault import Vault, read_keyring

BATCH = 100


async def fitting_vault(keyring: str, store: Store, *, wanted: bool) -> Vault | None:
    """The vault of a keyring, or nothing where there is no keyring and no need of one. `wanted`: people may connect.

    Raises:
        SetupError: MB146, a keyring is missing; MB144, it does not open what is in the database; MB145, it makes no
            sense.
    """
    counts = await store.sealed_with()
    if not keyring.strip():
        if wanted or counts:
            raise SetupError(
                "MB146",
                "MIXBOT_SECRET_KEY is not set, which seals what people allow the bot. "
                + (
                    f"{sum(counts.values())} rows of this database are sealed: put their key back, or delete them with "
                    "`mixbot keys forget`."
                    if counts
                    else "Make a key with `mixbot keys new`, and keep it apart from the database."
                ),
            )
        return None
    vault = read_keyring(keyring)
    for number in counts:
        example = await store.sealed_example(number)
        if example is not None:
            _require_open(vault, number, counts, *example)
    return vault


def _require_open(vault: Vault, number: int, counts: Mapping[int, int], about: str, sealed: bytes) -> None:
    try:
        vault.open(sealed, about)
    except CannotOpen:
        what = "is another key than the one" if number in vault.numbers else "lacks the one"
        raise SetupError(
            "MB144",
            f"MIXBOT_SECRET_KEY {what} with number {number} that sealed {counts[number]} rows of this database. Put "
            "that key back into the keyring. If it is lost, `mixbot keys forget` deletes what it sealed, and people "
            "connect again.",
        ) from None


async def rotate(vault: Vault, store: Store) -> int:
    """Seal every row anew that is not sealed with the first key. Returns how many there were.

    Raises:
        CannotOpen: A row cannot be opened; those before it are done.
    """

    def again(about: str, sealed: bytes) -> bytes:
        return vault.seal(vault.open(sealed, about), about)

    total = 0
    while done := await store.reseal(vault.current, again, BATCH):
        total += done
    return total
