"""Looks at the way to Mixin: names, connections, certificates, clocks, the line to Blaze."""

import asyncio
import os
import socket
import ssl
import time
import uuid
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
from websockets.exceptions import InvalidStatus, WebSocketException

from bot.checkup.finding import Finding, Skip, failed, ok, warning
from bot.checkup.subject import Subject
from bot.message import Message
from bot.mixin.access import clock_text
from bot.mixin.auth import app_token
from bot.mixin.codec import Answer, Failure, decode, list_pending_frame
from bot.mixin.http import open_session
from bot.mixin.line import Line, open_line
from bot.mixin.options import BlazeOptions, MixinOptions

CLOCK_WARN_S, CLOCK_FAIL_S = 30.0, 240.0
QUIET_S = 0.4
MOST_COUNTED = 500
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


class Reached(NamedTuple):
    """A host, and either how long the connection took or why there is none."""

    host: str
    ms: float
    problem: str


async def reachability(subject: Subject) -> Finding:
    """Names resolve, connections come about, certificates are good; and if only the mirror answers, say so."""
    subject.online()
    hosts, timeout_s = subject.hosts(), subject.settings().mixin.http_timeout_s
    api = [await _reach(url, timeout_s) for url in hosts.api]  # one after the other, so that the times mean something
    blaze = [await _reach(url, timeout_s) for url in hosts.blaze]
    proxies = [name for name in PROXIES if os.environ.get(name)]
    hint = f" {proxies[0]} is set, and is not used: this program connects directly." if proxies else ""
    dead = [each[0] for each in (api, blaze) if not any(one.problem == "" for one in each)]
    if dead:
        subject.unreachable = True
        problems = "; ".join(f"{one.host}: {one.problem}" for one in dead)
        return failed(f"{problems}.{hint}", code="MB130", fix="Check the network and the name server of this machine.")
    if any(each[0].problem for each in (api, blaze)):
        first = next(each[0] for each in (api, blaze) if each[0].problem)
        return warning(
            f"{first.host}: {first.problem}; its mirror answers in {max(api[-1].ms, blaze[-1].ms):.0f} ms.{hint}",
            code="MB130", fix="MIXIN_ROUTE=zeromesh",
        )  # fmt: skip
    return ok(" · ".join(f"{each[0].host} {each[0].ms:.0f} ms" for each in (api, blaze)))


async def _reach(url: str, timeout_s: float) -> Reached:
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme in ("https", "wss")
    began = time.perf_counter()
    try:
        async with asyncio.timeout(timeout_s):
            loop = asyncio.get_running_loop()
            await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            context = ssl.create_default_context() if secure else None
            port = parts.port or (443 if secure else 80)
            _, writer = await asyncio.open_connection(host, port, ssl=context)
            took_ms = (time.perf_counter() - began) * 1000
            writer.transport.abort()
    except socket.gaierror:
        return Reached(host, 0.0, "the name does not resolve (DNS)")
    except TimeoutError:
        return Reached(host, 0.0, f"the name resolves, but nothing answers within {timeout_s:.0f} s")
    except ssl.SSLCertVerificationError as error:
        return Reached(host, 0.0, f"the certificate is not good ({error.verify_message})")
    except (OSError, ssl.SSLError) as error:
        return Reached(host, 0.0, f"no connection ({error.strerror or type(error).__name__})")
    return Reached(host, took_ms, "")


