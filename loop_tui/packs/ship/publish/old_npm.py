"""Where an old npm goes by `publishConfig` of what it publishes, whatever it is told: known before the push.

From 10.5.2 on npm puts its options first (its `publish` command leaves out of `publishConfig` what an option says).
"""

from collections.abc import Mapping

from pydantic import JsonValue
from semver import Version

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.services.registry.place import RegistryPlace

_OPTIONS_FIRST = Version(10, 5, 2)


def overruled(place: RegistryPlace, document: Mapping[str, JsonValue], tag: str, access: str) -> Problem | None:
    """Why npm would publish that package.json with another registry, dist-tag or access than meant; None if it won't.

    `tag` and `access` are those of this publish; an empty one is left to npm.
    """
    own = document.get("publishConfig")
    if not isinstance(own, dict) or not Version.is_valid(place.npm) or Version.parse(place.npm) >= _OPTIONS_FIRST:
        return None
    meant = {f"{place.scope}:registry" if place.scope else "registry": place.registry, "tag": tag, "access": access}
    for key, value in meant.items():
        said = own.get(key)
        if isinstance(said, str) and said and value and said.rstrip("/") != value.rstrip("/"):
            what = f"npm {place.npm} publishes with {key} {said} of publishConfig, and {value} is meant"
            todo = f"npm install -g npm@11   # or set {key} in publishConfig to what is meant"
            return Problem(one_line(what, 600), "package.json", todo, code=Code.REGISTRY_REFUSED)
    return None
