"""Where a package is published to, as npm resolves it: registry by scope, dist-tag, access.

npm is asked for its settings in the project, so that every `.npmrc` and variable counts as it does for npm; the few
rules by which it chooses among them (npm-registry-fetch `pickRegistry`, `publishConfig` of npm publish) stand here.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean, one_line
from loop_tui.process import shell
from loop_tui.process.capture import Captured, why_it_ended

from .answers import first_object

NPMJS = "https://registry.npmjs.org/"
"""The public registry of npm."""
LATEST = "latest"
_TIMEOUT_S = 60.0


class RegistryPlace(Struct, frozen=True):
    """A registry and how a package goes there. `tag` and `access` are empty where the project says nothing of them.

    `registry` is empty for the one that npm takes by itself for what has no scope. `scope` is that of the package, with
    its @; `global_settings` the file with npm's global settings. `usual` is the registry that the project's settings
    lead to, where another one was given; empty where none was.
    """

    registry: str
    scope: str = ""
    tag: str = ""
    access: str = ""
    global_settings: Path | None = None
    usual: str = ""
    provenance: bool = False
    """Whether the package or npm's settings ask for a signed statement of where it was built."""
    npm: str = ""
    """The version of npm that told all this; empty where it was not asked."""

    @property
    def is_usual(self) -> bool:
        """True where a package manager comes to this registry by its own settings."""
        return self.usual in ("", self.registry)

    @property
    def arguments(self) -> list[str]:
        """The options that make npm use this registry for this package, whatever else is set; none for npm's own."""
        if not self.registry:
            return []
        return [f"--registry={self.registry}", *([f"--{self.scope}:registry={self.registry}"] if self.scope else [])]


def scope_of_name(name: str) -> str:
    """The scope of a package's name with its @, empty without one."""
    return name.partition("/")[0] if name.startswith("@") and "/" in name else ""


async def place_of(project: Path, document: Mapping[str, JsonValue], registry: str = "") -> RegistryPlace:
    """Where the package of that package.json goes; a `registry` that is given goes before all that is set.

    Raises Problem when npm does not say, and where its settings keep it from reaching any registry.
    """
    set_ = await npm_settings(project)
    _refuse_idle(set_)
    publishing = document.get("publishConfig")
    own = publishing if isinstance(publishing, dict) else {}
    scope = scope_of_name(_text(document.get("name")))
    given = _address(registry) if registry else ""
    try:
        usual = await _usual(project, set_, own, scope)
    except Problem as problem:
        if not given:
            raise
        usual = problem.what  # Not the one that was given, for all that is known.
    tag = _text(own.get("tag")) or _text(set_.get("tag"))
    settings_file = _text(set_.get("globalconfig"))
    return RegistryPlace(
        registry=given or usual,
        scope=scope,
        # What everybody gets is npm's own default: it says nothing of what the project wants.
        tag="" if tag == LATEST else tag,
        access=_text(own.get("access")) or _text(set_.get("access")),
        global_settings=Path(settings_file) if settings_file else None,
        usual=usual if given else "",
        provenance=own.get("provenance", set_.get("provenance")) is True,
        npm=_text(set_.get("npm-version")),
    )


def likely_place(document: Mapping[str, JsonValue], registry: str = "") -> RegistryPlace | None:
    """Where the package goes as far as that can be told without npm's settings; None where it takes them.

    Whatever is asked there early counts only where `place_of` finds the same place.
    """
    scope = scope_of_name(_text(document.get("name")))
    if registry:
        return RegistryPlace(registry.rstrip("/") + "/", scope) if _ADDRESS.fullmatch(registry) else None
    return None if scope or document.get("publishConfig") else RegistryPlace("")


def _refuse_idle(set_: Mapping[str, JsonValue]) -> None:
    """Raise Problem for settings with which npm reaches no registry, or does nothing there, and reports success."""
    for key, words in (("offline", "it reaches no registry"), ("dry-run", "it publishes nothing")):
        if set_.get(key) is True:
            what = f"npm is set to {key} (.npmrc, or the variable npm_config_{key.replace('-', '_')}): {words}"
            raise Problem(what, todo=f"npm config get {key}   # remove this setting", code=Code.PROGRAM_FAILED)


