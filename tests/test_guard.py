"""The guard alone: whom it lets pass, and that what it refuses never comes to what it guards."""

import asyncio
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.app.guard import VISITORS, Guard

PORT = 8765
HERE = f"127.0.0.1:{PORT}"
KERNEL = "/jupyter/api/kernels/mine/channels"


def ask(guard, kind="http", path="/", host=HERE, query=b"session_id=1", **headers):
    """Ask once; returns what was answered, and whether it came through to what is guarded."""
    said = [(b"host", host.encode())] if host is not None else []
    said += [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "query_string": query, "headers": said, "method": "GET"}
    answers, came = [], []

    async def behind(scope, receive, send):
        came.append(scope["path"])
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        answers.append(message)

    guard.behind = behind
    asyncio.run(guard(scope, None, send))
    return answers, bool(came)


def status(answers) -> int:
    return answers[0].get("status", answers[0].get("code"))


@pytest.mark.parametrize("kind, path", [("http", "/"), ("websocket", KERNEL)])
@pytest.mark.parametrize("host", [HERE, f"localhost:{PORT}", f"[::1]:{PORT}", f"LOCALHOST:{PORT}"])
def test_this_machine_and_its_own_page_come_through(kind, path, host):
    for headers in ({}, {"origin": f"http://{host}"}):
        assert ask(Guard(None, PORT), kind, path, host, **headers)[1]


@pytest.mark.parametrize("kind, path", [("http", "/"), ("websocket", KERNEL)])
@pytest.mark.parametrize(
    "host, origin",
    [
        (f"evil.example:{PORT}", None),  # a name that somebody pointed to this machine
        ("127.0.0.1", None),
        ("127.0.0.1:1", None),
        (f"127.0.0.1.evil.example:{PORT}", None),
        (f"127.0.0.1:{PORT}@evil.example", None),
        ("", None),
        (None, None),
        (HERE, "http://evil.example"),
        (HERE, "null"),
        (HERE, ""),
        (HERE, f"https://{HERE}"),
        (HERE, "http://127.0.0.1:18770"),
        (HERE, f"http://localhost:{PORT}"),  # another origin, if of this machine
    ],
)
def test_others_are_refused_with_a_sentence(kind, path, host, origin):
    headers = {} if origin is None else {"origin": origin}
    answers, came = ask(Guard(None, PORT), kind, path, host, **headers)
    assert not came
    if kind == "websocket":
        assert answers == [
            {"type": "websocket.close", "code": 1008, "reason": answers[0]["reason"]}
        ]
    else:
        assert status(answers) == 403
        assert HERE in answers[1]["body"].decode()


def test_two_hosts_are_refused():
    guard = Guard(None, PORT)
    scope = {"type": "http", "path": "/", "query_string": b""}
    scope["headers"] = [(b"host", HERE.encode()), (b"host", b"evil.example")]
    assert guard.refusal(scope)[0] == 403


def test_no_other_page_may_frame_it():
    answers, _ = ask(Guard(None, PORT))
    assert (b"x-frame-options", b"DENY") in answers[0]["headers"]


parts = st.sampled_from(["..", ".", "", "a", "C:", "\\", "..\\", "etc", "\x00", "...", "a..b"])


@given(st.one_of(st.lists(parts).map("/".join), st.text(max_size=30)))
def test_a_path_that_comes_through_stays_below_the_root(path):
    if ask(Guard(None, PORT), path=path)[1]:
        assert path.startswith("/") and "\\" not in path and "\x00" not in path
        below = os.path.join("/root", path[1:])
        assert os.path.normpath(below).startswith("/root")
        assert os.path.normpath(below) == below.rstrip("/")


@pytest.mark.parametrize("kind, path", [("http", "/_solara/api/close/x"), ("websocket", KERNEL)])
@pytest.mark.parametrize("query", [b"", b"session_id=", b"session=1", b"\xff"])
def test_who_does_not_say_which_tab_it_is_hears_so(kind, path, query):
    answers, came = ask(Guard(None, PORT), kind, path, query=query)
    assert not came
    assert status(answers) in (400, 1008)


def test_one_visitor_too_many_is_told():
    kept = {str(number) for number in range(VISITORS)}
    guard = Guard(None, PORT, kept)
    answers, came = ask(guard)
    assert not came and status(answers) == 503
    assert str(VISITORS) in answers[1]["body"].decode()
    assert not ask(guard, "websocket", KERNEL)[1]
    assert ask(guard, path="/static/main-vuetify.js")[1]  # those who are here get their files
    kept.pop()
    assert ask(guard)[1]
    kept.update(["mine", "another"])
    assert ask(guard, "websocket", KERNEL)[1]  # who comes back to his own world has room
    assert not ask(guard, "websocket", "/jupyter/api/kernels/new/channels")[1]


def test_open_connections_are_counted_and_let_go():
    async def two():
        guard, gone = Guard(None, PORT), asyncio.Event()

        async def behind(scope, receive, send):
            await gone.wait()
            raise RuntimeError

        guard.behind = behind
        headers = [(b"host", HERE.encode())]
        scope = {"path": KERNEL, "query_string": b"session_id=1", "headers": headers}
        tasks = [
            asyncio.create_task(guard({"type": "websocket", **scope}, None, None)) for _ in "ab"
        ]
        await asyncio.sleep(0)
        assert guard.open == 2
        gone.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert guard.open == 0

    asyncio.run(two())
