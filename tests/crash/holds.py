"""Stopping a program of a driver at an instant, without a clock: git's own hooks wait until they are let go."""

from pathlib import Path

# That of reference transactions is called once for each of their states, which is its argument.
_HOOK = """\
#!/bin/sh
name={name}
[ '{name}' = '{prefix}reference-transaction' ] && name="{name}-$1"
[ -e "{orders}/hold-$name" ] || exit 0
: > "{orders}/arrived-$name"
while [ -e "{orders}/hold-$name" ]; do sleep 0.01; done
exit 0
"""


def put_holds(folder: Path, orders: Path, names: tuple[str, ...], prefix: str = "") -> None:
    """Put hooks of these names into a `hooks` folder. Without an order, for `prefix` and name, they do nothing."""
    folder.mkdir(exist_ok=True)
    for name in names:
        path = folder / name
        path.write_text(_HOOK.format(orders=orders, name=prefix + name, prefix=prefix))
        path.chmod(0o755)


def hold(orders: Path, name: str) -> None:
    """From now on whoever comes to this hook waits there."""
    (orders / f"hold-{name}").touch()


def arrived(orders: Path, name: str) -> bool:
    """True when somebody waits there."""
    return (orders / f"arrived-{name}").exists()


def let_go(orders: Path, name: str) -> None:
    """Let them go on, and hold nobody any more."""
    (orders / f"hold-{name}").unlink(missing_ok=True)
    (orders / f"arrived-{name}").unlink(missing_ok=True)
