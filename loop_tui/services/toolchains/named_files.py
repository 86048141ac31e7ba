"""Files that a project names because its version stands in them: how it is found there, and set (docs/targets.md).

`"src/version.ts"` means the one place in that file that holds the version (in a `.json` file: its top-level `version`).
Where there are several, what stands around it is named as well: `"README.md: badge/v{version}-blue"`.
"""

import re
from pathlib import Path, PurePosixPath

from msgspec import Struct

from loop_tui.fs.jsonedit.document import Edit, edit, parse
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

SLOT = "{version}"
_NUMBERS = rb"\d+\.\d+\.\d+"
_REST = rb"(?:-[0-9A-Za-z.-]+?)??(?:\+[0-9A-Za-z.-]+?)??"
_NO_MORE = rb"(?![0-9A-Za-z+-]|\.[0-9A-Za-z])"
_BEFORE = rb"(?<![0-9A-Za-z.+-])v?"


class NamedFile(Struct, frozen=True):
    """One entry: a path from the project's folder, and the text around the version with `{version}` in its place."""

    name: str
    around: str = ""

    def path(self, project: Path) -> Path:
        """Where it lies."""
        return project / self.name

    def version_in(self, data: bytes, expected: str) -> str:
        """The version that the file holds; `expected` is the one to look for where no text says where it stands.

        Raises Problem when it stands nowhere, or in more than one place.
        """
        if self._is_json:
            return self._json_version(data)
        return self._match(data, expected)["version"].decode()

    def rewritten(self, data: bytes, before: str, after: str) -> bytes:
        """The file with the version `after` in it, every other byte as it was; as it is when it says that already.

        Raises Problem as `version_in`.
        """
        if self._is_json:
            if self._json_version(data) == after:
                return data
            return edit(data.decode("utf-8"), [Edit(("version",), after)]).encode("utf-8")
        if not self.around and len(self._matches(data, before)) != 1 and len(self._matches(data, after)) == 1:
            return data
        start, end = self._match(data, before).span("version")
        return data[:start] + after.encode() + data[end:]

    @property
    def _is_json(self) -> bool:
        return not self.around and self.name.lower().endswith(".json")

    def _json_version(self, data: bytes) -> str:
        try:
            document = parse(data.decode("utf-8"), self.name)
        except UnicodeDecodeError:
            raise Problem("is not UTF-8", self.name, "save it as UTF-8", code=Code.FILE_INVALID) from None
        version = document.get("version") if isinstance(document, dict) else None
        if not isinstance(version, str):
            raise self._wrong('it has no "version" at its top level')
        return version

    def _match(self, data: bytes, version: str) -> re.Match[bytes]:
        found = self._matches(data, version)
        if len(found) == 1:
            return found[0]
        looked_for = one_line(self.around or version or "a version", 80)
        raise self._wrong(f"{looked_for} is in it {len(found)} times" if found else f"{looked_for} is missing")

    def _matches(self, data: bytes, version: str) -> list[re.Match[bytes]]:
        if not self.around:
            wanted = re.escape(version.encode()) if version else _NUMBERS
            return list(re.finditer(_BEFORE + rb"(?P<version>" + wanted + rb")" + _NO_MORE, data))
        before, _, after = self.around.encode().partition(SLOT.encode())
        end = re.escape(after) if after else _NO_MORE
        return list(re.finditer(re.escape(before) + rb"(?P<version>" + _NUMBERS + _REST + rb")" + end, data))

    def _wrong(self, why: str) -> Problem:
        todo = f'set the text around it in version_files: "{one_line(self.name)}: version = {SLOT}"'
        return Problem(f"no version found in it: {why}", one_line(self.name), todo, code=Code.FILE_INVALID)


def read_entry(text: str) -> NamedFile | None:
    """An entry of the setting `version_files`, or None for what can be none: no path in the project, no one slot."""
    name, colon, around = text.partition(": ")
    if not colon or SLOT not in around:
        name, around = text, ""
    path = PurePosixPath(name)
    plain = bool(name.strip()) and name == name.strip() and not path.is_absolute() and ".." not in path.parts
    if not plain or SLOT in name or around.count(SLOT) > 1 or around == SLOT or "\n" in text:
        return None
    return NamedFile(name, around)
