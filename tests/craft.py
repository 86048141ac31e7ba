"""A repository with a loop of one skill that a person does: the least that starts, waits and completes."""

import subprocess
from pathlib import Path

LOOP = "craft-loop"
_LOOP = f"""\
id = "{LOOP}"
name = "Craft"
version = "1.0.0"
description = "Makes something."

[[phases]]
id = "MAKE"

[[phases.skills]]
id = "make"
runner = "manual"
"""


def make_craft(folder: Path) -> Path:
    """Make the repository in that folder, which may exist; gives the folder."""
    (folder / ".loops").mkdir(parents=True, exist_ok=True)
    (folder / f".loops/{LOOP}.toml").write_text(_LOOP)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder
