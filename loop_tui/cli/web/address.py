"""Where to listen: a host and a port as a person writes them, and how a browser says the same."""

import errno
import ipaddress
import re
import socket

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORT = 8123
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HIGHEST_PORT = 65535
_SHOWN = 100
_WITH_PORT = regex(r"(?:[^:/]*|\[.*\]):[0-9]*", re.DOTALL)
_BROADCAST = ipaddress.IPv4Address("255.255.255.255")


def listen(host: str, port: str | None) -> socket.socket:
    """A socket that listens there; without a port on `PORT`, or a free one when that is taken.

    The host is a name or an address in any form that the system knows (`127.1`, `[::1]`, `localhost.`). Raises Problem
    for what is none, and when the port that was asked for is taken.
    """
    number = None if port is None else port_number(port)
    wanted = _host(host)
    for tried in [PORT, 0] if number is None else [number]:
        if found := _listen(wanted, tried, host):
            return found
    raise Problem(
        "the port is in use",
        f"{_shown(host)}:{tried}",
        "choose another with --port; 0 picks a free one",
        code=Code.USAGE,
    )


def port_number(text: str) -> int:
    """A port as it was written. Raises Problem for anything but a number from 0 to 65535."""
    # `int` would take signs, spaces, underscores and the digits of every script.
    if not re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) or int(text) > _HIGHEST_PORT:
        raise Problem("no such port", f"--port {_shown(text)}", f"a number from 0 to {_HIGHEST_PORT}", code=Code.USAGE)
    return int(text)


def _host(text: str) -> str:
    """The host without brackets and final dot, in ASCII. Raises Problem for what cannot be one."""
    where = f"--host {_shown(text)}"
    if not text.strip():
        raise Problem(
            "is not an address to listen on",
            "--host",
            "use 127.0.0.1 for this machine only, or 0.0.0.0 for all its addresses",
            code=Code.USAGE,
        )
    if _WITH_PORT.fullmatch(text):
        raise Problem("the address must not have a port", where, "give the port with --port", code=Code.USAGE)
    host = text[1:-1] if text.startswith("[") and text.endswith("]") else text.removesuffix(".")
    if mapped := _mapped(host):
        return str(mapped)
    if host == "*":  # Some systems take it for this machine alone, others for all of it.
        raise Problem("no such address", where, "0.0.0.0 stands for all addresses of this machine", code=Code.USAGE)
    try:
        return host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        # Of labels that are empty or longer than 63 characters, and of what is no text.
        raise Problem("no such address: this cannot be the name of a host", where, code=Code.USAGE) from error


def _mapped(host: str) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for (`::ffff:127.0.0.1`)."""
    try:
        return ipaddress.IPv6Address(host).ipv4_mapped
    except ValueError:
        return None


def _listen(host: str, port: int, said: str) -> socket.socket | None:
    """A socket on the first of the host's addresses that can be listened on, or None when the port is in use."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "it is not known"
        raise Problem(f"no such address: {reason}", f"--host {_shown(said)}", code=Code.USAGE) from error
    problem: OSError | None = None
    for family, kind, proto, _, address in found:
        if _is_for_many(str(address[0])):
            problem = OSError(errno.EADDRNOTAVAIL, "it is not the address of one machine")
            continue
        try:
            made = socket.socket(family, kind, proto)
        except OSError as error:
            problem = error
            continue
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind(address)
            made.listen()
        except OSError as error:
            made.close()
            problem = error
            if error.errno == errno.EADDRINUSE:
                return None
        else:
            return made
    raise Problem(
        f"cannot listen there: {problem.strerror if problem else 'it has no address'}",
        f"{_shown(said)}:{port}",
        code=Code.USAGE,
    )


def _is_for_many(number: str) -> bool:
    address = _parsed(number)
    return address is not None and (address.is_multicast or address == _BROADCAST)


def address_of(listening: socket.socket) -> Address:
    """The address that a socket listens on."""
    address = _parsed(str(listening.getsockname()[0]))
    assert address is not None
    return address


def _parsed(number: str) -> Address | None:
    try:
        return ipaddress.ip_address(number)
    except ValueError:
        return None


def bracketed(address: Address) -> str:
    """An address as browsers say it: IPv6 in brackets and without a zone, which means nothing to others."""
    number = str(address).partition("%")[0]
    return f"[{number}]" if address.version == 6 else number


def in_link(address: Address) -> str:
    """The host of a link to it: the machine's name where every address is listened on."""
    if address.is_unspecified:
        return socket.gethostname()
    zone = str(address).partition("%")[2]
    return bracketed(address) if not zone else f"{bracketed(address)[:-1]}%25{zone}]"


def said_by_browsers(host: str) -> str:
    """A host as it stands in the `Host` of a request: lower case, ASCII, addresses in their shortest form.

    Empty for what can be none.
    """
    bare = host.strip("[]")
    if address := _parsed(bare):
        return bracketed(address)
    try:
        return bare.removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def _shown(text: str) -> str:
    return one_line(text, _SHOWN)
