"""How the project's server is started and asked: the settings of the skill `deploy` and of the target `local`."""

import os
from collections.abc import Mapping

from msgspec import Struct, field
from pydantic import JsonValue

from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.packs.ship.versions.settings import LoopProject
from loop_tui.runners.context import SkillFailed
from loop_tui.services.toolchains import npm

SKILL, KIND = "deploy", "local"
NO_SERVER = "none"
"""What `start` of the target says where the start script is no server."""
_VARIABLE = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_LARGEST_PORT = 65535


class ServerSettings(Struct, frozen=True):
    """How the server is started and asked.

    `start` is its command, empty for the script called `script`, which is empty where there is no server. `port` is the
    one that it listens on whatever PORT says, 0 where it minds PORT. `env` are variables that it gets (`{port}` stands
    for its port), `needs` those that have to be set. `is_declared` says that the project told of a server itself.
    """

    start: tuple[str, ...] = ()
    script: str = "start"
    health: str = "/health"
    port: int = 0
    timeout_s: float = 30
    env: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    is_declared: bool = False

    def argv(self, package: npm.Package | None, manager: npm.PackageManager) -> tuple[str, ...]:
        """The command that starts it; empty when there is none."""
        if self.start or package is None or not self.script or package.script(self.script) is None:
            return self.start
        return tuple(npm.script_argv(manager, self.script))

    def missing_variables(self) -> tuple[str, ...]:
        """The variables that it needs and that are not set, here or in the settings."""
        return tuple(name for name in self.needs if not os.environ.get(name) and not self.env.get(name))


def settings_of(subject: LoopProject, own: Mapping[str, JsonValue] | None = None) -> ServerSettings:
    """What the skill `deploy` (`own`, else the loop's) and the target `local` say of the server, the target last.

    Raises SkillFailed naming what is of the wrong kind.
    """
    skills = (s for phase in subject.definition.phases for s in phase.skills if s.id == SKILL)
    given: dict[str, JsonValue] = dict(next((s.settings for s in skills), {}) if own is None else own)
    target = next((t.settings for t in subject.definition.targets if t.kind == KIND), {})
    return read_settings({**given, **{k: v for k, v in target.items() if k != "start"}}, target.get("start"), subject)


def read_settings(given: Mapping[str, JsonValue], script: JsonValue, subject: LoopProject) -> ServerSettings:
    """The settings; `script` is the name of a script of package.json, or `none`. Raises SkillFailed."""

    def wrong(what: str, example: str) -> SkillFailed:
        where = subject.definition.source
        return SkillFailed(what, where, f"write it like {example}", code=Code.DEFINITION_INVALID)

    start, path, timeout_s = given.get("start", []), given.get("health", "/health"), given.get("timeout_s", 30)
    port, env, needs = given.get("port", 0), given.get("env", {}), given.get("needs", [])
    if not isinstance(start, list) or not all(isinstance(word, str) for word in start):
        raise wrong("start is not a list of words", 'start = ["node", "server.js"]')
    if not isinstance(path, str) or not path.startswith("/"):
        raise wrong("health is not a path", 'health = "/health"')
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float) or timeout_s <= 0:
        raise wrong("timeout_s is not a number of seconds", "timeout_s = 30")
    if not is_port(port) and port != 0:
        raise wrong("port is not the number of a port", "port = 3000")
    if not is_environment(env):
        raise wrong("env is not a table of variables", 'env = { LOG_LEVEL = "info" }')
    if not is_variables(needs):
        raise wrong("needs is not a list of variables", 'needs = ["DATABASE_URL"]')
    named = script if isinstance(script, str) else "start"
    return ServerSettings(
        start=() if script is not None else tuple(str(word) for word in start),
        script="" if named == NO_SERVER else named,
        health=path,
        port=port if isinstance(port, int) else 0,
        timeout_s=float(timeout_s),
        env={str(k): str(v) for k, v in env.items()} if isinstance(env, dict) else {},
        needs=tuple(str(name) for name in needs) if isinstance(needs, list) else (),
        is_declared=bool(start or script is not None or port or "health" in given),
    )


def is_port(value: object) -> bool:
    """True for a number that a port can have."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_PORT


def is_environment(value: object) -> bool:
    """True for a table of variables with texts as values."""
    if not isinstance(value, dict):
        return False
    return all(_VARIABLE.fullmatch(str(k)) and isinstance(v, str) and "\0" not in v for k, v in value.items())


def is_variables(value: object) -> bool:
    """True for a list of names of variables."""
    return isinstance(value, list) and all(isinstance(name, str) and _VARIABLE.fullmatch(name) for name in value)
