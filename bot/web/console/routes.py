"""Every page of the console and who may see it, in one place."""

from aiohttp import web

from bot.entrance import Entrance
from bot.services import Services
from bot.users import Role
from bot.web.console import broadcasts, composer, delivery, people, review, steer, user
from bot.web.console.audit import as_csv, audit
from bot.web.console.fleet import fleet
from bot.web.console.health import health, look_again
from bot.web.console.heartbeat import live
from bot.web.console.live_events import LiveEvents
from bot.web.console.login import LoginPages
from bot.web.console.options import ConsoleOptions
from bot.web.console.overview import overview
from bot.web.console.settings import set_rate, set_text, settings
from bot.web.console.site import Site, open_site
from bot.web.console.users import users


def add_console(app: web.Application, services: Services, entrance: Entrance, *, chat_url: str) -> LoginPages:
    """Put the console below `/console`; gives what has to hear of people whom Mixin sends back."""
    options = ConsoleOptions(entrance.public_url, chat_url, int(entrance.lifetime.total_seconds()))
    site = open_site(entrance, options, services)
    login = LoginPages(site, services.gate)
    _add_login(site, login)
    site.page("/", overview)
    site.page("/fleet", fleet)
    _add_broadcasts(site)
    _add_users(site)
    _add_delivery(site)
    site.page("/health", health)
    site.action("/health", look_again)
    site.page("/live", live)
    site.page("/settings", settings)
    site.action("/settings/rate", set_rate, Role.OWNER)
    site.action("/settings/text", set_text, Role.OWNER)
    site.page("/audit", audit)
    site.page("/audit.csv", as_csv)
    app.router.add_get("/console", _slash)
    app.add_subapp("/console", site.app)
    return login


def _add_login(site: Site, login: LoginPages) -> None:
    site.open("GET", "/login", login.login)
    site.open("POST", "/login", login.enter)
    site.open("POST", "/login/mixin", login.depart)
    site.open("POST", "/look", login.look)
    site.action("/logout", login.leave, Role.VIEWER)
    site.action("/logout/everywhere", login.leave_everywhere, Role.VIEWER)


def _add_broadcasts(site: Site) -> None:
    one = r"/broadcasts/{number:\d{1,9}}"
    site.page("/broadcasts", broadcasts.broadcasts)
    site.page("/broadcasts/new", composer.compose, Role.OPERATOR)
    site.action("/broadcasts/new", composer.save)
    site.page(one, broadcasts.broadcast)
    site.page(f"{one}/edit", composer.compose, Role.OPERATOR)
    site.action(f"{one}/edit", composer.save)
    site.page(f"{one}/people", people.people, Role.OPERATOR)
    site.page(f"{one}/review", review.review, Role.OPERATOR)
    site.action(f"{one}/start", review.start)
    site.action(f"{one}/test", review.test)
    site.action(f"{one}/approve", review.approve)
    site.action(f"{one}/steer", steer.steer)
    site.page(f"{one}/events", LiveEvents(site).events)
    site.page(f"{one}/report.csv", broadcasts.report)


def _add_users(site: Site) -> None:
    site.page("/users", users)
    site.page("/users/{user_id}", user.user)
    site.action("/users/{user_id}/said", user.said)
    site.action("/users/{user_id}/block", user.block)
    site.action("/users/{user_id}/unblock", user.unblock)
    site.action("/users/{user_id}/subscribe", user.subscribe)
    site.action("/users/{user_id}/unsubscribe", user.unsubscribe)
    site.action("/users/{user_id}/tag", user.tag)
    site.action("/users/{user_id}/untag", user.untag)
    site.action("/users/{user_id}/reply", user.reply)
    site.action("/users/{user_id}/role", user.role, Role.OWNER)
    site.action("/users/{user_id}/forget", user.forget, Role.OWNER)


def _add_delivery(site: Site) -> None:
    site.page("/delivery", delivery.delivery)
    site.page("/delivery/{reference}", delivery.dead_letter)
    site.action("/delivery/{reference}", delivery.body)
    site.action("/delivery/{reference}/replay", delivery.replay)
    site.action("/delivery/{reference}/drop", delivery.drop)


async def _slash(request: web.Request) -> web.Response:
    return web.Response(status=308, headers={"Location": "console/"})
