"""`mixbot sandbox`: drive the sandbox from a terminal or a script."""

import asyncio
import errno
import shutil
import signal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from bot.cli.control import HOME, RUNNING, Control, UrlOption, note_running, sandbox_url
from bot.cli.output import JsonOption, YesOption, as_json, complain, confirm, listing, say
from bot.errors import SetupError
from config.redact import inert

PASSING = ("frames", "weather")
"""What nobody has to be asked about before it is forgotten."""

app = typer.Typer(
    help="The sandbox: Mixin, played on this machine.\n\n"
    'Examples:  mixbot sandbox say Alice "/help"  ·  mixbot sandbox weather rate_limited --seconds 30',
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip


NandboxOption = Annotated[bool, typer.Option("--nandbox", help="On nandbox instead of Mixin.")]


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Where to listen on 127.0.0.1; 0 takes any free port.")] = 7001,
    home: Annotated[Path, typer.Option(help="Where it remembers everything.")] = HOME,
) -> None:
    """Run a sandbox alone, for a bot that runs elsewhere; `mixbot demo` runs both.

    Examples:  mixbot sandbox serve  ·  mixbot sandbox serve --port 0 --home /tmp/other
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        asyncio.run(_serve(port, home))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        from bot.web.port import port_taken

        raise port_taken(port, "choose another with --port") from None


async def _serve(port: int, home: Path) -> None:
    from bot.sandbox import open_sandbox

    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with open_sandbox(path=home / "sandbox.db", port=port) as sandbox:
        keystore = write_keystore(home, sandbox.keystore)
        note_running(sandbox.page_url, where=home / RUNNING.name)
        say(f"Sandbox at {sandbox.page_url}  For a bot:")
        say(f"  MIXIN_KEYSTORE_PATH={keystore} MIXIN_API_URL={sandbox.url} "
            f"MIXIN_BLAZE_URL={sandbox.url.replace('http', 'ws', 1)} NANDBOX_TOKEN={sandbox.nandbox.token} "
            f"NANDBOX_URI={sandbox.nandbox_uri} NANDBOX_APP_ID={sandbox.nandbox.app_id} mixbot run")  # fmt: skip
        await stop.wait()


def write_keystore(home: Path, keystore: dict[str, Any]) -> Path:
    """Hand the sandbox's Keystore to its bot, as a file that only the owner can read."""
    import json

    path = home / "keystore-7000999001.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(keystore, indent=2), encoding="utf-8")
    return path


@app.command()
def people(
    add: Annotated[str, typer.Option(metavar="NAME", help="Let somebody new move in first.")] = "",
    hi: Annotated[bool, typer.Option("--hi", help="Whoever is new greets the bot.")] = False,
    url: UrlOption = "",
    nandbox: NandboxOption = False,
    json_wanted: JsonOption = False,
) -> None:
    """List who lives in the sandbox.

    Examples:  mixbot sandbox people --add Zoe --hi  ·  mixbot sandbox people --nandbox --json
    """
    control = Control(sandbox_url(url))
    if nandbox:
        rows = control.get("/nandbox/state")["people"]
        listing(rows, ("name", "id", "bot"), json_wanted=json_wanted, nothing="Nobody.")
        return
    if add:
        control.post("/people", {"name": add, "hi": hi})
    rows = control.get("/state")["people"]
    listing(rows, ("full_name", "identity_number", "user_id"), json_wanted=json_wanted, nothing="Nobody.")


@app.command("say")
def say_(
    who: Annotated[str, typer.Argument(help="Name, number or id of somebody in the sandbox.")],
    text: Annotated[str, typer.Argument(help="What they say to the bot.")],
    group: Annotated[str, typer.Option(help="In this group, instead of to the bot alone.")] = "",
    wait: Annotated[float | None, typer.Option(metavar="SECONDS", help="Wait so long for the answers.")] = None,
    url: UrlOption = "",
    nandbox: NandboxOption = False,
    json_wanted: JsonOption = False,
) -> None:
    """Let somebody say something to the bot, and with --wait print what it answers; exit code 1 where it does not.

    Examples:  mixbot sandbox say Bob "/whois 7000" --wait 5  ·  mixbot sandbox say --nandbox "Nadia Farouk" /help
    """
    control = Control(sandbox_url(url))
    if nandbox:
        message = control.post("/nandbox/chats/bot/messages", {"as": who, "text": text})
        if json_wanted:
            as_json(message)
        else:
            say(f"{who}: {text}   {message['message_id']}")
        return
    person = control.person(who)
    conversation = control.place(person, group) if group else control.conversation(person)
    message = control.post(f"/conversations/{conversation}/messages", {"as": person["user_id"], "text": text})
    found: dict[str, Any] = (
        {"acknowledged": True, "answers": []} if wait is None else control.answers(message["message_id"], wait)
    )
    if json_wanted:
        as_json(message if wait is None else message | found)
    else:
        say(f"{person['full_name']}: {text}   {message['message_id']}")
        for answer in found["answers"]:
            data = answer["data"] if isinstance(answer["data"], str) else answer["category"]
            say(f" ◂ {inert(data)}")
    if not found["acknowledged"]:
        complain(f"The bot was not done with it after {wait:g} s.")
        raise typer.Exit(1)


