"""`mixbot connect`: let somebody scan a picture in the terminal, and allow the bot to read their account."""

import asyncio
import sys
from functools import partial
from typing import Annotated

import segno
import typer

from bot.cli.output import complain, say
from bot.cli.setup import KeystoreOption, hosts_of, keystore_of, mixin_of, settings_for_command, store_of
from bot.errors import SetupError
from bot.mixin.device import Declined, Request, code_by_phone
from bot.mixin.keystore import Keystore
from bot.mixin.oauth import PAGE_URL, challenge_of, exchange_code, new_verifier, with_basic
from bot.mixin.options import BlazeOptions
from bot.mixin.views import UserView
from bot.parts import grants_of
from config.redact import inert
from config.settings import Settings

app = typer.Typer(rich_markup_mode=None)


@app.command()
def connect(
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="What to ask for; may be given several times.")
    ] = None,
    who: Annotated[str, typer.Option("--who", help="Only this Mixin ID or user id may agree.")] = "",
    keystore: KeystoreOption = "",
) -> None:
    """Show a QR code; whoever scans it with Mixin can let the bot read their account. No public address is needed.

    Examples:  mixbot connect --who 25566  ·  mixbot connect --scope ASSETS:READ --scope CONTACTS:READ
    """
    settings = settings_for_command(keystore)
    wanted = [one.strip().upper() for one in scope] if scope else settings.mixin.oauth_scope.split()
    unknown = sorted(set(wanted) - set(with_basic(settings.mixin.oauth_scope.split())))
    if unknown:
        raise typer.BadParameter(f"mixin.oauth_scope leaves {', '.join(unknown)} out")
    try:
        person, granted = asyncio.run(_connect(settings, keystore_of(settings), with_basic(wanted), who))
    except Declined:
        complain("Whoever scanned it allowed nothing. Nothing has changed.")
        raise typer.Exit(1) from None
    say(f"{inert(person.full_name or '?')} ({person.identity_number}) allows: {granted}")


async def _connect(settings: Settings, keystore: Keystore, scopes: tuple[str, ...], who: str) -> tuple[UserView, str]:
    async with mixin_of(settings, keystore) as mixin, store_of(settings, keystore) as store:
        grants = await grants_of(settings, mixin, store)
        if grants is None:
            raise SetupError("MB146", "MIXBOT_SECRET_KEY is not set, which seals what people allow. `mixbot keys new`.")
        expected = (await mixin.user(who)).id if who else ""
        verifier = new_verifier()
        code = await code_by_phone(
            hosts_of(settings).blaze[0],
            Request(mixin.bot_id, scopes, challenge_of(verifier)),
            partial(_show, page_url=settings.mixin.oauth_url or PAGE_URL),
            BlazeOptions(handshake_timeout_s=settings.mixin.handshake_timeout_s),
        )
        granted = await exchange_code(
            mixin.http, mixin.bot_id, code, verifier, settings.mixin.client_secret.get_secret_value()
        )
        person = await grants.whose(granted)
        if expected and person.user_id != expected:
            raise SetupError(
                "MB147", f"Somebody else agreed than {who}. What they allowed was thrown away; nothing has changed."
            )
        await grants.keep(person.user_id, granted, " ".join(scopes))
        return person, granted.scope


def _show(code_id: str, page_url: str) -> None:
    say("Scan this with Mixin Messenger, or open the link on the phone:")
    say()
    if sys.stdout.isatty():
        segno.make(f"mixin://codes/{code_id}", error="m").terminal(compact=True)
    say(f"{page_url}/codes/{code_id}")
    say()
    say("Waiting for an answer, for ten minutes at most. Ctrl-C gives up.")
    sys.stdout.flush()
