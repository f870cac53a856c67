"""Who allowed the bot to read what: links, the way through the browser, and what is kept of it.

A link bears 256 random bits, and so do the state and the cookie; only their hashes are kept, so that a thief of the
database can use none of them, and comparing them tells nothing about them. A ticket is used up before its code is
exchanged.
"""

import hashlib
import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from bot.account import Ending, Grant, PersonalAccount
from bot.errors import CannotOpen, ServiceError, Unauthorized, Unsupported
from bot.mixin.coins import Coins
from bot.mixin.gate import whose
from bot.mixin.grant_access import GrantAccess
from bot.mixin.oauth import (
    PAGE_URL,
    Granted,
    authorize_url,
    challenge_of,
    exchange_code,
    new_verifier,
    with_basic,
)
from bot.mixin.personal import MixinPersonalAccount
from bot.mixin.platform import Mixin
from bot.mixin.views import UserView
from bot.oauth import Departure, Outcome
from bot.records import Authorization, Store, Ticket, about_authorization, about_ticket
from bot.vault import Vault
from bot.wire import encode

LIFETIME = timedelta(days=365)
"""How long Mixin lets a grant live."""

MOST_SAID = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OAuthOptions:
    """`public_url` is how browsers reach the service, `page_url` where Mixin asks people; both without a slash at the
    end. `offered` is all that people may ever be asked for.
    """

    public_url: str
    page_url: str = PAGE_URL
    offered: tuple[str, ...] = ()
    client_secret: str = field(default="", repr=False)
    ticket_s: float = 600.0
    most_tickets: int = 1_000
    most_tickets_each: int = 5


def utc_now() -> datetime:
    return datetime.now(UTC)


class MixinGrants:
    """The grants of one bot: see `bot.account.Grants` and `bot.oauth.Doorway`."""

    def __init__(
        self,
        mixin: Mixin,
        store: Store,
        vault: Vault,
        options: OAuthOptions,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._bot_id = mixin.bot_id
        self._mixin = mixin
        self._store = store
        self._vault = vault
        self._options = options
        self._coins = Coins(mixin.api)
        self._now = now

    @property
    def offered(self) -> tuple[str, ...]:
        """All scopes that people may be asked for."""
        return with_basic(self._options.offered)

    def account(self, user_id: str) -> PersonalAccount:
        """Asks nothing; what is missing is noticed by the first question to it."""
        return MixinPersonalAccount(self._access(user_id), self._coins)

    async def granted(self, user_id: str) -> Grant | None:
        found = await self._store.authorization(user_id)
        if found is None:
            return None
        return Grant(tuple(found.scope.split()), found.granted_at, found.expires_at)

    async def disconnect(self, user_id: str) -> Ending:
        ending = await self._access(user_id).give_back()
        log.info("grant.disconnected", user_id=user_id, ended=str(ending) or "nothing")
        return ending

    def _access(self, user_id: str) -> GrantAccess:
        return GrantAccess(user_id, self._mixin, self._store, self._vault)

    async def link(self, user_id: str, scopes: Sequence[str], *, then: str = "") -> str:
        """What was allowed before is asked for again: a new grant takes the place of the old one.

        Raises:
            Unsupported: Nobody is to be asked for one of these scopes.
        """
        if not set(scopes) <= set(self.offered):
            raise Unsupported("mixin.oauth_scope leaves this out")
        before = await self._store.authorization(user_id)
        wanted = with_basic([*(before.scope.split() if before is not None else ()), *scopes])
        asked = [scope for scope in wanted if scope in self.offered]
        nonce, now = secrets.token_urlsafe(32), self._now()
        name = _hash(nonce)
        sealed = self._vault.seal(new_verifier().encode(), about_ticket(self._bot_id, name))
        ticket = Ticket(name, user_id, " ".join(asked), now, sealed, self._vault.current, then[:MOST_SAID])
        await self._store.keep_ticket(
            ticket,
            since=self._oldest(now),
            most=self._options.most_tickets,
            most_each=self._options.most_tickets_each,
        )
        return f"{self._options.public_url}/oauth/start?n={nonce}"

    # Through the browser

    async def begin(self, ticket: str) -> Departure | None:
        """The link may be opened again until somebody has come back; the last browser counts."""
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        found = await self._store.begin_ticket(_hash(ticket), _hash(state), _hash(browser), self._oldest(self._now()))
        verifier = self._verifier(found) if found is not None else ""
        if found is None or not verifier:
            log.info("oauth.link_stale")
            return None
        options = self._options
        url = authorize_url(options.page_url, self._bot_id, found.scope.split(), state, challenge_of(verifier))
        return Departure(url, browser)

    async def complete(self, browser: str, state: str, code: str, *, declined: bool, language: str = "") -> Outcome:
        ticket = await self._store.take_ticket(_hash(state), _hash(browser), self._oldest(self._now()))
        verifier = self._verifier(ticket) if ticket is not None else ""
        if ticket is None or not verifier:
            log.info("oauth.state_stale")
            return Outcome.STALE
        if declined or not code:
            log.info("oauth.declined", user_id=ticket.user_id)
            return Outcome.DECLINED if declined else Outcome.FAILED
        try:
            granted = await exchange_code(self._mixin.http, self._bot_id, code, verifier, self._options.client_secret)
            who = await self.whose(granted)
        except ServiceError as error:
            self._explain(error)
            return Outcome.FAILED
        if who.user_id != ticket.user_id:
            log.warning("oauth.other_account", user_id=ticket.user_id)
            return Outcome.OTHER
        if language:
            await self._store.learn_language(who.user_id, language)
        await self.keep(who.user_id, granted, ticket.scope, then=ticket.then)
        return Outcome.CONNECTED

    async def whose(self, granted: Granted) -> UserView:
        """Whose grant it is, by their own word to Mixin."""
        return await whose(self._mixin, granted)

    async def keep(self, user_id: str, granted: Granted, asked: str, *, then: str = "") -> Authorization:
        """Seal and store it; the person is told in the chat by whoever runs the bot."""
        now = self._now()
        sealed = self._vault.seal(encode(granted.proof), about_authorization(self._bot_id, user_id))
        kept = Authorization(
            user_id,
            str(uuid.uuid4()),
            granted.scope,
            asked,
            sealed,
            self._vault.current,
            now,
            min(granted.expires or now + LIFETIME, now + LIFETIME),
            "connected",
            now,
            then,
        )
        await self._store.keep_authorization(kept)
        log.info("oauth.connected", user_id=user_id, scope=granted.scope)
        return kept

    def _oldest(self, now: datetime) -> datetime:
        return now - timedelta(seconds=self._options.ticket_s)

    def _verifier(self, ticket: Ticket) -> str:
        try:
            return self._vault.open(ticket.sealed, about_ticket(self._bot_id, ticket.ticket)).decode()
        except CannotOpen as error:
            log.error("oauth.cannot_open", code="MB144", reason=str(error))
            return ""

    def _explain(self, error: ServiceError) -> None:
        if isinstance(error, Unauthorized):
            log.error("oauth.refused", code="MB140", hint=REFUSED, request_id=error.request_id)
        else:
            log.error("oauth.failed", error_code=error.code, reason=str(error), request_id=error.request_id)


REFUSED = (
    "Mixin refused the OAuth exchange (code 401). If MIXIN_CLIENT_SECRET is set, it may be an old one: get it in "
    "Secret → OAuth Client Secret, or remove it; PKCE works without."
)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
