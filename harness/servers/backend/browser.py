"""The chat page at `/`: two people side by side, in a browser, against this backend and its broadcaster."""

from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.servers.backend.answers import answer
from harness.servers.backend.seed import World
from harness.servers.backend.services import Services

_FOLDER = Path(__file__).with_name("page")
_PLACE = "{{configuration}}"
_MEDIA_TYPES = {"index.html": "text/html", "chat.css": "text/css", "chat.js": "text/javascript"}


class Browser:
    """The page and its two files, which load nothing from anywhere else, and the health check."""

    def __init__(self, services: Services, world: World) -> None:
        self._services = services
        self._websocket = _websocket_url(services.broadcaster.url)
        self._configuration = {
            "websocket": f"{self._websocket}/app/{services.broadcaster.key}",
            "emails": [person.email for person in world.people],
        }

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            Route("/", self.page, methods=["GET"]),
            Route("/chat.css", self.style, methods=["GET"]),
            Route("/chat.js", self.script, methods=["GET"]),
            Route("/up", self.up, methods=["GET"]),
        ]

    async def page(self, _request: Request) -> Response:
        """Serve the page, told where the broadcaster is and who could log in; never a password, never the secret."""
        return self._file("index.html", embed_json(self._configuration))

    async def style(self, _request: Request) -> Response:
        """Serve the style sheet."""
        return self._file("chat.css")

    async def script(self, _request: Request) -> Response:
        """Serve the script."""
        return self._file("chat.js")

    async def up(self, _request: Request) -> Response:
        """Answer 200 when the database answers."""
        await self._services.store.run(self._services.store.has_people)
        return answer({"health": "OK"})

    def _file(self, name: str, configuration: str = "") -> Response:
        content = (_FOLDER / name).read_text("utf-8").replace(_PLACE, configuration)
        policy = (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            f"script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' {self._websocket}"
        )
        headers = {"content-security-policy": policy, "x-content-type-options": "nosniff", "cache-control": "no-store"}
        return Response(content, headers=headers, media_type=_MEDIA_TYPES[name])


def embed_json(value: object) -> str:
    """Write JSON that can stand inside a script element: nothing in it ends the element or opens a comment."""
    text = msgspec.json.encode(value).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _websocket_url(url: str) -> str:
    return url.rstrip("/").replace("http", "ws", 1)
