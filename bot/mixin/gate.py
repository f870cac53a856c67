"""Who somebody is, by their own word to Mixin: asked for the console, where nothing of it is kept.

Source: protocol/mixin.md 4
"""

import structlog

from bot.errors import Rejected, ServiceError
from bot.mixin.access import patiently
from bot.mixin.http import Exchange
from bot.mixin.oauth import BASIC_SCOPE, Granted, authorize_url, challenge_of, credential_of, exchange_code
from bot.mixin.platform import Mixin
from bot.mixin.views import UserView
from bot.wire import WireError, decoder

log = structlog.get_logger()

_me = decoder(UserView)


class MixinGate:
    """`page_url` is where Mixin asks people, without a slash at the end. See `bot.oauth.Gate`."""

    def __init__(self, mixin: Mixin, page_url: str, client_secret: str = "") -> None:
        self._mixin = mixin
        self._page_url = page_url
        self._client_secret = client_secret

    @property
    def origin(self) -> str:
        return self._page_url

    def address(self, state: str, verifier: str) -> str:
        return authorize_url(self._page_url, self._mixin.bot_id, [BASIC_SCOPE], state, challenge_of(verifier))

    async def who(self, code: str, verifier: str) -> str:
        try:
            granted = await exchange_code(self._mixin.http, self._mixin.bot_id, code, verifier, self._client_secret)
            return (await whose(self._mixin, granted)).user_id
        except ServiceError as error:
            log.warning("console.login_failed", error_code=error.code, reason=str(error), request_id=error.request_id)
            return ""


async def whose(mixin: Mixin, granted: Granted) -> UserView:
    """Whose grant it is.

    Raises:
        ServiceError: Mixin does not say it.
    """
    credential = credential_of(granted.proof, mixin.bot_id, granted.scope, wants_signed=mixin.options.signed_answers)
    data = await patiently(lambda: mixin.http.send(Exchange("GET", "/me"), credential), mixin.options)
    try:
        found = _me(data)
    except WireError:
        raise Rejected("GET /me does not say who it is") from None
    if not found.user_id:
        raise Rejected("GET /me does not say who it is")
    return found
