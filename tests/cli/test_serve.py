"""`loop-tui serve`: who gets in, what they see, and that no process is left behind."""

import asyncio
import http.client
import importlib.util
import json
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiohttp.test_utils import make_mocked_request

from loop_tui.cli.entry import run
from loop_tui.cli.web.door import LOOPBACK, Door
from loop_tui.cli.web.tab import TOKEN_VARIABLE
from loop_tui.model.problem import Problem
from loop_tui.model.state import GateState
from loop_tui.model.status import GateStatus
from loop_tui.storage.state.reader import read_state
from tests.served import Served, Visitor, none_left, served
from tests.tui.runs import human_gate

NEW_SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
TOKEN = "a-token-of-ones-own-0123"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A server on a run whose gate waits for a person."""
    human_gate(tmp_path / "widget")
    with served(tmp_path / "widget") as started:
        yield started


def ask(server: Served, path: str, *, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """One request with exactly these headers; `Host` is the right one unless it is given."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in ({"Host": f"127.0.0.1:{server.port}"} | headers).items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = "" if answer.status == 101 else answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_without_the_token_there_is_nothing(server: Served) -> None:
    cookie, token = {"Cookie": f"loop-tui-{server.port}={server.token}"}, f"/?token={server.token}"
    wrong = {"Cookie": f"loop-tui-{server.port}={server.token[:-1]}"}
    origin = {"Origin": server.base}
    js = "/static/js/textual.js"
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "no token": ("/", {}),
        "an empty token": ("/?token=", {}),
        "a wrong token": ("/?token=" + "x" * 43, {}),
        "half of it": (f"/?token={server.token[:20]}", {}),
        "not ASCII": ("/?token=%C3%A4%FF", {}),
        "two tokens": (f"{token}&token=x", {}),
        "a wrong token beside the cookie": ("/?token=x", cookie),
        "a wrong cookie": ("/", wrong),
        "a cookie of another name": ("/", {"Cookie": f"loop-tui-1={server.token}"}),
        "static without cookie": (js, {}),
        "static with a wrong cookie": (js, wrong),
        "static with the token in the address": (f"{js}?token={server.token}", {}),
        "our own style": ("/own/page.css", {}),
        "what does not exist": ("/nothing", {}),
        "out of the folder": ("/static/../server.py", {}),
        "another name": (token, {"Host": f"evil.example:{server.port}"}),
        "another name with the cookie": ("/", {"Host": f"evil.example:{server.port}", **cookie}),
        "another port": (token, {"Host": f"127.0.0.1:{server.port % 65535 + 1}"}),
        "no port": (token, {"Host": "127.0.0.1"}),
        "no host": (token, {"Host": ""}),
        "static by another name": (js, {"Host": f"evil.example:{server.port}", **cookie}),
        "a page of another port": ("/", cookie | {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}),
        "a window that another port opens": ("/", cookie | {"Sec-Fetch-Site": "same-site"} | NAVIGATION),
        "a frame of another site": (
            token,
            {"Sec-Fetch-Site": "cross-site"} | NAVIGATION | {"Sec-Fetch-Dest": "iframe"},
        ),
        "static for another port": (js, cookie | {"Sec-Fetch-Site": "same-site"}),
        "socket of another port, as browsers say": (
            "/ws",
            NEW_SOCKET | origin | cookie | {"Sec-Fetch-Site": "same-site"},
        ),
        "fetched ahead": ("/", cookie | {"Sec-Purpose": "prefetch;prerender"}),
        "fetched ahead, in older words": ("/", cookie | {"Purpose": "prefetch"}),
        "socket without cookie": ("/ws", NEW_SOCKET | origin),
        "socket with the token in the address": (f"/ws?token={server.token}", NEW_SOCKET | origin),
        "socket without origin": ("/ws", NEW_SOCKET | cookie),
        "socket of another page": ("/ws", NEW_SOCKET | cookie | {"Origin": "http://evil.example"}),
        "socket of another port": ("/ws", NEW_SOCKET | cookie | {"Origin": "http://127.0.0.1:1"}),
        "socket of another name for us": ("/ws", NEW_SOCKET | cookie | {"Origin": f"http://localhost:{server.port}"}),
        "socket of no page": ("/ws", NEW_SOCKET | cookie | {"Origin": "null"}),
        "socket by another name": (
            "/ws",
            NEW_SOCKET
            | cookie
            | {"Host": f"evil.example:{server.port}", "Origin": f"http://evil.example:{server.port}"},
        ),
    }
    answers = {what: ask(server, path, **headers) for what, (path, headers) in asked.items()}
    assert {what: status for what, (status, _, _) in answers.items() if status != 403} == {}
    for _, headers, body in answers.values():
        assert body.startswith("403: ")
        assert headers["content-type"].startswith("text/plain")
        assert "set-cookie" not in headers
        assert server.token not in str(headers) + body
    assert ask(server, "/", method="POST")[0] == 403
    assert server.tabs() == []


