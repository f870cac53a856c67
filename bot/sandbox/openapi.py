"""The description of everything the sandbox serves, made from the tables that serve it."""

import re
from typing import Any

from bot.sandbox.control import PREFIX, RUN_HEADER, Control
from bot.sandbox.endpoint import ANY, APP_ONLY, PUBLIC, Endpoint

_PART = re.compile(r"\{(\w+)\}")
_JSON = "application/json"
_TOKENS = {APP_ONLY: "A bot's own token.", PUBLIC: "No token.", ANY: "Any token."}


def describe(
    endpoints: tuple[Endpoint, ...], controls: tuple[Control, ...], nandbox: tuple[tuple[str, str, str], ...]
) -> dict[str, Any]:
    """OpenAPI 3.1. `nandbox`: method, path and summary of its addresses."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _endpoint(endpoint)
    for control in controls:
        paths.setdefault(PREFIX + control.path, {})[control.method.lower()] = _control(control)
    for method, path, summary in nandbox:
        made = _operation(method, path, summary, (), ["nandbox"]) | {
            "operationId": re.sub(r"\W", "_", f"{method.lower()}{path}"), "security": [],
            "responses": {"200": {"description": "as nandbox answers"}},
        }  # fmt: skip
        paths.setdefault(path, {})[method.lower()] = made
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mixin sandbox",
            "version": "1",
            "description": "An unofficial stand-in for Mixin's API, and under /_sandbox the controls of it. "
            "Not affiliated with Mixin.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT signed per request"},
                "run": {"type": "apiKey", "in": "header", "name": RUN_HEADER, "description": "Of this run."},
            }
        },
    }


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    scope = {APP_ONLY: "A bot's own token.", PUBLIC: "No token.", ANY: "Any token."}.get(
        endpoint.scope, f"Scope {endpoint.scope}."
    )
    made = _operation(endpoint.method, endpoint.path, endpoint.summary, endpoint.query, ["mixin"])
    made["description"] = scope
    made["security"] = [] if endpoint.scope == PUBLIC else [{"token": []}]
    if endpoint.body is not None:
        made["requestBody"] = {"content": {_JSON: {"schema": endpoint.body}}}
    made["responses"] = {"200": {"description": "`data`, or `error` with one of Mixin's codes"}}
    return made


def _control(control: Control) -> dict[str, Any]:
    made = _operation(control.method, PREFIX + control.path, control.summary, control.query, ["sandbox"])
    if control.body:
        schema = {
            "type": "object",
            "required": [name for name in control.body if not name.endswith("?")],
            "properties": {name.rstrip("?"): {"description": text} for name, text in control.body.items()},
        }
        made["requestBody"] = {"content": {_JSON: {"schema": schema}}}
    made["security"] = [] if control.open else [{"run": []}]
    made["responses"] = {
        "200": {"description": "JSON"},
        "400": {"description": "the request makes no sense"},
        "404": {"description": "no such thing"},
    } | ({} if control.open else {"401": {"description": "the token of this run is missing"}})
    return made


def _operation(method: str, path: str, summary: str, query: tuple[str, ...], tags: list[str]) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    parts = [{"name": name, "in": "path", "required": True, **text} for name in _PART.findall(path)]
    return {
        "operationId": re.sub(r"\W+", "_", f"{method.lower()}{path}").strip("_"),
        "summary": summary,
        "tags": tags,
        "parameters": parts + [{"name": name, "in": "query", **text} for name in query],
    }
