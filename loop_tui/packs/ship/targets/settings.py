"""Which settings each kind of target understands in a project's `targets.toml`, and what may be their values."""

import re
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from loop_tui.model.text import clean, shown
from loop_tui.packs.ship import TARGETS
from loop_tui.packs.ship.verify.server_settings import is_environment, is_port, is_variables
from loop_tui.packs.ship.versions.settings import AFTER, BEFORE, CHANGELOG, FILES, HARMLESS, SCRIPTS
from loop_tui.runners.pack_api import Setting, TargetSpec, load
from loop_tui.runners.targets import LEVELS
from loop_tui.services.toolchains.named_files import read_entry

ENTRY_KEYS = ("id", "kind", "title")

_LONGEST = 500
_LONGEST_WAIT_S = 24 * 3600


def _is_text(value: object) -> bool:
    plain = isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST
    return plain and value == clean(str(value)) and "\n" not in str(value)


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST_WAIT_S


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10_000


def _is_url(value: object) -> bool:
    if not _is_text(value):
        return False
    try:
        parts = urlsplit(str(value))
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _is_workflow(value: object) -> bool:
    return _is_text(value) and bool(re.fullmatch(r"(?:\.github/workflows/)?[^/\\]+\.ya?ml", str(value)))


def _is_tag(value: object) -> bool:
    """A ref name as git takes it, once `{version}` is filled in."""
    name = str(value).replace("{version}", "1.0.0")
    return _is_text(value) and bool(re.fullmatch(r"(?!-)[A-Za-z0-9._@+/-]+(?<![./])", name)) and ".." not in name


def _is_dist_tag(value: object) -> bool:
    """A name that npm takes for a dist-tag: it reads nothing that could be a version or a range as one."""
    return _is_text(value) and bool(re.fullmatch(r"(?![vVxX*]?\d)[A-Za-z][A-Za-z0-9._-]*", str(value)))


def _is_script(value: object) -> bool:
    return _is_text(value) and bool(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*", str(value)))


def _are_files(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) and read_entry(text) is not None for text in value)


def _are_scripts(value: object) -> bool:
    return isinstance(value, list) and all(name in (BEFORE, AFTER) for name in value)


def _are_paths(value: object) -> bool:
    return isinstance(value, list) and all(_is_text(path) for path in value)


def _choice(*words: str) -> Setting:
    return Setting(f"one of: {', '.join(words)}", lambda value: isinstance(value, str) and value in words)


_TEXT = Setting("text on one line", _is_text)
_TITLE = Setting("text on one line", lambda value: value == "" or _is_text(value))
_SECONDS = Setting(f"a number of seconds, at most {_LONGEST_WAIT_S}", _is_seconds)
_URL = Setting("an address like https://widget.example/health, without a password in it", _is_url)
_REGISTRY = Setting("the address of a registry, like https://npm.example/, without a password in it", _is_url)
_WORKFLOW = Setting('the name of a workflow file, like "ci.yml"', _is_workflow)
_TAG = Setting('a tag: "latest", or with the version in it, like "v{version}"', _is_tag)
_FLAG = Setting("true or false", lambda value: isinstance(value, bool))

_WAITS = ("interval_s", "longest_interval_s", "appear_s")

LEVEL: Mapping[str, Setting] = {"level": _choice(*LEVELS)}
_POLLED: Mapping[str, Setting] = {
    **LEVEL,
    **dict.fromkeys((*_WAITS, "cap_s"), _SECONDS),
    "rounds": Setting("a whole number", _is_count),
}
ACTIONS: Mapping[str, Setting] = {"workflow": _WORKFLOW, "job": _TEXT, **_POLLED}
DEPLOYMENT: Mapping[str, Setting] = {"environment": _TEXT, "app": _TEXT, **_POLLED}
RELEASES: Mapping[str, Setting] = {"tag": _TAG, "mode": _choice("confirm", "create"), "verify": _FLAG, **_POLLED}
REGISTRY: Mapping[str, Setting] = {
    "publish": _choice("here", "workflow"),
    "registry": _REGISTRY,
    "tag": Setting('a dist-tag like "latest" or "next"', _is_dist_tag),
    "access": _choice("public", "restricted"),
    "workflow": _WORKFLOW,
    **_POLLED,
}
HEALTH: Mapping[str, Setting] = {"url": _URL, **_POLLED}
LOCAL: Mapping[str, Setting] = {
    "start": Setting('the name of a script of package.json, or "none" if there is no server', _is_script),
    "port": Setting("the number of a port", is_port),
    "health": Setting('a path like "/health"', lambda value: _is_text(value) and str(value).startswith("/")),
    "env": Setting('a table of variables, like { LOG_LEVEL = "info", APP_PORT = "{port}" }', is_environment),
    "needs": Setting('a list of variables, like ["DATABASE_URL"]', is_variables),
    "timeout_s": _SECONDS,
    **LEVEL,
}
TARBALL: Mapping[str, Setting] = {"prepublish": _FLAG, **LEVEL}
"""The settings of the kinds of targets (`packs.ship.TARGETS` says which has which)."""

RELEASE: Mapping[str, Setting] = {
    "tag": _FLAG,
    CHANGELOG: _FLAG,
    "route": _choice("push", "pull-request"),
    "merge": _choice("person", "auto"),
    "merge_method": _choice("merge", "squash", "rebase"),
    **dict.fromkeys((*_WAITS, "merge_wait_s", "merge_cap_s"), _SECONDS),
    FILES: Setting('a list of files, like ["src/version.ts", "README.md: badge/v{version}-blue"]', _are_files),
    HARMLESS: Setting('a list of paths in the package, like ["test/fixtures/key.pem"]', _are_paths),
    SCRIPTS: Setting('a list of "preversion" and "version"; empty for neither', _are_scripts),
}
"""The keys of `[release]`."""


def settings_of(kind: str, kinds: Mapping[str, TargetSpec] = TARGETS) -> Mapping[str, Setting]:
    """The settings of a kind; of one that only a newer loop-tui knows, none but the level."""
    spec = kinds.get(kind)
    return cast(Mapping[str, Setting], load(spec.settings)) if spec is not None and spec.settings else LEVEL


def configured(kind: str, settings: Mapping[str, object], kinds: Mapping[str, TargetSpec] = TARGETS) -> bool:
    """True when a target of that kind has all that it needs to be looked at."""
    needed = kinds[kind].needed if kind in kinds else ()
    return not needed or any(settings.get(key) for key in needed)


def refusal(key: str, value: object, known: Mapping[str, Setting] | None = None) -> tuple[str, str] | None:
    """Why this cannot be the value of that key, and what can; None when it can."""
    setting = (known or {}).get(key, _TITLE)
    if setting.accepts(value):
        return None
    plain = str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else repr(value)
    given = shown(plain)
    return f"{shown(key)} cannot be {given}", f"it should be {setting.words}"
