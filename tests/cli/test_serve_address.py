"""`loop-tui serve --host --port`: every form of a host works, or is one clear line and exit code 2."""

import http.client
import ipaddress
import os
import socket
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from loop_tui.cli.serve import _door
from loop_tui.cli.web import address
from loop_tui.cli.web.address import address_of, in_link, listen, port_number
from loop_tui.cli.web.tab import TOKEN_VARIABLE
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from tests.in_process import told
from tests.served import served

TOKEN = "a-token-of-ones-own-0123"
WORKS = {
    "127.0.0.1": "127.0.0.1",
    "127.1": "127.0.0.1",
    "127.0.0.2": "127.0.0.2",
    "0x7f.1": "127.0.0.1",
    "0177.1": "127.0.0.1",
    "2130706433": "127.0.0.1",
    "\uff11\uff12\uff17.0.0.1": "127.0.0.1",
    "127.0.0.1.": "127.0.0.1",
    "localhost": "127.0.0.1",
    "LocalHost": "127.0.0.1",
    "localhost.": "127.0.0.1",
    "::1": "[::1]",
    "[::1]": "[::1]",
    "0:0:0:0:0:0:0:1": "[::1]",
    "::ffff:127.0.0.1": "127.0.0.1",
    "[::ffff:7f00:1]": "127.0.0.1",
    "0.0.0.0": "",
    "0": "",
    "::": "",
    "[::]": "",
}
"""A host as it is given, and as it stands in the address that is printed; empty for the name of the machine."""
WRONG = {
    "": "is not an address",
    " ": "is not an address",
    "a" * 64 + ".x": "no such address",
    "a" * 70: "no such address",
    ".".join(["a" * 60] * 6): "no such address",
    "..": "no such address",
    "a..b": "no such address",
    ".localhost": "no such address",
    "a b": "no such address",
    " 127.0.0.1": "no such address",
    "no.such.host.invalid": "no such address",
    "b\u00fccher.invalid": "no such address",
    "xn--bcher-kva.invalid": "no such address",
    "xn--\u00fc": "no such address",
    "\u202e.invalid": "no such address",
    "\udcff\udcfe": "no such address",
    "\x1b[31mred\x1b[0m": "no such address",
    "line\nbreak": "no such address",
    "*": "no such address",
    "256.1.1.1": "no such address",
    "1.2.3.4.5": "no such address",
    "0x7g.1": "no such address",
    "4294967296": "no such address",
    ":::": "no such address",
    "::g": "no such address",
    "[::1": "no such address",
    "::1]": "no such address",
    "::1%no-such-zone": "no such address",
    "fe80::1%": "no such address",
    "/run/loop-tui.sock": "no such address",
    "./sock": "no such address",
    "unix:/run/x.sock": "no such address",
    "http://127.0.0.1": "no such address",
    "user@127.0.0.1": "no such address",
    "127.0.0.1/8": "no such address",
    "--help": "no such address",
    "127.0.0.1:80": "give the port with --port",
    "localhost:": "give the port with --port",
    "[::1]:80": "give the port with --port",
    "192.0.2.1": "cannot listen there",
    "010.0.0.1": "cannot listen there",
    "2001:db8::1": "cannot listen there",
    "fe80::1": "cannot listen there",
    "224.0.0.1": "cannot listen there",
    "255.255.255.255": "cannot listen there",
    "ff02::1": "cannot listen there",
}
PORTS = [
    "-1",
    "65536",
    "99999999999",
    "1.5",
    "1e3",
    "0x50",
    "",
    " 80",
    "+80",
    "8_0",
    "\uff18\uff10",
    "http",
    "80\n",
    "\x1b[m",
]


@pytest.mark.parametrize("host", WORKS, ids=ascii)
def test_a_host_that_works(host: str) -> None:
    with listen(host, "0") as listening:
        said = WORKS[host] or socket.gethostname()
        assert in_link(address_of(listening)) == said
        port = listening.getsockname()[1]
        door = _door(host, listening, TOKEN)
        for name, wanted in {said: True, said.upper(): True, "evil.example": False, "": False}.items():
            request = make_mocked_request("GET", f"/?token={TOKEN}", headers={"Host": f"{name}:{port}"})
            assert (door.refusal(request) == "") is wanted, name


@pytest.mark.parametrize("host", WRONG, ids=lambda host: ascii(host)[:40])
def test_a_host_that_does_not(host: str) -> None:
    with pytest.raises(Problem) as raised:
        listen(host, "0")
    assert raised.value.code is Code.USAGE
    (line,) = str(raised.value).splitlines()
    assert line.isprintable()
    assert WRONG[host] in line
    assert len(line) < 300


@pytest.mark.parametrize("port", PORTS, ids=ascii)
def test_a_port_that_is_none(port: str) -> None:
    with pytest.raises(Problem, match=r"no such port.*a number from 0 to 65535") as raised:
        port_number(port)
    assert str(raised.value).isprintable()


def test_a_port_that_is_one() -> None:
    assert [port_number(text) for text in ("0", "80", "65535", "00080")] == [0, 80, 65535, 80]


def test_a_link_local_address_has_its_zone_in_the_link_alone() -> None:
    assert in_link(ipaddress.ip_address("fe80::1%eth0")) == "[fe80::1%25eth0]"
    assert address.bracketed(ipaddress.ip_address("fe80::1%eth0")) == "[fe80::1]"


def test_a_free_port_is_taken_when_none_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with listen("127.0.0.1", "0") as first:
        monkeypatch.setattr(address, "PORT", first.getsockname()[1])
        with listen("127.0.0.1", None) as other:
            assert other.getsockname()[1] not in (0, first.getsockname()[1])
    with listen("127.0.0.1", None) as usual:
        assert usual.getsockname()[1] == address.PORT


@pytest.mark.slow
@pytest.mark.parametrize("host", ["[::1]", "localhost.", "0x7f.1", "::ffff:127.0.0.1"])
def test_the_printed_address_is_one_that_opens(tmp_path: Path, host: str) -> None:
    with served(tmp_path, "--host", host) as server:
        printed = server.address.removeprefix("http://")
        connection = http.client.HTTPConnection(printed.partition("/")[0], timeout=30)
        connection.request("GET", f"/?token={server.token}")
        assert connection.getresponse().status == 200
        connection.close()
        assert server.end()[::2] == (0, "")


def refused(*words: str) -> str:
    """The one line of a command that fails."""
    done = told("serve", *words)
    assert done.returncode == 2, done
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_what_cannot_be_served_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no such folder" in refused(str(tmp_path / "no"))
    assert "cannot be the name of a host" in refused(str(tmp_path), "--host", "a" * 70 + ".x", "--port", "0")
    assert "no such address" in refused(str(tmp_path), "--host", os.fsdecode(b"\xff\x1b[31m"))
    assert "cannot listen there" in refused(str(tmp_path), "--host", "192.0.2.1")
    assert "no such port" in refused(str(tmp_path), "--port", "65536")
    assert "no-such-theme" in refused(str(tmp_path), "--theme", "no-such-theme")
    with listen("127.0.0.1", "0") as taken:
        port = taken.getsockname()[1]
        assert f"the port is in use: 127.0.0.1:{port}" in refused(str(tmp_path), "--port", str(port))
    monkeypatch.setenv(TOKEN_VARIABLE, "short")
    line = refused(str(tmp_path))
    assert TOKEN_VARIABLE in line
    assert "short" not in line
