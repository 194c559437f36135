"""The real server, started on a free port: what it serves, refuses, and leaves behind."""

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import solara.server.settings
from websockets.sync.client import connect

import sim.app.server
from sim.app.guard import VISITORS
from sim.app.server import SETTINGS, listening, serve, settle
from sim.errors import BadInput

CDN = Path(solara.server.settings.assets.proxy_cache_dir)
HOSTILE = {
    "HOST": "0.0.0.0",
    "PORT": "9999",
    "SOLARA_HOST": "0.0.0.0",
    "SOLARA_MODE": "development",
    "SOLARA_ASSETS_PROXY": "false",
    "SOLARA_ASSETS_PROXY_CACHE_DIR": "/",
    "SOLARA_KERNEL_CULL_TIMEOUT": "10d",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "true",
    "UVICORN_HOST": "0.0.0.0",
    "FORWARDED_ALLOW_IPS": "*",
}
BOUND = 60  # seconds that anything may take on a slow machine


class Server:
    """A `serve` in a process of its own, that listens from the moment it is here."""

    def __init__(self, log: Path, **environment: str):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.here = f"127.0.0.1:{self.port}"
        self.log = log
        with log.open("w") as written:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "sim", "serve", "--port", str(self.port)],
                env={**os.environ, **environment},
                stdout=written,
                stderr=subprocess.STDOUT,
                preexec_fn=hear_ctrl_c,
            )
        until(lambda: "The page is at" in log.read_text() or self.process.poll() is not None)
        assert self.process.poll() is None, log.read_text()

    def ask(self, path="/", method="GET", host=None, **headers):
        """One request as it is written, nothing made neat; returns status and body."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BOUND)
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        line.putheader("Host", host or self.here)
        for name, value in headers.items():
            line.putheader(name.replace("_", "-"), value)
        line.endheaders()
        answer = line.getresponse()
        body = answer.read().decode("utf-8", "replace")
        line.close()
        return answer.status, body

    def knock(self, kernel, tab="tab", host=None, **headers):
        """The handshake of a websocket; returns its status and the open connection."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=BOUND)
        said = {"Host": host or self.here, "Connection": "Upgrade", "Upgrade": "websocket"}
        said |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
        said |= {name.title(): value for name, value in headers.items()}
        lines = [f"GET /jupyter/api/kernels/{kernel}/channels?session_id={tab} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in said.items()]
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(line.recv(4096).split()[1]), line

    def stop(self, how=signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=BOUND)


def hear_ctrl_c():
    """A job in the background of a script would inherit that Ctrl-C is to be ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def until(true) -> None:
    """Wait until it is true, but not for ever."""
    for _ in range(BOUND * 20):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not become true")


def is_free(port: int) -> bool:
    try:
        listening(port).close()
    except BadInput:
        return False
    return True


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for the tests that only ask, in an environment that would have it otherwise."""
    one = Server(tmp_path_factory.mktemp("server") / "log", **HOSTILE)
    yield one
    if one.process.poll() is None:
        one.process.kill()


@pytest.fixture
def start(tmp_path):
    begun = []

    def begin(**environment) -> Server:
        begun.append(Server(tmp_path / f"log{len(begun)}", **environment))
        return begun[-1]

    yield begin
    for one in begun:
        if one.process.poll() is None:
            one.process.kill()


def test_it_begins_without_a_warning(server):
    assert server.ask()[0] == 200
    assert server.log.read_text().count("\n") == 1, server.log.read_text()


def test_it_listens_on_this_machine_only(server):
    for port in (server.port, 9999):
        with pytest.raises(OSError):  # 0.0.0.0 would answer at every address of the machine
            socket.create_connection(("127.0.0.2", port), timeout=2).close()


def test_everything_that_the_page_asks_for_is_there(server):
    _, page = server.ask()
    wanted = set(re.findall(r'(?:src|href)="(/?(?:static|_solara)[^"]*)"', page))
    wanted |= {f"/jupyter/{found}.js" for found in re.findall(r"'(nbextensions/[^']+)'", page)}
    assert len(wanted) >= 9
    for path in wanted:
        status, body = server.ask("/" + path.lstrip("/"))
        assert (status, bool(body)) == (200, True), path
    assert "cdn.jsdelivr" not in page


@pytest.mark.parametrize("host", ["evil.example:{port}", "127.0.0.1:1", "127.0.0.1"])
def test_foreign_names_are_refused(server, host):
    host = host.format(port=server.port)
    status, body = server.ask(host=host)
    assert (status, server.here in body) == (403, True)
    assert server.knock("foreign", host=host)[0] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:18770"])
def test_other_origins_are_refused(server, origin):
    assert server.ask(origin=origin)[0] == 403
    assert server.ask("/_solara/api/close/x?session_id=1", "POST", origin=origin)[0] == 403
    assert server.knock("foreign", origin=origin)[0] == 403


def tree(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


def test_no_request_changes_the_assets(server):
    before = tree(CDN)
    folders = [path.relative_to(CDN).as_posix() for path in CDN.rglob("*") if path.is_dir()]
    for folder in (*folders[:40], "", "vue", "no-such@1.0.0/dist/x.js"):
        for path in (f"/_solara/cdn/{folder}", f"/_solara/cdn/{folder}/"):
            assert server.ask(path)[0] == 404, path
    assert tree(CDN) == before


@pytest.mark.parametrize(
    "path",
    [
        "/resourcez",
        "/resourcez?verbose",
        "/readyz",
        "/jupyter/api/kernels/x",
        "/_solara/api/evict/x?session_id=1",
        "/no-such-page",
        "/static",
        "/static/",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/%252e%252e/app.py",
        "/static/..\\app.py",
        "/static/..%5capp.py",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        "/static/C:%5cWindows%5cwin.ini",
        "/static/a%00b",
        "/static/%ff",
        "/static/" + "a" * 5000,
        "/static/public/x",
        "/_solara/cdn//etc/passwd",
        "/_solara/cdn/..%2f..%2f..%2fpyvenv.cfg",
        "/_solara/cdn/%2e%2e/%2e%2e/%2e%2e/pyvenv.cfg",
        "/jupyter/nbextensions/",
        "/jupyter/nbextensions/jupyter-vue/../../../../pyvenv.cfg",
        "/jupyter/nbextensions/jupyter-js-widgets/extension.js",
        "//etc/passwd",
        "http://evil.example/",
        "*",
    ],
)
def test_nothing_but_the_page_is_there(server, path):
    for method in ("GET", "POST"):
        status, body = server.ask(path, method)
        assert status in (400, 404, 405), (method, body[:200])
        assert "root:" not in body and "home =" not in body and "\n" not in body


def test_a_tab_that_does_not_say_its_name_is_no_traceback(server):
    status, body = server.ask("/_solara/api/close/x", "POST")
    assert (status, "session_id" in body) == (400, True)
    assert server.ask("/_solara/api/close/x?session_id=unknown", "POST")[0] == 200
    assert server.knock("nameless", tab="")[0] == 403
    assert "Traceback" not in server.log.read_text()


def message(kind: str, **content) -> str:
    """A message as Jupyter's protocol has it."""
    header = {"msg_id": kind, "msg_type": kind, "session": "tab", "username": "", "version": "5.3"}
    said = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    return json.dumps({**said, "channel": "shell", "buffers": []})


@contextmanager
def showing(server: Server, kernel: str):
    """An open connection on which the page is shown, as in a browser, and what came over it."""
    with connect(
        f"ws://{server.here}/jupyter/api/kernels/{kernel}/channels?session_id=tab",
        origin=f"http://{server.here}",
        additional_headers={"Cookie": "solara-session-id=somebody"},
        max_size=None,
        max_queue=None,
    ) as line:
        line.send(message("comm_open", comm_id="control", target_name="solara.control", data={}))
        asked = {"method": "run", "args": {"path": "/", "themes": {}, "dark": False}}
        line.send(message("comm_msg", comm_id="control", data=asked))
        heard: list[str] = []
        while not heard or '"finished"' not in heard[-1]:
            came = line.recv(timeout=BOUND)
            heard.append(came if isinstance(came, str) else came.decode("utf-8", "replace"))
        yield line, heard


def click(line, heard: list[str], label: str) -> None:
    """Click a button of the page."""
    for came in heard:
        opened = json.loads(came)["content"] if came.startswith("{") else {}
        state = opened.get("data", {}).get("state", {})
        if state.get("_model_name") == "BtnModel" and state.get("children") == [label]:
            clicked = {"method": "custom", "content": {"event": "click", "data": None}}
            line.send(message("comm_msg", comm_id=opened["comm_id"], data=clicked))
            return
    raise AssertionError(f"the page has no button {label!r}")


def test_a_browser_gets_the_page_through_its_connection(server):
    with showing(server, "browser") as (_, heard):
        page = "".join(heard)
    assert "Quarters a step" in page and "Something went wrong" not in page
    assert server.ask("/_solara/api/close/browser?session_id=tab", "POST")[0] == 200


def test_the_visitor_for_whom_there_is_no_room_is_told(start):
    server = start()
    lines = []
    for number in range(VISITORS):
        status, line = server.knock(f"visitor{number}")
        assert status == 101
        lines.append(line)
    status, body = server.ask()
    assert status == 503 and str(VISITORS) in body and "Close other tabs" in body
    assert server.knock("one-more")[0] == 403
    assert server.ask("/static/main-vuetify.js")[0] == 200
    lines[0].close()  # its world is still kept, until it is said that the tab was closed
    assert server.ask()[0] == 503
    assert server.ask("/_solara/api/close/visitor0?session_id=tab", "POST")[0] == 200
    until(lambda: server.ask()[0] == 200)
    assert server.stop() == 0
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_while_somebody_plays(start, end):
    server = start()
    with showing(server, "player") as (line, heard):
        click(line, heard, "▶")
        until(lambda: "2020-Q1" in str(line.recv(timeout=BOUND)))
        assert server.stop(end) == 0
    assert is_free(server.port)
    assert "Traceback" not in server.log.read_text(), server.log.read_text()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_while_it_starts(start, end):
    server = start()
    assert server.stop(end) == 0
    assert is_free(server.port)


@pytest.mark.parametrize(("end", "status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGHUP, 0)])
def test_it_leaves_nobody_behind_when_it_is_killed(start, end, status):
    server = start()
    assert server.ask()[0] == 200
    assert server.stop(end) == status  # a closed terminal ends it like Ctrl-C
    assert is_free(server.port)


def test_a_port_is_taken_from_the_first_moment(start):
    server = start()  # it listens, and has not begun to load the page
    second = [sys.executable, "-m", "sim", "serve", "--port", str(server.port)]
    done = subprocess.run(second, capture_output=True, text=True, timeout=BOUND)
    assert done.returncode == 2
    assert not done.stdout and done.stderr.count("\n") == 1
    assert f"cannot listen at {server.here}" in done.stderr and "--port" in done.stderr


def test_a_page_that_cannot_be_loaded_ends_the_server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = (
        "import sys; sys.modules['mesa.visualization.solara_viz'] = None\n"
        f"from sim.app import serve; sys.exit(serve({port}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=BOUND
    )
    assert done.returncode == 1 and "mesa.visualization" in done.stderr
    assert is_free(port)


@pytest.mark.parametrize("port", [0, -1, 70000, 8765.0, "8765"])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(BadInput, match="is no port"):
        serve(port)


def test_it_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(sim.app.server, "_there", lambda package: package != "solara")
    with pytest.raises(BadInput, match="the page needs solara"):
        serve()


def test_a_notebook_is_told_to_use_a_terminal():
    async def cell():
        serve()

    with pytest.raises(BadInput, match="terminal"):
        asyncio.run(cell())


def test_the_environment_moves_nothing():
    environment = {**HOSTILE, "PATH": "/bin", "solara_theme_title": "evil"}
    settle(environment)
    kept = {"PATH", "UVICORN_HOST", "FORWARDED_ALLOW_IPS"}
    assert environment.keys() - SETTINGS.keys() == kept
    assert environment["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "false"


def test_solara_hears_of_the_settings_and_drops_worlds_after_minutes():
    code = (
        "from sim.app.server import settle; settle()\n"
        "import sim.app.site\n"
        "from solara.server import settings; import solara.settings, solara.util\n"
        "print(solara.util.parse_timedelta(settings.kernel.cull_timeout), settings.main.mode,\n"
        "    solara.settings.assets.proxy, settings.telemetry.mixpanel_enable)\n"
    )
    environment = {**os.environ, **HOSTILE}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    seconds, mode, proxy, telemetry = done.stdout.split()
    assert 60 <= float(seconds) <= 600
    assert (mode, proxy, telemetry) == ("production", "True", "False")