def test_with_the_token_there_is_a_page_that_needs_nobody_else(server: Served) -> None:
    status, headers, page = ask(server, f"/?token={server.token}")
    assert status == 200
    assert "loop-tui: widget" in page
    name, value, *rest = re.split("[=;] ?", headers["set-cookie"], maxsplit=2)
    assert (name, value) == (f"loop-tui-{server.port}", server.token)
    assert set(rest[0].split("; ")) == {"HttpOnly", "Path=/", "SameSite=Strict"}
    assert server.token not in page
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert set(re.findall(r"\w+://[^ ;]+", policy)) == {f"ws://127.0.0.1:{server.port}"}
    assert set(re.findall(r"\w+://[^\"]+", page)) == {f"ws://127.0.0.1:{server.port}/ws"}
    cookie = f"{name}={value}"
    assert ask(server, "/", Cookie=cookie)[0] == 200
    for part in re.findall(r'(?:href|src)="([^"]+)"', page):
        status, _, text = ask(server, f"/{part}", Cookie=cookie)
        assert status == 200, part
        assert part.endswith("textual.js") or "url(http" not in text
    assert ask(server, "/static", Cookie=cookie)[0] in (403, 404)
    assert ask(server, "/own/server.py", Cookie=cookie)[0] == 404
    assert ask(server, "/ws", Cookie=cookie)[0] == 403
    for site in ("none", "same-origin"):
        assert ask(server, "/", Cookie=cookie, Sec_Fetch_Site=site)[0] == 200
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert ask(server, f"/?token={server.token}", **link)[0] == 200
    for host in ("localhost", "[::1]", "LOCALHOST", "[0:0:0:0:0:0:0:1]"):
        assert ask(server, f"/?token={server.token}", Host=f"{host}:{server.port}")[0] == 200


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("192.168.1.5:8123", True),
        ("[2001:db8::1]:8123", True),
        ("box:8123", True),
        ("evil.example:8123", False),
        ("1.2.3.4.evil.example:8123", False),
        ("192.168.1.5:80", False),
        ("user@192.168.1.5:8123", False),
        ("192.168.1.5:8123:8123", False),
    ],
)
def test_on_every_address_only_names_are_refused(host: str, wanted: bool) -> None:
    door = Door(TOKEN, 8123, LOOPBACK | {"box"}, any_address=True)
    request = make_mocked_request("GET", f"/?token={TOKEN}", headers={"Host": host})
    assert (door.refusal(request) == "") is wanted


async def test_a_tab_shows_the_run_and_may_not_answer(server: Served, tmp_path: Path) -> None:
    state = next((tmp_path / "widget").glob("*-state.json"))
    before = state.read_bytes()
    async with Visitor(server) as visitor, visitor.tab() as tab:
        await tab.sees("infra-gate")
        (process,) = server.tabs()
        assert "--read-only" in process.cmdline()
        assert server.token not in " ".join(process.cmdline()) + str(process.environ())
        await tab.sees("Phases")
        await tab.type(" ")
        await tab.sees("read-only:")
        assert state.read_bytes() == before
    assert none_left([process])
    code, out, err = await asyncio.to_thread(server.end)
    assert (code, err) == (0, "")
    assert server.token not in out


