"""Whether a target has all that it needs here, in the one wording that every command and the run itself use."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.text import one_line
from loop_tui.packs.ship import TARGETS
from loop_tui.runners.pack_api import Missing, TargetSpec, load


def lacking(project: Path, target: TargetDefinition, kinds: Mapping[str, TargetSpec] = TARGETS) -> str:
    """What a target lacks in its settings or in the project, in a line; empty for one that is configured.

    Raises Problem for a project that cannot be read.
    """
    if target.kind not in kinds:
        return f"this version has no targets of the kind {one_line(target.kind)}"
    kind = kinds[target.kind]
    if kind.needed and not any(target.settings.get(name) for name in kind.needed):
        return f"set {' or '.join(kind.needed)} in .loops/targets.toml"
    return one_line(cast(Missing, load(kind.missing))(project, target)) if kind.missing else ""
