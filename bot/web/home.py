"""What the bot's Home URL opens: who it is, what it may be allowed to see, and where to talk to it."""

from aiohttp import web

from bot.services import Services
from bot.web.pages import language_of, page, web_link


class Home:
    """Shows the bot's name and number as soon as they are known; `chat_url` leads to the bot in the messenger."""

    def __init__(self, services: Services, *, chat_url: str) -> None:
        self._services = services
        self._chat_url = chat_url

    async def home(self, request: web.Request) -> web.Response:
        """The page."""
        services, texts = self._services, self._services.texts
        language = language_of(request, texts)
        name = services.name or "mixbot"
        offered = services.grants.offered if services.grants is not None else ()
        scopes = [
            (texts.get(language, f"scope.{scope}"), texts.get(language, f"scope.{scope}.why"))
            for scope in offered
            if texts.find(language, f"scope.{scope}.why")
        ]
        links = [
            (texts.get(language, "web.source"), web_link(services.source_url)),
            (texts.get(language, "web.privacy"), web_link(services.privacy_url)),
        ]
        number = services.number
        return page(
            language,
            "home.html",
            title=name,
            name=name,
            who=texts.get(language, "web.who", number=number) if number else texts.get(language, "web.who_unknown"),
            what=texts.get(language, "web.what"),
            open=texts.get(language, "web.open"),
            chat_url=self._chat_url,
            connect=texts.get(language, "web.connect"),
            connect_text=texts.get(language, "web.connect_text"),
            connect_end=texts.get(language, "web.connect_end"),
            scopes=scopes,
            links=[(label, url) for label, url in links if url],
        )
