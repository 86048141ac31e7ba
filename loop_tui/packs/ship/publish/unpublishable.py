"""What npm itself refuses to publish, whatever the registry says: known of what was packed, before the push.

The rules are those of `npm publish` (npm 11) and libnpmpublish.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

from pydantic import JsonValue

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line
from loop_tui.services.registry.place import RegistryPlace

from .plan import access_of, offers_provenance, set_tag

# Only what is a range for certain: npm decides about the rest.
_RANGE = regex(r"(?:[\^~]|[<>]=?|=)?\s*v?\d+(?:\.(?:\d+|[xX*])){0,2}(?:(?<=\d)-[0-9A-Za-z.-]+)?|[xX*]", re.ASCII)

_PLAIN = "!~*'()"
"""What `encodeURIComponent`, by which npm tells, leaves as it is beside what `quote` does."""
_RESTRICTED = ("restricted", "private")
"""The access `private` is npm's other word for it."""


def unpublishable(
    target: TargetDefinition,
    place: RegistryPlace,
    document: Mapping[str, JsonValue],
    environment: Mapping[str, str],
) -> Problem | None:
    """Why npm will not publish the package of that packed package.json there, or None."""
    name, tag = document.get("name"), set_tag(target, place).strip()
    if document.get("private"):
        what, todo = (
            f"{name} is private in what was packed",
            "a script writes that: check prepublishOnly, prepack, prepare",
        )
    elif _is_range(tag):
        what, todo = f"the dist-tag {one_line(tag)} reads as a range of versions", "set another tag in targets.toml"
    elif quote(tag, safe=_PLAIN) != tag:
        what = f"the dist-tag {one_line(tag)} has other characters than npm takes in one"
        todo = "use letters, digits, '.', '_' and '-': in publishConfig, .npmrc or targets.toml"
    elif not place.scope and (access := access_of(target, place)) in _RESTRICTED:
        what = f"{name} has no scope, and its access is {access}: npm supports that only for scoped packages"
        todo = "remove `access` (.loops/targets.toml, publishConfig, .npmrc), or give the package a scope"
    elif place.provenance and not offers_provenance(environment):
        what = f"{name} asks for provenance, which npm supports only in an authorised job of GitHub Actions or GitLab"
        todo = 'publish it there (publish = "workflow"), or remove `provenance` from publishConfig and .npmrc'
    else:
        return None
    return Problem(f"{one_line(what)}: npm would not publish it", place.registry, todo, code=Code.REGISTRY_REFUSED)


def _is_range(tag: str) -> bool:
    return _RANGE.fullmatch(tag) is not None
