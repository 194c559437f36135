"""The guard before the page: who may ask, for what, and how many at once.

A server on 127.0.0.1 is open to every web page that its visitor has open elsewhere. Such a page can
point a name of its own at this machine (Host), ask from another site (Origin), or put the page into
a frame. Whoever it is, the answer is one sentence, and nothing behind the guard hears of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

VISITORS = 64  # open connections, and worlds kept, at most
ODD = re.compile(r"^(?!/)|//|[\\:\x00-\x1f\x7f]|/\.{1,2}(/|$)")  # in no path of the page's own
UNFRAMED = [(b"x-frame-options", b"DENY"), (b"content-security-policy", b"frame-ancestors 'none'")]

Refusal = tuple[int, str]  # HTTP status, sentence


class Guard:
    """An ASGI application that hands on to another what a visitor of this machine may ask.

    `kept` holds the names of the worlds (kernels) that stand behind it; a connection names its own
    as the last part but one of its path.
    """

    def __init__(self, behind: ASGIApp, port: int, kept: Collection[str] = ()) -> None:
        self.behind = behind
        self.kept = kept
        self.address = f"http://127.0.0.1:{port}/"
        names = ("127.0.0.1", "localhost", "[::1]")
        self.hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())
        self.open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, or refuse: a websocket before it is accepted, a page with its status."""
        if scope["type"] == "lifespan":
            await self.behind(scope, receive, send)
        elif refusal := self.refusal(scope):
            await _refuse(refusal, scope, receive, send)
        elif scope["type"] == "websocket":
            self.open += 1
            try:
                await self.behind(scope, receive, send)
            finally:
                self.open -= 1
        else:
            await self.behind(scope, receive, _unframed(send))

    def refusal(self, scope: Scope) -> Refusal | None:
        """Why a request is refused, None where it is not."""
        path: str = scope["path"]
        hosts = _header(scope, b"host")
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            return 403, f"This page answers to {self.address} alone. Open it there."
        if any(origin != f"http://{hosts[0]}" for origin in _header(scope, b"origin")):
            return 403, f"Another site asked. Open {self.address} itself."
        if ODD.search(path):
            return 404, f"There is no such page. Open {self.address} instead."
        named = scope["type"] == "websocket" or path.startswith("/_solara/api/")
        if named and not parse_qs(scope["query_string"].decode("latin-1")).get("session_id"):
            return 400, "session_id is missing: the page says it of itself. Load the page again."
        if self._full(scope, path):
            return 503, (
                f"{VISITORS} visitors are here, as many as there is room for. "
                "Close other tabs of this page, wait five minutes, and load it again."
            )
        return None

    def _full(self, scope: Scope, path: str) -> bool:
        """Whether there is room for this visitor; one who comes back to his world has it."""
        if scope["type"] == "websocket":
            own = [*path.split("/"), ""][-3] in self.kept
            return self.open >= VISITORS or (len(self.kept) >= VISITORS and not own)
        return path == "/" and max(self.open, len(self.kept)) >= VISITORS


def _header(scope: Scope, wanted: bytes) -> list[str]:
    return [value.decode("latin-1").lower() for name, value in scope["headers"] if name == wanted]


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    status, sentence = refusal
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
    else:
        await PlainTextResponse(sentence, status)(scope, receive, send)


def _unframed(send: Send) -> Send:
    """The same, but every answer says that no other page may frame it."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *UNFRAMED]}
        await send(message)

    return sent