def has_ended(process: psutil.Process) -> bool:
    """True for a process that is gone, or only waits to be collected."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True  # It went between the two questions.


async def test_what_no_page_sends_does_no_harm_and_leaving_the_app_ends_the_tab(server: Served) -> None:
    async with Visitor(server) as visitor, visitor.tab() as tab:
        await tab.sees("infra-gate")
        (process,) = server.tabs()
        wide = {"width": 10**9, "height": -1}
        for sent in ("{", "[]", "1", '["stdin", 5]', '["resize", null]', json.dumps(["resize", wide]), '["focus"]'):
            await tab.socket.send_str(sent)
        await tab.type("?")
        await tab.sees("Now")
        await tab.type_until("q", lambda: has_ended(process))
        async for _ in tab.socket:
            pass
        assert tab.socket.close_code == 1000
        assert await asyncio.to_thread(none_left, [process])
    assert (await asyncio.to_thread(server.end))[::2] == (0, "")


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(each, marks=pytest.mark.long) for each in (signal.SIGINT, signal.SIGHUP))],
)
async def test_a_signal_ends_the_server_and_every_tab(server: Served, number: int) -> None:
    async with Visitor(server) as visitor, visitor.tab() as one, visitor.tab() as other:
        await one.sees("infra-gate")
        await other.sees("infra-gate")
        assert len(server.tabs()) == 2
        started = server.started()
        code, _, err = await asyncio.to_thread(server.end, number)
        assert (code, err) == (0, "")
        assert none_left(started)


def test_with_nohup_it_stays(tmp_path: Path) -> None:
    with served(tmp_path, hangup=signal.SIG_IGN) as server:
        server.process.send_signal(signal.SIGHUP)
        assert ask(server, f"/?token={server.token}")[0] == 200
        assert server.end()[0] == 0


async def test_a_server_that_is_killed_leaves_no_tab(server: Served) -> None:
    async with Visitor(server) as visitor, visitor.tab() as tab:
        await tab.sees("infra-gate")
        started = server.started()
        await asyncio.to_thread(server.end, signal.SIGKILL)
        assert await asyncio.to_thread(none_left, started)


@pytest.mark.slow
async def test_an_app_that_hangs_is_ended_with_its_tab(server: Served) -> None:
    async with Visitor(server) as visitor:
        async with visitor.tab() as tab:
            await tab.sees("infra-gate")
            (process,) = server.tabs()
            process.suspend()
        assert await asyncio.to_thread(none_left, [process])
        async with visitor.tab() as tab:
            await tab.sees("infra-gate")


async def test_answers_have_to_be_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "it's a; widget"
    human_gate(folder)
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    with served(folder, "--allow-answers", "--loop", "infra-loop", "--theme", "light") as server:
        assert server.token == TOKEN
        async with Visitor(server) as visitor, visitor.tab() as tab:
            await tab.sees("infra-gate")
            (process,) = server.tabs()
            assert process.cmdline()[-3:] == [str(folder), "--loop=infra-loop", "--theme=light"]
            assert TOKEN not in str(process.environ())
            await tab.type("3")
            await tab.sees("Your answer")
            # Keys are swallowed right after the panel opened: pressed until they count.
            await tab.type_until("a", lambda: b"esc cancels" in tab.shown)
            await tab.type_until("\r", lambda: gate_of(folder).status is GateStatus.APPROVED)
    assert gate_of(folder).by


def gate_of(folder: Path) -> GateState:
    """The gate as the state file has it."""
    (path,) = folder.glob("*-state.json")
    gate = read_state(path).state.gate("infra-gate")
    assert gate is not None
    return gate


def test_beyond_this_machine_there_is_a_warning(tmp_path: Path) -> None:
    with served(tmp_path, "--host", "0.0.0.0") as server:
        token = f"/?token={server.token}"
        assert socket.gethostname() in server.address
        assert ask(server, token)[0] == 200
        assert ask(server, token, Host=f"evil.example:{server.port}")[0] == 403
        code, _, err = server.end()
    assert code == 0
    assert len(err.splitlines()) == 1
    assert "no TLS" in err


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Problem, match=re.escape("pip install 'loop-tui[serve]'")) as caught:
        run(["serve", str(tmp_path)])
    assert ".venv/bin/pip install -e '.[serve]'" in caught.value.todo
