"""`mixbot health`: what HEALTHCHECK asks."""

import json
import urllib.error
import urllib.request
from typing import Any

import typer

from bot.cli.output import JsonOption, as_json, say
from config.sources import load_settings

app = typer.Typer(rich_markup_mode=None)


@app.command()
def health(json_wanted: JsonOption = False) -> None:
    """Ask the running service whether it is ready: exit code 0 if it is, 1 if not. Made for HEALTHCHECK.

    Examples:  mixbot health  ·  mixbot health --json
    """
    web = load_settings().web
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(web.host, web.host)  # noqa: S104
    report: dict[str, Any]
    try:
        with urllib.request.urlopen(f"http://{host}:{web.port}/readyz", timeout=3) as answer:
            report = json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            report = json.load(error) if "json" in error.headers.get("Content-Type", "") else _not_ready(str(error))
    except (OSError, ValueError) as error:
        report = _not_ready(f"no answer from port {web.port}: {getattr(error, 'reason', error)}")
    ready = report.get("ready") is True
    if json_wanted:
        as_json(report)
    else:
        say("ready" if ready else f"not ready: {'; '.join(report.get('reasons', []))}")
    raise typer.Exit(0 if ready else 1)


def _not_ready(reason: str) -> dict[str, Any]:
    return {"ready": False, "reasons": [reason]}
