"""Commands that look at definitions, state files, tools and settings."""

import platform
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from loop_tui import __version__
from loop_tui.engine.decide import decide
from loop_tui.engine.progress import fraction
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import word_of
from loop_tui.model.text import count_of
from loop_tui.storage.definitions import catalog
from loop_tui.storage.state.reader import read_state

from . import completion
from .arguments import Folder, Json
from .place import project_folder
from .show import agreed, complain, problem_json, say, say_json
from .tables import table

Files = Annotated[list[Path], typer.Argument(help="The files.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands and groups."""
    loops = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Loop definitions: list, show, check.")
    loops.command("list")(loops_list)
    loops.command("show")(loops_show)
    loops.command("check")(loops_check)
    app.add_typer(loops, name="loops")
    state = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="State files: check, restore.")
    state.command("check")(state_check)
    state.command("restore")(state_restore)
    app.add_typer(state, name="state")
    app.command("doctor")(doctor)


def loops_list(project: Folder = None, as_json: Json = False) -> None:
    """List the loops that can run here, and where each comes from."""
    from .packs import packs

    found, problems = catalog.catalog(project_folder(project))
    for problem in [*problems, *packs().problems]:
        complain(problem)
    if as_json:
        for entry in found:
            say_json(
                {"id": entry.definition.id, "origin": entry.origin, "path": entry.path, **_counts(entry.definition)}
            )
        return
    rows = []
    for entry in found:
        counts = _counts(entry.definition)
        rows.append((entry.definition.id, *(str(counts[k]) for k in ("phases", "skills", "gates")), entry.origin))
    say(table(("Loop", "Phases", "Skills", "Gates", "From"), rows, least=("Gates", "Skills", "Phases")))


def _counts(definition: LoopDefinition) -> dict[str, JsonValue]:
    skills = sum(len(p.skills) for p in definition.phases)
    return {"phases": len(definition.phases), "skills": skills, "gates": len(definition.gates)}


def loops_show(
    loop: Annotated[str, typer.Argument(help="The loop's id or alias.", autocompletion=completion.loops)],
    project: Folder = None,
    as_json: Json = False,
) -> None:
    """Show a loop: its phases, skills and gates."""
    found = catalog.find(project_folder(project), loop)
    if as_json:
        say_json(found.definition.model_dump(mode="json"))
        return
    definition = found.definition
    lines = [f"{definition.id} {definition.version}  {definition.name}", definition.description, ""]
    for phase in definition.phases:
        lines.append(f"{phase.id}{f'  {phase.title}' if phase.title else ''}")
        for skill in phase.skills:
            left = f" -> {', '.join(skill.deliverables)}" if skill.deliverables else ""
            lines.append(f"  {skill.id} [{skill.runner}]{'' if skill.required else ' optional'}{left}")
        for gate in definition.gates_after(phase.id):
            checks = f": {', '.join(gate.checks)}" if gate.checks else ""
            lines.append(f"  ── {gate.id} [{gate.type}]{'' if gate.required else ' optional'}{_when(gate)}{checks}")
    lines += ["", "targets: " + ", ".join(t.id for t in definition.targets)] if definition.targets else []
    say("\n".join(lines))


def _when(gate: GateDefinition) -> str:
    """The condition of a gate in words, or nothing."""
    return f" when {' or '.join(gate.when)}" if gate.when else ""


def loops_check(files: Files) -> None:
    """Check definition files; exit code 2 with file, place and reason when one is wrong."""
    wrong = 0
    for path in files:
        try:
            definition = catalog.read_definition(path)
        except Problem as problem:
            complain(problem)
            wrong += 1
        else:
            counts = ", ".join(f"{number} {what}" for what, number in _counts(definition).items())
            asked = "".join(f", {gate.id}{_when(gate)}" for gate in definition.gates if gate.when)
            say(f"{path}: {definition.id}, {counts}{asked}")
    raise typer.Exit(2 if wrong else 0)


def state_check(files: Files, as_json: Json = False) -> None:
    """Check state files: dialect, loop, phase and progress; exit code 2 when one is wrong."""
    wrong = 0
    for path in files:
        try:
            state = read_state(path).state
        except Problem as problem:
            complain(problem)
            if as_json:
                say_json({"file": str(path), "error": problem_json(problem)})
            wrong += 1
            continue
        done, total = sum(p.settled_skills for p in state.phases), sum(len(p.skills) for p in state.phases)
        if as_json:
            say_json(
                {
                    "file": str(path),
                    "dialect": state.dialect.value,
                    "loop": state.loop,
                    "phase": state.phase,
                    "status": state.status.value,
                    "skills_done": done,
                    "skills": total,
                    "progress": round(fraction(state), 3),
                }
            )
        else:
            skills = f"{done} of {count_of(total, 'skill')}"
            say(f"{path}: {state.dialect}, {state.loop}, {state.phase} {word_of(state.status)}, {skills}")
    raise typer.Exit(2 if wrong else 0)


def state_restore(
    loop: Annotated[
        str | None,
        typer.Argument(help="The loop (default: the one with a run in this folder).", autocompletion=completion.loops),
    ] = None,
    project: Folder = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Replace a damaged state file with its last good copy; the damaged file is kept."""
    from .place import place
    from .screen import interactive

    where = place(project, loop)
    if not yes and (not interactive() or not agreed(f"Replace {where.store.path} with its last good copy?")):
        raise Problem(
            "nothing was restored", str(where.store.path), "use --yes to restore without asking", code=Code.DECLINED
        )
    loaded = where.client().restore()
    say(f"restored {where.store.path}: {loaded.state.loop}, {loaded.state.phase} {word_of(loaded.state.status)}")


def doctor(
    project: Folder = None,
    as_json: Json = False,
    ship: Annotated[
        bool, typer.Option("--ship", help="Check for everything that would stop a ship, without starting one.")
    ] = False,
    loop: Annotated[
        str, typer.Option("--loop", "-l", help="With --ship: the loop.", autocompletion=completion.loops)
    ] = "",
) -> None:
    """Check which programs are installed and how to get missing ones. Exit code 1 when a required one is missing."""
    import asyncio

    if ship:
        from .pack_commands import run_pack_command

        raise typer.Exit(run_pack_command("doctor --ship", project, loop, {"json": as_json}))

    from loop_tui.process.environment import absolute_path
    from loop_tui.process.shell import capture, how_to_get, which, why_it_ended

    from .packs import packs

    # A program that lies in the project is none of the person's: it is not asked for its version.
    path = {"PATH": absolute_path()}

    async def version_of(name: str) -> tuple[str, str]:
        """The version of a program, or why it does not start and what to do about it."""
        try:
            found = await capture([name, "--version"], cwd=Path("/"), env=path, timeout_s=10)
        except Problem as problem:
            return "", f"does not start: {problem.what}"
        if found.exit_code == 0:
            return (found.stdout or found.stderr).strip().partition("\n")[0], ""
        return "", f"does not start: {why_it_ended(found)}"

    # Other loops and projects of other languages never start them.
    is_package = (project_folder(project) / "package.json").is_file()
    needed = {"git": True, "node": is_package, "npm": is_package, "gh": False}
    rows: list[tuple[str, str, str]] = [
        ("loop-tui", __version__, ""),
        ("python", platform.python_version(), ""),
    ]
    missing = False
    for name, required in needed.items():
        if which(name, path) is None:
            missing = missing or required
            rows.append((name, "missing" if required else "missing (optional)", how_to_get(name)))
        else:
            version, trouble = asyncio.run(version_of(name))
            missing = missing or (required and bool(trouble))
            rows.append((name, version or trouble, f"{name} --version   # see it work" if trouble else ""))
    if as_json:
        say_json({name: {"found": version, "how_to_get": todo} for name, version, todo in rows})
    else:
        say(table(("Tool", "Version", "How to get it"), rows))
        for problem in packs().problems:
            say(f"pack: {problem}")
        _doctor_on(project_folder(project))
    raise typer.Exit(1 if missing else 0)


def _doctor_on(project: Path) -> None:
    """The runs found in a folder, and what each waits for."""
    from loop_tui.fs.paths import find_state_files

    for path in find_state_files(project):
        try:
            state = read_state(path).state
            definition = catalog.find(project, state.loop).definition
        except Problem as problem:
            say(f"{path.name}: {problem}")
        else:
            step = decide(state, definition).kind
            say(f"{path.name}: {state.dialect}, {state.phase} {word_of(state.status)}, next: {step}")
