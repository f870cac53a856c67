"""What the API's answers hold, as far as a bot uses it. Any member may be missing, and unknown ones are ignored.

Source: protocol/mixin.md 5
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from bot import account
from bot.users import User
from bot.wire import Value

MOST_DIGITS = 80


class App(Value, frozen=True):
    """A bot as its owner set it up; `capabilities` are words such as `GROUP` or `ENCRYPTED`."""

    app_id: str = ""
    app_number: str | None = None
    name: str | None = None
    description: str | None = None
    home_uri: str | None = None
    redirect_uri: str | None = None
    creator_id: str | None = None
    capabilities: tuple[str, ...] | None = None
    resource_patterns: tuple[str, ...] | None = None


class Membership(Value, frozen=True):
    """`plan` is `none`, `advance`, `elite` or `prosperity`."""

    plan: str | None = None


class UserView(Value, frozen=True):
    """Anybody, or the caller in the answer to GET /me. `app` is there only for bots."""

    user_id: str = ""
    identity_number: str | None = None
    full_name: str | None = None
    biography: str | None = None
    avatar_url: str | None = None
    phone: str | None = None
    relationship: str | None = None
    created_at: str | None = None
    is_verified: bool | None = None
    has_safe: bool | None = None
    session_id: str | None = None
    fiat_currency: str | None = None
    membership: Membership | None = None
    app: App | None = None

    @property
    def user(self) -> User:
        return User(
            self.user_id,
            self.identity_number or "",
            self.full_name or "",
            self.biography or "",
            self.avatar_url or "",
            is_bot=self.app is not None,
            is_verified=bool(self.is_verified),
            created_at=moment(self.created_at),
        )


class Participant(Value, frozen=True):
    """`role` is `OWNER`, `ADMIN` or empty."""

    user_id: str = ""
    role: str | None = None


class Conversation(Value, frozen=True):
    """`category` is `CONTACT` or `GROUP`."""

    conversation_id: str = ""
    category: str | None = None
    name: str | None = None
    announcement: str | None = None
    creator_id: str | None = None
    code_url: str | None = None
    created_at: str | None = None
    participants: tuple[Participant, ...] | None = None


class Session(Value, frozen=True):
    """A device of somebody. `public_key` is an X25519 key in base64, empty for one that cannot open what is sealed."""

    session_id: str = ""
    user_id: str | None = None
    public_key: str | None = None


class Outcome(Value, frozen=True):
    """What became of one message of POST /encrypted_messages.

    `state` is `SUCCESS` or `FAILED`; then `sessions` are all that the receiver has now.
    """

    message_id: str = ""
    state: str | None = None
    sessions: tuple[Session, ...] | None = None


class Asset(Value, frozen=True):
    """A coin. `balance` is there only in answers of the old API: with Safe it is the sum of the outputs.

    Amounts are the server's decimal strings; `amount()` reads them.
    """

    asset_id: str = ""
    chain_id: str | None = None
    symbol: str | None = None
    name: str | None = None
    display_symbol: str | None = None
    display_name: str | None = None
    icon_url: str | None = None
    balance: str | None = None
    price_usd: str | None = None
    price_btc: str | None = None
    change_usd: str | None = None
    precision: int | None = None


class FiatView(Value, frozen=True):
    """`rate` is units for a dollar."""

    code: str = ""
    rate: int | float | str | None = None


class Output(Value, frozen=True):
    """Coins received and not yet spent; `sequence` is its place in the list."""

    output_id: str = ""
    asset_id: str = ""
    amount: str = ""
    sequence: int = 0
    inscription_hash: str | None = None


class Deposit(Value, frozen=True):
    """Where coins came from, outside of Mixin."""

    deposit_hash: str | None = None
    sender: str | None = None


class Withdrawal(Value, frozen=True):
    """Where coins went to, outside of Mixin."""

    withdrawal_hash: str | None = None
    receiver: str | None = None


class SnapshotView(Value, frozen=True):
    """A transfer, as the old API, its public twin (`source`, `data`, `asset`) and Safe write it.

    `created_at` is kept as it came: it is what the next page is asked for by.
    """

    snapshot_id: str = ""
    created_at: str = ""
    type: str | None = None
    source: str | None = None
    user_id: str | None = None
    opponent_id: str | None = None
    asset_id: str | None = None
    asset: Asset | None = None
    amount: str | None = None
    memo: str | None = None
    data: str | None = None
    trace_id: str | None = None
    request_id: str | None = None
    transaction_hash: str | None = None
    sender: str | None = None
    receiver: str | None = None
    confirmations: int | None = None
    opening_balance: str | None = None
    closing_balance: str | None = None
    deposit: Deposit | None = None
    withdrawal: Withdrawal | None = None
    inscription_hash: str | None = None


class Attachment(Value, frozen=True):
    """`upload_url` takes one PUT without a token, `view_url` one GET."""

    attachment_id: str = ""
    upload_url: str | None = None
    view_url: str | None = None
    created_at: str | None = None


def amount(text: str | None) -> Decimal:
    """An amount of the server: 0 where it is missing or makes no sense, such as one that no page could hold."""
    if not text or len(text) > MOST_DIGITS:
        return Decimal(0)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() and abs(number.adjusted()) <= MOST_DIGITS else Decimal(0)


def balances(outputs: Iterable[Output]) -> dict[str, Decimal]:
    """What there is of each asset id. Collectibles, which are outputs too, are left out."""
    parts: dict[str, list[str]] = {}
    for output in outputs:
        if not output.inscription_hash:
            parts.setdefault(output.asset_id, []).append(output.amount)
    return {asset_id: _sum(texts) for asset_id, texts in parts.items()}


def _sum(texts: Sequence[str]) -> Decimal:
    """Of amounts, as `amount` reads each: one by one only where one of them is odd."""
    if max(map(len, texts)) <= MOST_DIGITS:
        try:
            total = sum(map(Decimal, texts), Decimal(0))
            if total.is_finite() and abs(total.adjusted()) <= MOST_DIGITS:
                return total
        except ArithmeticError:
            pass
    return sum(map(amount, texts), Decimal(0))


def coin(asset: Asset) -> account.Balance:
    """A coin with its price, and nothing of it."""
    return account.Balance(
        asset.asset_id,
        asset.display_symbol or asset.symbol or asset.asset_id[:8],
        asset.display_name or asset.name or "",
        Decimal(0),
        amount(asset.price_usd) or None,
        amount(asset.change_usd) if asset.change_usd else None,
        asset.chain_id or "",
    )


def moment(text: str | None) -> datetime | None:
    """A time of the server; nothing where it is missing, makes no sense, or is the zero time, which means "not set"."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return found if found.year > 1 else None


def conversation(view: Conversation) -> account.Conversation:
    """The value of a view."""
    return account.Conversation(
        view.conversation_id,
        view.category == "GROUP",
        view.name or "",
        view.announcement or "",
        tuple(account.Participant(each.user_id, each.role or "") for each in view.participants or ()),
        moment(view.created_at),
        view.creator_id or "",
        view.code_url or "",
    )