async def _usual(project: Path, set_: Mapping[str, JsonValue], own: Mapping[str, JsonValue], scope: str) -> str:
    """The registry that npm chooses by its settings and `publishConfig`. Raises Problem where it keeps that to itself.

    npm leaves an address with a password or a token in it out of what it tells: that is not the same as none.
    """
    of_scope = f"{scope}:registry"
    if scope and (found := _text(own.get(of_scope)) or _text(set_.get(of_scope))):
        return _address(found)
    if scope and await _is_kept(project, of_scope):
        raise _kept(of_scope)
    if found := _text(own.get("registry")) or _text(set_.get("registry")):
        return _address(found)
    # There is always one, if only npm's own default.
    raise _kept("registry")


async def _is_kept(project: Path, key: str) -> bool:
    """True where npm has a value for that key and does not tell it."""
    stamp = _known[project].stamp if project in _known else None
    if (project, key) not in _told or _told[project, key][0] != stamp:
        done = await _config(project, "get", key)
        _told[project, key] = (stamp, done.exit_code != 0)
    return _told[project, key][1]


def _kept(key: str) -> Problem:
    what = f"npm hides its setting {key}, because the address holds a password, a token or something like it"
    todo = "set `registry` of the target in .loops/targets.toml to the address; a password belongs in its own setting"
    return Problem(what, todo=f"{todo}: npm login --registry ADDRESS", code=Code.PROGRAM_FAILED)


def _address(text: str) -> str:
    """An address of a registry as npm uses it. Raises Problem for what is none, or holds a password."""
    if _ADDRESS.fullmatch(text) is None:
        what = f"{mask(one_line(text, 200))} is not a registry address: use http(s):// without password and query"
        raise Problem(what, todo="npm config get registry   # `registry` of the target overrides it", code=Code.USAGE)
    return text.rstrip("/") + "/"


async def npm_settings(project: Path) -> Mapping[str, JsonValue]:
    """What npm goes by in that folder; never a password or token, which npm keeps to itself. Raises Problem.

    It is asked once, and again when a file of settings or a variable of npm's was changed.
    """
    if (known := known_settings(project)) is not None:
        return known
    found = await _asked(project)
    _known[project] = _KnownSettings(found, _stamp(project, found))
    return found


def known_settings(project: Path) -> Mapping[str, JsonValue] | None:
    """What npm said last that it goes by in that folder; None where it was not asked, or where that was changed."""
    known = _known.get(project)
    return known.settings if known is not None and known.stamp == _stamp(project, known.settings) else None


def settings_mark(project: Path) -> str:
    """What changes whenever the settings may have that npm goes by in that folder, such as the token of a sign-in."""
    known = _known.get(project)
    return hashlib.sha256(repr(_stamp(project, known.settings if known else {})).encode()).hexdigest()[:16]


async def _asked(project: Path) -> Mapping[str, JsonValue]:
    done = await _config(project, "ls", "--json")
    found = first_object(done.stdout)
    if done.exit_code != 0 or not found:
        what = f"npm does not print its settings: {why_it_ended(done)}"
        raise Problem(what, str(project), "npm config ls   # see it work", code=Code.PROGRAM_FAILED)
    return found


async def _config(project: Path, *words: str) -> Captured:
    # npm keeps a log of each start in its cache, and a look leaves nothing behind.
    with temporary_folder("npm") as cache:
        quiet = {"npm_config_update_notifier": "false", "npm_config_cache": str(cache)}
        return await shell.capture(["npm", "config", *words], cwd=project, env=quiet, timeout_s=_TIMEOUT_S)


class _KnownSettings(Struct, frozen=True):
    settings: Mapping[str, JsonValue]
    stamp: object


_known: dict[Path, _KnownSettings] = {}
_told: dict[tuple[Path, str], tuple[object, bool]] = {}
_ADDRESS = regex(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", re.IGNORECASE)
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
