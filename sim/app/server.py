"""Starts the page: on this machine, with no internet and no telemetry."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from importlib.util import find_spec

from sim.errors import BadInput

NEEDED = ("altair", "ipyvue", "ipyvuetify", "networkx", "solara", "solara_assets")
WITHOUT_INTERNET = {
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_KERNEL_CULL_TIMEOUT": "1h",  # a closed tab's model is dropped after this
    "SOLARA_KERNEL_MAX_COUNT": "64",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
}


def serve(host: str = "127.0.0.1", port: int = 8765) -> int:
    """Serve the page until Ctrl-C; returns the server's exit code.

    BadInput if the `page` extra is not installed, or the port is no port or taken.
    """
    missing = [name for name in NEEDED if not _there(name)]
    if missing:
        raise BadInput(
            f"serve: the page needs {', '.join(missing)}, not installed. "
            "Run 'make serve', or: pip install -c constraints.txt -e '.[page]'."
        )
    _check_free(host, port)
    print(f"The page is at http://{host}:{port} (Ctrl-C stops it).", flush=True)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # end it like Ctrl-C does
    server = subprocess.Popen(command(host, port), env=environment())
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        try:
            server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            server.kill()
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
        if server.poll() is None:
            server.kill()


def command(host: str, port: int) -> list[str]:
    """How solara is started; the address is said, since HOST in the environment would change it."""
    return [
        sys.executable,
        "-m",
        "solara",
        "run",
        "sim.app.page",
        "--host",
        host,
        "--port",
        str(port),
        "--production",
        "--no-open",
        "--no-check-version",
        "--log-level",
        "warning",
    ]


def environment() -> dict[str, str]:
    """The environment of the server: nothing that moves its address, nothing that phones home."""
    kept = {name: value for name, value in os.environ.items() if name not in ("HOST", "PORT")}
    return kept | WITHOUT_INTERNET


def _there(package: str) -> bool:
    return find_spec(package) is not None


def _check_free(host: str, port: int) -> None:
    if not isinstance(port, int) or not 1 <= port <= 65535:
        raise BadInput(f"serve: {port} is no port. Choose one from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"serve: cannot listen at {host}:{port} ({error.strerror}). "
                "Stop what listens there, or choose another with --port."
            ) from None