async def clock(subject: Subject) -> Finding:
    """The machine's clock against Mixin's, which an answer to anything tells."""
    subject.online()
    url = subject.hosts().api[0]
    options = MixinOptions(request_timeout_s=subject.settings().mixin.http_timeout_s)
    before = time.time()
    try:
        async with open_session(options) as session, session.get(f"{url}/", allow_redirects=False) as answer:
            headers = answer.headers
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise Skip("Mixin cannot be reached") from None
    here = (before + time.time()) / 2
    told = headers.get("X-Server-Time", "")
    if told.isascii() and told.isdigit() and len(told) <= 20:
        there = int(told) / 1e9
    else:
        try:
            there = parsedate_to_datetime(headers.get("Date", "")).timestamp() + 0.5
        except ValueError:
            raise Skip("Mixin's answer does not tell the time") from None
    off_s = there - here
    if abs(off_s) > CLOCK_FAIL_S:
        found, _, fix = clock_text(off_s).partition(". ")
        return failed(found + ".", code="MB120", fix=f"{fix} Containers use the host's clock.")
    if abs(off_s) > CLOCK_WARN_S:
        side = "behind" if off_s > 0 else "ahead of"
        return warning(f"{abs(off_s):.0f} s {side} Mixin", code="MB120", fix="timedatectl set-ntp true")
    return ok(f"{abs(off_s):.1f} s off Mixin's")


async def blaze(subject: Subject) -> Finding:
    """A line is opened and answers; while the service runs, it is the service that is asked."""
    subject.online()
    if holder := subject.service():
        return await _of_service(subject, holder)
    await subject.me()
    mixin, keystore = await subject.mixin(), subject.keystore()
    now = time.time() + mixin.clock_offset_s
    token = app_token(keystore, "GET", "/", now=now, request_id=str(uuid.uuid4()))
    settings = subject.settings().mixin
    options = BlazeOptions(handshake_timeout_s=settings.handshake_timeout_s)
    url = subject.hosts().blaze[0]
    try:
        line = await open_line(url, token, options)
    except InvalidStatus as error:
        status = error.response.status_code
        return failed(f"Blaze answers HTTP {status} instead of opening a line", code="MB130", fix="Try again later.")
    except (OSError, TimeoutError, WebSocketException, EOFError, ValueError) as error:
        return failed(f"no line to {urlsplit(url).hostname}: {type(error).__name__}", code="MB130",
                      fix="Something on the way may not let WebSockets through; try MIXIN_ROUTE=zeromesh.")  # fmt: skip
    try:
        return await _listed(line, keystore.app_id)
    except (WebSocketException, TimeoutError) as error:
        return failed(f"the line opens, and then does not answer ({type(error).__name__})", code="MB130",
                      fix="Try again later; if it stays so, try MIXIN_ROUTE=zeromesh.")  # fmt: skip
    finally:
        await line.close()


async def _listed(line: Line, bot_id: str) -> Finding:
    """Ask for what waits, and count what comes, acknowledging nothing."""
    request = str(uuid.uuid4())
    await line.send(list_pending_frame(request))
    waiting, answered, patience_s = set[str](), False, 10.0
    while len(waiting) < MOST_COUNTED:
        try:
            async with asyncio.timeout(patience_s):
                frames = await line.receive()
        except TimeoutError:
            if not answered:
                raise
            break
        for part in (part for frame in frames for part in decode(frame, bot_id)):
            if isinstance(part, Failure):
                return failed(f"Blaze refuses with code {part.code}", code="MB130", fix="Try again later.")
            if isinstance(part, Answer):
                answered, patience_s = True, QUIET_S
            elif isinstance(part, Message):
                waiting.add(part.id)
    some = f"{len(waiting)}{'+' if len(waiting) >= MOST_COUNTED else ''}"
    return ok(f"connected, {some} message{'' if some == '1' else 's'} waiting" if waiting else "connected")


async def _of_service(subject: Subject, holder: str) -> Finding:
    web = subject.settings().web
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(web.host, web.host)  # noqa: S104
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(f"http://{host}:{web.port}/readyz") as answer,
        ):
            report = await answer.json()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        raise Skip(f"the service has the line ({holder}), and does not answer on port {web.port}") from None
    if report.get("ready") is True:
        return ok("the running service is connected")
    reasons = "; ".join(map(str, report.get("reasons", [])))
    return failed(f"the running service is not ready: {reasons}", code="MB130", fix="Look into its log.")
