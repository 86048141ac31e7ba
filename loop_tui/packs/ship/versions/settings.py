"""`[release]` of a project's settings: where the version stands, and which scripts run around its write."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from loop_tui.model.definition import LoopDefinition
from loop_tui.packs.ship.choices import PUSHES

FILES = "version_files"
SCRIPTS = "version_scripts"
HARMLESS = "harmless"
CHANGELOG = "changelog"
"""Whether CHANGELOG.md is raised with the version: unless it says false."""
BEFORE, AFTER, NEVER = "preversion", "version", "postversion"
"""The scripts that `npm version` runs before and after it writes, and after its commit."""


class LoopProject(Protocol):
    """What is needed to know: a `Context` has it."""

    @property
    def project(self) -> Path:
        """The project folder."""

    @property
    def definition(self) -> LoopDefinition:
        """The loop, with the project's settings."""


def release_settings(definition: LoopDefinition) -> Mapping[str, JsonValue]:
    """The settings of the skill that pushes; none where the loop has no such skill."""
    skills = (skill for phase in definition.phases for skill in phase.skills if skill.id == PUSHES)
    return next((skill.settings for skill in skills), {})
