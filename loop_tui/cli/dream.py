"""`loop-tui dream`: the Dream States of a project, its organization and its modules (SPEC section 7)."""

from collections.abc import Iterator
from typing import Annotated

import typer

from loop_tui.control.dream import (
    MOST_FOLDERS,
    Hierarchy,
    proposed_for_organization,
    proposed_promotions,
    read_hierarchy,
)
from loop_tui.control.dream_checks import with_checks
from loop_tui.model.dream.rollup import Rolled, seen_alone
from loop_tui.model.dream.tree import Tier, key_of
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of, shown

from . import dream_text
from .arguments import Folder, Json
from .command_group import add_group, is_alone
from .dream_check import check
from .dream_edits import correct, init, tick
from .place import project_folder
from .show import aside, complain, say, say_json

TierName = Annotated[str, typer.Argument(metavar="NAME", help="A system or module (name or folder): only that.")]
All = Annotated[bool, typer.Option("--all", "-a", help="Also functions, all reasons, and what is not understood.")]


def register(app: typer.Typer) -> None:
    """Add the commands; `dream` alone is `dream status`."""
    words = "Dream States: what organization, system and modules are for, what is done, and why not."
    add_group(
        app, "dream", words, _alone, {"status": status, "check": check, "init": init, "tick": tick, "correct": correct}
    )


def _alone(ctx: typer.Context, project: Folder = None, everything: All = False, as_json: Json = False) -> None:
    if is_alone(ctx, project, everything, as_json):
        status("", project, everything, as_json)


def status(name: TierName = "", project: Folder = None, everything: All = False, as_json: Json = False) -> None:
    """Show how far organization, system and modules are, why they are not done, and where documents contradict.

    Exit code 2 when a document cannot be read; the others are shown.
    """
    checked = with_checks(read_hierarchy(project_folder(project)))
    found, verdicts, problems = checked.found, checked.verdicts, checked.problems
    root = _part(found, name)
    for_system, unread = proposed_promotions(found)
    for_organization, more = proposed_for_organization(found)
    problems = (*problems, *unread, *more)
    if as_json:
        told = {
            "promotions": dream_text.promotions_json(for_system, "modules"),
            "organization_promotions": dream_text.promotions_json(for_organization, "systems"),
        }
        say_json({**dream_text.json_of(found, root, verdicts), **told})
    elif root is None:
        say("no Dream State here; `loop-tui dream init` creates one")
    else:
        say("\n".join(dream_text.text_of(found, root, verdicts, everything=everything)))
        for tier, proposed in ((Tier.SYSTEM, for_system), (Tier.ORGANIZATION, for_organization)) if not name else ():
            for line in dream_text.promotions_text(found, tier, proposed):
                say(line)
    if found.places.is_cut and not as_json:
        aside(f"only {count_of(MOST_FOLDERS, 'folder')} were searched for documents of modules")
    for problem in problems:
        complain(problem)
    if problems:
        raise typer.Exit(2)


def _part(found: Hierarchy, name: str) -> Rolled | None:
    """The whole tree, or the part that is named. Raises Problem where there is none of that name."""
    if not name or found.root is None:
        return found.root
    known = [each for each in _tiers(found.root) if each.node.tier is not Tier.FUNCTION]
    key = key_of(name.removeprefix("./").strip("/"))
    part = next((each for each in known if key in (key_of(each.node.name), key_of(each.node.folder.strip("/")))), None)
    if part is None:
        todo = f"one of: {', '.join(each.node.name for each in known)}"
        raise Problem(f"there is no system or module {shown(name)}", todo=todo, code=Code.NAME_UNKNOWN)
    return seen_alone(part)


def _tiers(rolled: Rolled) -> Iterator[Rolled]:
    yield rolled
    for child in rolled.children:
        yield from _tiers(child)
