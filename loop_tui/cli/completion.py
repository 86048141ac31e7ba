"""What the shell offers after TAB: the names of this very run, loops, themes, settings.

Whatever is wrong offers nothing: the line that is being typed is no place for an error.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from loop_tui.control import names
from loop_tui.model.problem import Problem
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

if TYPE_CHECKING:
    from loop_tui.model.state import RunState

Offers = Callable[[typer.Context, str], list[tuple[str, str]]]
_HELP = 60
LEVELS = ("info", "warn", "error")
"""How much a line that somebody adds to the log matters."""
_PLAIN = regex(r"[\w@%+=:,./-]+")


def _offered(look: Callable[[typer.Context], Iterable[tuple[str, str]]]) -> Offers:
    """What a look finds that begins as the typed word does, each with its help; nothing when the look fails."""

    def offer(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        try:
            found = list(look(ctx))
        except (Problem, OSError):
            return []
        # A state file may hold any name: one that means something to a shell is not put on its line.
        plain = [(name, text) for name, text in found if _PLAIN.fullmatch(name)]
        return [(name, one_line(text, _HELP)) for name, text in plain if name.startswith(incomplete)]

    return offer


def _project(ctx: typer.Context) -> Path:
    return Path(ctx.params.get("project") or ctx.params.get("folder") or "").absolute()


def _state(ctx: typer.Context) -> "RunState | None":
    from .place import place

    loaded = place(_project(ctx), ctx.params.get("loop") or None).store.load()
    return loaded.state if loaded is not None else None


def _loops(ctx: typer.Context) -> Iterable[tuple[str, str]]:
    from loop_tui.storage.definitions.catalog import catalog

    return [(found.definition.id, found.definition.description) for found in catalog(_project(ctx))[0]]


def _themes(ctx: typer.Context) -> Iterable[tuple[str, str]]:
    from loop_tui.control.themes import theme_names

    return [(name, "") for name in theme_names()]


def _settings(ctx: typer.Context) -> Iterable[tuple[str, str]]:
    from loop_tui.storage.user.settings import DOC, NAMES
    from loop_tui.tui.actions import ACTIONS

    return [(name, DOC[name]) for name in NAMES] + [(f"keys.{each.id}", each.text) for each in ACTIONS if each.keys]


def _runs(ctx: typer.Context) -> Iterable[tuple[str, str]]:
    from loop_tui.fs.paths import claude_home
    from loop_tui.storage.archive.query import read_runs

    return [(run.run, f"{run.loop} {run.completed_at[:16]}") for run in read_runs(claude_home())[0] if run.run]


loops = _offered(_loops)
gates = _offered(lambda ctx: names.gates(_state(ctx)))
skills = _offered(lambda ctx: names.skills(_state(ctx)))
open_skills = _offered(lambda ctx: names.open_skills(_state(ctx)))
phases = _offered(lambda ctx: names.phases(_state(ctx)))
questions = _offered(lambda ctx: names.questions(_state(ctx)))
gates_and_questions = _offered(lambda ctx: [*names.gates(_state(ctx)), *names.questions(_state(ctx))])
claimed_skills = _offered(lambda ctx: names.claimed_skills(_state(ctx)))
deliverables = _offered(lambda ctx: names.deliverables(_state(ctx)))
levels = _offered(lambda ctx: [(level, "") for level in LEVELS])
themes = _offered(_themes)
settings = _offered(_settings)
runs = _offered(_runs)