@app.command()
def transfer(
    who: Annotated[str, typer.Argument(help="Name, number or id of who pays.")],
    to: Annotated[str, typer.Argument(help="Name, number or id of who is paid; bot is the bot.")],
    amount: Annotated[str, typer.Argument(help="How much, such as 0.5.")],
    asset: Annotated[str, typer.Argument(help="Of what: a symbol or an id.")],
    memo: Annotated[str, typer.Option(help="A few words that go along.")] = "",
    url: UrlOption = "",
    json_wanted: JsonOption = False,
) -> None:
    """Move fake coins from one to another; both are told.

    Examples:  mixbot sandbox transfer Alice bot 0.01 BTC  ·  mixbot sandbox transfer Bob Alice 5 USDT --memo thanks
    """
    control = Control(sandbox_url(url))
    payee = control.get("/state")["bot"] if to == "bot" else {"user_id": to}
    wish = {"as": who, "to": payee["user_id"], "amount": amount, "asset": asset, "memo": memo}
    made = control.post("/transfers", wish)
    if json_wanted:
        as_json(made)
    else:
        say(f"{who} paid {to} {amount} {asset}.   {made['received']['snapshot_id']}")


@app.command()
def weather(
    kind: Annotated[
        str, typer.Argument(metavar="[KIND]", help="Such as rate_limited; clear ends all; kinds lists what there is.")
    ] = "",
    seconds: Annotated[float | None, typer.Option(help="For how long.")] = None,
    count: Annotated[int | None, typer.Option(help="How many times.")] = None,
    probability: Annotated[float | None, typer.Option(help="How often, from 0 to 1.")] = None,
    path: Annotated[str | None, typer.Option(help="Which requests, such as /messages; * is any.")] = None,
    value: Annotated[float | None, typer.Option(help="Its strength; what that means depends on the kind.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="End the faults of this kind instead.")] = False,
    url: UrlOption = "",
    json_wanted: JsonOption = False,
) -> None:
    """Show the faults in force, add one, or end them.

    Examples:  mixbot sandbox weather rate_limited --path /messages --seconds 30  ·  mixbot sandbox weather clear
    """
    control = Control(sandbox_url(url))
    if kind == "kinds":
        known = [{"kind": name, "meaning": meaning} for name, meaning in control.get("/state")["fault_kinds"].items()]
        listing(known, ("kind", "meaning"), json_wanted=json_wanted, nothing="None.")
        return
    if kind == "clear" or clear:
        control.delete("/faults" if kind == "clear" else f"/faults?kind={quote(kind)}")
    elif kind:
        wish = {"seconds": seconds, "count": count, "probability": probability, "path": path, "value": value}
        control.put("/faults", {"kind": kind} | {name: one for name, one in wish.items() if one is not None})
    rows = control.get("/faults")
    rows = rows["faults"] if isinstance(rows, dict) else rows
    columns = ("kind", "path", "probability", "count", "seconds_left", "value")
    listing(rows, columns, json_wanted=json_wanted, nothing="Clear weather.")


@app.command()
def drop(url: UrlOption = "", nandbox: NandboxOption = False) -> None:
    """Cut the bot's Blaze line now, or the one to nandbox; it may come back at once.

    Examples:  mixbot sandbox drop  ·  mixbot sandbox drop --nandbox
    """
    Control(sandbox_url(url)).post("/nandbox/drop" if nandbox else "/drop")
    say("The line is cut.")


@app.command()
def disconnect(seconds: Annotated[float, typer.Option(help="For how long.")] = 30.0, url: UrlOption = "") -> None:
    """Cut the bot's Blaze line, and refuse to connect it again for a while.

    Examples:  mixbot sandbox disconnect  ·  mixbot sandbox disconnect --seconds 5
    """
    control = Control(sandbox_url(url))
    control.put("/faults", {"kind": "internal", "path": "/blaze", "seconds": seconds})
    control.post("/drop")
    say(f"The line is cut, and stays so for {seconds:g} s.")


@app.command()
def reset(
    only: Annotated[str, typer.Option(metavar="PART", help="messages, frames or weather; otherwise everything.")] = "",
    url: UrlOption = "",
    yes: YesOption = False,
) -> None:
    """Forget everything that was said: in the sandbox that runs, or else in the files that one left here.

    Examples:  mixbot sandbox reset --yes  ·  mixbot sandbox reset --only weather
    """
    if only not in PASSING:
        confirm("Forget all conversations of the sandbox?", yes=yes)
    try:
        Control(sandbox_url(url)).post("/reset", {"only": only} if only else {})
    except SetupError as error:
        if error.code != "MB150" or url or only:
            raise
        if not HOME.is_dir():
            complain("There is no sandbox here, and nothing to forget.")
            raise typer.Exit(1) from None
        shutil.rmtree(HOME)
    say(f"Forgotten: {only}." if only else "Everything is forgotten.")
