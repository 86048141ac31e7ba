"""What a project's folder has to be before a loop can start there, looked at without running a program."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from loop_tui.model.definition import Need
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .git_exclude import repository_of


def unmet(
    loop: str, needs: Sequence[Need], project: Path, environment: Mapping[str, str] = os.environ
) -> Problem | None:
    """Why a loop with these needs cannot start in that folder, with the way out; None when it can."""
    # Who names the repository in the environment has it elsewhere: git itself says then whether it is one.
    if "git" in needs and not environment.get("GIT_DIR") and repository_of(project.resolve()) is None:
        what = f"{loop} needs a git repository, and this is not one"
        return Problem(what, str(project), "run `git init`, then make a first commit", code=Code.NO_REPOSITORY)
    return None
