"""Where a package is published to, as npm resolves it: registry by scope, dist-tag, access.

npm is asked for its settings in the project, so that every `.npmrc` and variable counts as it does for npm; the few
rules by which it chooses among them (npm-registry-fetch `pickRegistry`, `publishConfig` of npm publish) stand here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean
from loop_tui.process import shell
from loop_tui.process.capture import why_it_ended

from .answers import first_object

NPMJS = "https://registry.npmjs.org/"
LATEST = "latest"
_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class RegistryPlace:
    """A registry and how a package goes there. `tag` and `access` are empty where the project says nothing of them.

    `scope` is that of the package, with its @; `global_settings` the file with npm's global settings.
    """

    registry: str
    scope: str = ""
    tag: str = ""
    access: str = ""
    global_settings: Path | None = None

    @property
    def arguments(self) -> list[str]:
        """The options that make npm use this registry for this package, whatever else is set."""
        return [f"--registry={self.registry}", *([f"--{self.scope}:registry={self.registry}"] if self.scope else [])]


def scope_of_name(name: str) -> str:
    """The scope of a package's name with its @, empty without one."""
    return name.partition("/")[0] if name.startswith("@") and "/" in name else ""


async def place_of(project: Path, document: Mapping[str, JsonValue], registry: str = "") -> RegistryPlace:
    """Where the package of that package.json goes; a `registry` that is given goes before all that is set.

    Raises Problem when npm does not say.
    """
    set_ = await npm_settings(project)
    publishing = document.get("publishConfig")
    own = publishing if isinstance(publishing, dict) else {}
    both = {**set_, **own}
    scope = scope_of_name(_text(document.get("name")))
    found = registry or (_text(both.get(f"{scope}:registry")) if scope else "") or _text(both.get("registry")) or NPMJS
    tag = _text(own.get("tag")) or _text(set_.get("tag"))
    settings_file = _text(set_.get("globalconfig"))
    return RegistryPlace(
        registry=found.rstrip("/") + "/",
        scope=scope,
        # What everybody gets is npm's own default: it says nothing of what the project wants.
        tag="" if tag == LATEST else tag,
        access=_text(own.get("access")) or _text(set_.get("access")),
        global_settings=Path(settings_file) if settings_file else None,
    )


async def npm_settings(project: Path) -> Mapping[str, JsonValue]:
    """What npm goes by in that folder; never a password or token, which npm keeps to itself. Raises Problem.

    It is asked once, and again when a file of settings or a variable of npm's was changed.
    """
    known = _known.get(project)
    if known is not None and known.stamp == _stamp(project, known.settings):
        return known.settings
    found = await _asked(project)
    _known[project] = _KnownSettings(found, _stamp(project, found))
    return found


async def _asked(project: Path) -> Mapping[str, JsonValue]:
    done = await shell.capture(["npm", "config", "ls", "--json"], cwd=project, timeout_s=_TIMEOUT_S)
    found = first_object(done.stdout)
    if done.exit_code != 0 or not found:
        what = f"npm does not tell its settings: {why_it_ended(done)}"
        raise Problem(what, str(project), "npm config ls   # see it work", code=Code.PROGRAM_FAILED)
    return found


@dataclass(frozen=True)
class _KnownSettings:
    settings: Mapping[str, JsonValue]
    stamp: object


_known: dict[Path, _KnownSettings] = {}
_FILE = ".npmrc"


def _stamp(project: Path, settings: Mapping[str, JsonValue]) -> object:
    """What tells whether npm's settings were changed: its files, by time and size, and its variables."""
    files = [folder / _FILE for folder in (project, *project.parents)]
    files += [Path(_text(settings.get(key))) for key in ("userconfig", "globalconfig")]
    variables = sorted((k, v) for k, v in os.environ.items() if k.lower().startswith("npm_config_"))
    return [*map(_seen, files)], variables


def _seen(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


def _text(value: object) -> str:
    return clean(value).strip() if isinstance(value, str) else ""
