"""What yarn's own settings say of publishing, which npm does not read: the registry, and who may see the package.

Yarn 2 and later: `npmPublishRegistry` before `npmRegistryServer`, those of the scope in `npmScopes` before others, in
`.yarnrc.yml` (yarnpkg.com/configuration/yarnrc); yarn 1: `registry` and `"@scope:registry"` in `.yarnrc`. Only what is
written plainly in the folders from the project up to the repository's top is read.
"""

from pathlib import Path

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_text
from loop_tui.model.regex import regex

_LATER, _FIRST = ".yarnrc.yml", ".yarnrc"
_KEYS = ("npmPublishRegistry", "npmRegistryServer")
_ACCESS = "npmPublishAccess"
_LINE = regex(r"( *)[\"']?@?([\w.-]+)[\"']?:[ \t]*(?:[\"']?([^\s\"'#]+))?")
_OLD_LINE = regex(r"[\"']?(@[\w.-]+:registry|registry)[\"']?[ \t]+[\"']?([^\s\"']+)")


def registry_of(project: Path, top: Path | None, scope: str) -> str:
    """The registry that yarn publishes a package of that scope to (with its @, or empty); empty where none is named.

    The nearest file that names one counts.
    """
    for folder in (project, *project.parents):
        for name, read in ((_LATER, _of_later), (_FIRST, _of_first)):
            if found := read(_text(folder / name), scope):
                return found
        if top is None or folder == top:
            break
    return ""


def access_of_yarn(project: Path, top: Path | None) -> str:
    """What yarn 2 and later publish a scoped package as, by `npmPublishAccess`; empty where it is not named."""
    for folder in (project, *project.parents):
        for line in _text(folder / _LATER).splitlines():
            if (found := _LINE.match(line)) and not found[1] and found[2] == _ACCESS:
                return found[3] or ""
        if top is None or folder == top:
            break
    return ""


def _text(path: Path) -> str:
    try:
        return read_text(path, MANIFEST, follow=True, errors="replace")
    except OSError:
        return ""


def _of_later(text: str, scope: str) -> str:
    named: dict[tuple[str, str], str] = {}
    inside, of = False, ""
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        indent, key, value = len(found[1]), found[2], found[3] or ""
        if indent == 0:
            inside, of = key == "npmScopes", ""
            named["", key] = value
        elif inside and not value:
            of = key
        elif inside:
            named[of, key] = value
    scopes = (scope.removeprefix("@"), "") if scope else ("",)
    return next((named[of, key] for of in scopes for key in _KEYS if named.get((of, key))), "")


def _of_first(text: str, scope: str) -> str:
    named = {found[1]: found[2] for line in text.splitlines() if (found := _OLD_LINE.match(line))}
    return (named.get(f"{scope}:registry", "") if scope else "") or named.get("registry", "")
