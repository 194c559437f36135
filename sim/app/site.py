"""What stands at which address: Solara's page and its files, and no other route of Solara's.

Solara's own table has routes for its developers, and one for its assets that deletes folders and
fetches from the internet when it is asked oddly; here assets are files that are installed, or 404.
"""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from solara.server import kernel_context, server, settings
from solara.server.starlette import kernel_connection, lifespan
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from sim.app.guard import Guard

EXTENSIONS = ("jupyter-vue", "jupyter-vuetify")  # what the page loads of Jupyter's


def site(port: int) -> ASGIApp:
    """The page behind its guard. Solara must have been given its settings before."""
    static = Path(server.solara_static)
    open_to_all = Starlette(
        routes=[
            Route("/", page),
            WebSocketRoute("/jupyter/api/kernels/{kernel_id}/channels", kernel_connection),
            Route("/_solara/api/close/{kernel_id}", closed, methods=["POST"]),
            Mount("/_solara/cdn", _files(Path(settings.assets.proxy_cache_dir))),
            Mount("/static/assets", _files(static.parent / "assets")),
            Mount("/static", _files(static)),
            *(
                Mount(f"/jupyter/nbextensions/{name}", _files(folder / name))
                for name in EXTENSIONS
                for folder in server.nbextensions_directories
                if (folder / name).is_dir()
            ),
        ],
        lifespan=lifespan,
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={HTTPException: _refused},
    )
    open_to_all.router.redirect_slashes = False
    return Guard(open_to_all, port, kernel_context.contexts)


def page(request: Request) -> Response:
    """The one page, and a cookie that ties a visitor's connection to his world."""
    answer = HTMLResponse(server.read_root("/") or "")
    cookie = server.COOKIE_KEY_SESSION_ID
    visitor = request.cookies.get(cookie) or str(uuid4())
    answer.set_cookie(cookie, visitor, samesite="strict", httponly=True)
    return answer


def closed(request: Request) -> Response:
    """A tab was closed: its world goes at once, if it is one that we know."""
    tab = request.query_params["session_id"]
    context = kernel_context.contexts.get(request.path_params["kernel_id"])
    if context is not None and tab in context.page_status:
        context.page_close(tab)
    return Response()


def _files(folder: Path) -> ASGIApp:
    return StaticFiles(directory=folder, check_dir=False)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(
        f"There is nothing to {request.method} at this address ({error.detail}). Open / instead.",
        error.status_code,
        error.headers,
    )
