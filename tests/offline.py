"""Run a command where there is no network but the machine's own loopback: `unshare -rn python tests/offline.py CMD...`.

Refuses to run it anywhere else, so that whatever passes in there reached nobody.
"""

import errno
import fcntl
import os
import socket
import struct
import sys

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1
_DOCUMENTATION = ("192.0.2.1", 443)
"""An address that belongs to nobody (RFC 5737)."""


def bring_loopback_up() -> None:
    """A new network namespace has a loopback that is down. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = fcntl.ioctl(any_socket, _GET_FLAGS, struct.pack("16sH14x", b"lo", 0))
        now = struct.unpack("16sH14x", flags)[1]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", now | _UP))


def way_out() -> str:
    """How a network can be reached from here; empty when none can."""
    others = [name for _, name in socket.if_nameindex() if name not in ("lo", "sit0", "tunl0", "ip6tnl0", "gre0")]
    if others:
        return f"there are {', '.join(others)}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outwards:
        found = outwards.connect_ex(_DOCUMENTATION)
    return "" if found == errno.ENETUNREACH else f"there is a route to {_DOCUMENTATION[0]}"


def main() -> None:
    """Become the command, or say why not."""
    if not sys.argv[1:]:
        sys.exit("tests/offline.py: which command?")
    if why := way_out():
        sys.exit(f"tests/offline.py: this is no empty network namespace: {why}")
    bring_loopback_up()
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
