"""Looks at nandbox, which is optional: the token works, and people may be looked up with it."""

from bot.checkup.finding import Finding, Skip, failed, of_error, ok, warning
from bot.checkup.subject import Subject
from bot.errors import Forbidden, NotFound, ServiceError, SetupError, Unauthorized, Unclear
from bot.nandbox.connection import REFUSED

SILENT = "MB159"


async def nandbox(subject: Subject) -> Finding:
    """The handshake with the token, and a look at the bot itself, which "Manage Users" has to allow."""
    settings = subject.settings()
    if settings.nandbox.token.get_secret_value() or settings.nandbox.config.get_secret_value():
        subject.online()
        if holder := subject.service():
            raise Skip(f"the service has the line ({holder}), and a second one would end it")
    try:
        async with subject.directory(settings) as directory:
            if directory is None:
                raise Skip("no NANDBOX_TOKEN is set (/getuser will say so)")
            me = await directory.me()
            await directory.user(me.id)
    except SetupError as error:
        return of_error(error)
    except Unauthorized:
        return failed("nandbox refuses the token", code=REFUSED, fix="take a new one: “Get token” in the bot's chat")
    except Forbidden:
        return failed(f"{me.name} may not look people up", code=SILENT, fix="nandbox app → bot → Manage Users → on")
    except (NotFound, Unclear):
        return warning(f"{me.name}: the token works, but a look at a person was not answered", code=SILENT,
                       fix="nandbox app → bot → Manage Users → on")  # fmt: skip
    except ServiceError as error:
        return failed(f"nandbox does not answer: {error}", code=SILENT, fix="Try again later; check NANDBOX_URI.")
    return ok(f"{me.name} · {me.id} · people may be looked up")
