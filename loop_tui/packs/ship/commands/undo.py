"""`loop-tui undo`: taking back what a run committed and wrote, while nobody else can have it."""

import shlex
from collections.abc import Mapping

from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.undo.undo import Undone, refuse_without_run, undo
from loop_tui.runners.pack_api import CommandHost


def ready(host: CommandHost) -> None:
    """Raises Problem when there is no run whose work could be taken back."""
    ports = host.ports()
    refuse_without_run(ports.store, host.definition(), ports.place, ports.archive)


async def run(host: CommandHost, options: Mapping[str, object]) -> int:
    """Take back this run's own commit and version, or say what would be. Raises Problem for what cannot be."""
    ports, looking = host.ports(), options["dry-run"] is True
    done = await undo(ports.store, host.definition(), ports.place, host.by, looking=looking)
    if options["json"]:
        host.say_json(
            {
                "undone": done.anything and not looking,
                "commits": list(done.commits),
                "head": done.head,
                "branch": done.branch,
                "version": done.version,
                "files": list(done.files),
                "kept": list(done.kept),
                "changed": list(done.changed),
            }
        )
    else:
        host.say("\n".join(_would(done) if looking else _words(done)))
    return 0


def _would(done: Undone) -> list[str]:
    """What an undo would do, in the order in which it does it."""
    if not done.anything:
        return _words(done)
    lines = [
        f"undoes {sha[:7]}: {done.branch} moves back to {done.head[:7]}; its changes stay in the working tree"
        for sha in done.commits
    ]
    was = f"to version {done.version}" if done.version else "as it was before the run"
    lines += [f"{name} is restored {was}" for name in done.files]
    if done.kept:
        lines.append(f"not restored, because the version script changed it: {few(done.kept)}")
    lines += _changed(done)
    if not done.commits and not done.files:
        lines.append("nothing was sent; the run forgets the attempt")
    return [*lines, "the run returns to its first phase"]


def _changed(done: Undone) -> list[str]:
    return [f"{one_line(name)} was changed since, so it keeps the row of this run" for name in done.changed]


def _words(done: Undone) -> list[str]:
    if not done.anything:
        return ["nothing to undo: this run has not written a version or committed"]
    lines = [
        f"undid {sha[:7]}: {done.branch} is at {done.head[:7]} again; its changes are in the working tree"
        for sha in done.commits
    ]
    says = f"says {done.version} again" if done.version else "is as it was before the run"
    lines += [f"{name} {says}" for name in done.files]
    if done.kept:
        names = " ".join(shlex.quote(one_line(name)) for name in done.kept)
        lines.append(f"the version script changed {few(done.kept)}: `git checkout -- {names}` restores it")
    lines += _changed(done)
    if not done.commits and not done.files:
        lines.append("nothing was sent; the run forgets the attempt")
    return [*lines, "the run is back at its first phase; `loop-tui go` continues from there"]
