"""Starts the page: on this machine, with no internet and no telemetry."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from importlib.util import find_spec

from sim.errors import BadInput

HERE = "127.0.0.1"  # this machine, and no other can ask
NEEDED = ("altair", "ipyvue", "ipyvuetify", "networkx", "solara", "solara_assets")
SETTINGS = {
    "SOLARA_APP": "sim.app.page",
    "SOLARA_MODE": "production",
    "SOLARA_ASSETS_PROXY": "true",  # assets from this machine, not from a CDN
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_KERNEL_CULL_TIMEOUT": "5m",  # the world of a tab that was lost is dropped after this
    "SOLARA_CHECK_HOOKS": "off",  # it warns of Mesa's components, which we do not use
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
}
PATIENCE = 2  # seconds that open connections have when the server is stopped


def serve(port: int = 8765) -> int:
    """Serve the page in this process until Ctrl-C or SIGTERM; returns the exit code.

    It is 0, or 1 if the page cannot be loaded, which the log explains.

    BadInput if the `page` extra is not installed, or the port is no port or taken.
    """
    missing = [name for name in NEEDED if not _there(name)]
    if missing:
        raise BadInput(
            f"serve: the page needs {', '.join(missing)}, not installed. "
            "In a clone, run 'make serve'; elsewhere, pip install 'ai-industry-sim[page]'."
        )
    if _within_a_loop():
        raise BadInput("serve: a notebook is busy with its own server. Use a terminal: make serve.")
    with listening(port) as door:
        print(f"The page is at http://{HERE}:{port} (Ctrl-C stops it).", flush=True)
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as with Ctrl-C
        try:
            return _answer(door, port)
        except KeyboardInterrupt:
            return 0
        finally:
            signal.signal(signal.SIGTERM, before)


def listening(port: int) -> socket.socket:
    """A socket that listens at a port of this machine from now on, so that nobody else can.

    BadInput if it is no port, or taken: also by a server that is still starting.
    """
    if not isinstance(port, int) or not 1 <= port <= 65535:
        raise BadInput(f"serve: {port} is no port. Choose one from 1 to 65535.")
    door = socket.socket()
    try:
        if os.name == "posix":  # elsewhere this would let two listen at once
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((HERE, port))
        door.listen()
    except OSError as error:
        door.close()
        raise BadInput(
            f"serve: cannot listen at {HERE}:{port} ({error.strerror}). "
            "Stop what listens there, or choose another with --port."
        ) from None
    return door


def settle(environment: dict[str, str] | os._Environ[str] = os.environ) -> None:
    """Leave nothing in the environment that moves the server, opens it or phones home."""
    for name in list(environment):
        if name in ("HOST", "PORT") or name.upper().startswith("SOLARA_"):
            del environment[name]
    environment.update(SETTINGS)


def _answer(door: socket.socket, port: int) -> int:
    """Answer what comes through the door until a signal ends it."""
    settle()  # before Solara is imported, which is when it reads them

    import uvicorn

    from sim.app.site import site

    config = uvicorn.Config(
        site(port),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )
    try:
        uvicorn.Server(config).run(sockets=[door])
    except SystemExit:  # the page could not be loaded; the log has said why
        return 1
    return 0


def _there(package: str) -> bool:
    return find_spec(package) is not None


def _within_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
