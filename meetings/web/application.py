"""The web application of meetings: all pages behind the guards that every page of ours has."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from foundation.rendering import Renderer
from foundation.web.forms import FormTokens
from foundation.web.guards import guarded
from foundation.web.pages import Pages
from meetings.links import Links
from meetings.rooms.engine import RoomEngine
from meetings.rooms.static import StaticRooms
from meetings.settings import MeetingsSettings
from meetings.web.asked import DeskAccess, WeekPages
from meetings.web.calendar_files import CalendarFiles
from meetings.web.deputies import Deputies
from meetings.web.feed import Feed
from meetings.web.house import House
from meetings.web.join import Join
from meetings.web.personal import Personal
from meetings.web.secretary import Secretary
from meetings.web.visits import Visits
from meetings.web.week import Week

AREA = "meetings.web"
KINDS = ("m", "j", "f", "s", "week", "assets")


def create_app(
    desk: DeskAccess,
    links: Links,
    settings: MeetingsSettings,
    renderer: Renderer,
    week: WeekPages | None = None,
    rooms: RoomEngine | None = None,
) -> ASGIApp:
    """The ASGI application. Without `rooms`, the room of the settings serves. It opens nothing and starts no task; it
    is to be served with `foundation.web.serving.server_options`."""
    engine = rooms or StaticRooms(settings.room)
    pages = Pages(renderer, settings.organisation, settings.language, settings.public_url)
    house = House(
        desk,
        links,
        settings,
        pages,
        engine,
        CalendarFiles(links, engine, settings),
        FormTokens(links.form_secrets()),
        Visits(links),
    )
    return guarded(_application(_routes(house, week)), pages, settings.public_url, AREA, KINDS)


def _routes(house: House, week: WeekPages | None) -> list[Route]:
    personal = Personal(house)
    routes = [
        *personal.routes(),
        *Deputies(house, personal).routes(),
        *Join(house).routes(),
        *Feed(house).routes(),
        *Secretary(house).routes(),
        Route(house.pages.style.path, house.pages.style.serve, methods=["GET"]),
        Route("/robots.txt", _robots, methods=["GET"]),
        Route("/favicon.ico", _no_icon, methods=["GET"]),
    ]
    return [*routes, *Week(house, week).routes()] if week else routes


def _application(routes: list[Route]) -> ASGIApp:
    """The router alone: what it refuses it raises, and the guards say it in the reader's language."""
    router = Router(routes, redirect_slashes=False)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = router  # without an application around it, it would answer refusals itself
        await router(scope, receive, send)

    return application


async def _no_icon(request: Request) -> Response:
    """Browsers ask for one whatever the page says; a day's silence is cheaper than as many error pages."""
    return Response(status_code=204, headers={"Cache-Control": "public, max-age=86400"})


async def _robots(request: Request) -> Response:
    """Nothing here is for search engines (RFC 9309)."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
