"""Does a repository publish its package, and who does it: what `loop-tui targets --detect` proposes for that."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line
from loop_tui.packs.ship.packaging.making import unpackable
from loop_tui.packs.ship.targets.project_file import TargetEntry
from loop_tui.services.toolchains import npm

KIND = "npm-registry"
PUBLISHES = regex(
    r"\b(?:npm|pnpm)\s(?:[^\n#]*\s)?publish\b|\byarn\s+(?:npm\s+)?publish\b|\bchangeset\s+publish\b|npm-publish@"
    r"|\bsemantic-release\b"
)
"""What the text of a workflow file that publishes a package has in it."""

_COMMENTED = f"""\
# Nothing shows that this package is published. If it is, uncomment this to publish it from here.
# [[targets]]
# id = "{KIND}"
# publish = "here"
"""


class RegistryProposal(Struct, frozen=True):
    """What was seen of publishing, the entry that follows, and lines that only a person can decide about."""

    seen: tuple[str, ...] = ()
    entries: tuple[TargetEntry, ...] = ()
    commented: str = ""


def propose(
    project: Path, publishing: Sequence[str], pushed: Sequence[str], configured: Sequence[TargetDefinition]
) -> RegistryProposal:
    """The proposal for a project.

    `publishing` are the names of workflow files that publish, `pushed` those that a push to the branch starts.
    """
    try:
        package = npm.read_package(project)
    except Problem:
        return RegistryProposal()
    if package is None or unpackable(package) or any(target.kind == KIND for target in configured):
        return RegistryProposal()
    if publishing:
        name = publishing[0]
        settings: dict[str, JsonValue] = {"publish": "workflow"}
        if name in pushed:
            settings["workflow"] = name
        return RegistryProposal((f"{one_line(name)} publishes the package",), (_entry(settings),))
    if isinstance(package.document.get("publishConfig"), dict):
        return RegistryProposal(("package.json has publishConfig",), (_entry({"publish": "here"}),))
    return RegistryProposal(commented=_COMMENTED)


def _entry(settings: dict[str, JsonValue]) -> TargetEntry:
    return TargetEntry(id=KIND, kind=KIND, settings=settings)
