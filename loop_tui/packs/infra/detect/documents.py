"""JSON, TOML and YAML of a project, with the lines of their keys. A damaged one is told with its line."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from loop_tui.fs.jsonedit.document import locate, parse
from loop_tui.fs.limits import Limit
from loop_tui.fs.toml import KeyPath, Places, load_toml
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .files import MANIFEST_LIMIT, ListedFiles, line_of
from .values import FilePlace

YAML_LIMIT = Limit(64 * 1024, "YAML file that is read for detection")
"""Its reader needs a second for a megabyte."""
_POSITION = regex(r":(\d+)(?::\d+)?$")


class ManifestReader:
    """The documents of a project, each read once."""

    def __init__(self, files: ListedFiles) -> None:
        self.files = files
        self._known: dict[str, dict[str, JsonValue]] = {}
        self._places: dict[str, Places] = {}

    def json(self, path: str) -> dict[str, JsonValue]:
        """The object that a JSON file holds; empty where it cannot be read."""
        return self._read(path, lambda text: parse(text, path))

    def toml(self, path: str) -> dict[str, JsonValue]:
        """The table that a TOML file holds; empty where it cannot be read."""
        return self._read(path, lambda text: load_toml(text, path, "TOML file", Code.FILE_INVALID))

    def yaml(self, path: str) -> dict[str, JsonValue]:
        """The mapping that a YAML file holds; empty where it cannot be read."""
        return self._read(path, lambda text: _yaml(text, path), YAML_LIMIT)

    def _read(self, path: str, read: Callable[[str], object], limit: Limit = MANIFEST_LIMIT) -> dict[str, JsonValue]:
        if path in self._known:
            return self._known[path]
        text = self.files.text(path, limit)
        found: dict[str, JsonValue] = {}
        if text is not None:
            try:
                document = read(text)
                if isinstance(document, dict):
                    found = document
                else:
                    self._unread(path, 1, "it should start with a key")
            except Problem as problem:
                line = _POSITION.search(problem.where)
                self._unread(path, int(line[1]) if line else 0, problem.what)
        self._known[path] = found
        return found

    def _unread(self, path: str, line: int, why: str) -> None:
        self.files.unread[FilePlace(path, line)] = one_line(why, 200)

    def json_place(self, path: str, *keys: str) -> FilePlace:
        """Where a key of a JSON file stands; the file as a whole where that cannot be told."""
        text = self.files.text(path) or ""
        try:
            return FilePlace(path, locate(text, keys)[0])
        except (Problem, LookupError, ValueError, TypeError, RecursionError):
            return FilePlace(path)

    def toml_place(self, path: str, keys: KeyPath, *needles: str) -> FilePlace:
        """Where a key of a TOML file stands, or the first of these texts behind it."""
        if path not in self._places:
            self._places[path] = Places(self.files.text(path) or "")
        return FilePlace(path, self._places[path].line(keys, needles))

    def text_place(self, path: str, needle: str) -> FilePlace:
        """The first line of a file that holds a text."""
        at = (self.files.text(path) or "").find(needle)
        return FilePlace(path, line_of(self.files.text(path) or "", at) if at >= 0 else 0)


def _yaml(text: str, path: str) -> object:
    # Imported here: most projects have none of these files.
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}" if mark else path
        raise Problem(f"is not YAML: {error.problem or 'it cannot be read'}", where, code=Code.FILE_INVALID) from None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        raise Problem("is not YAML", path, code=Code.FILE_INVALID) from None


def table(value: object, *keys: str) -> Mapping[str, JsonValue]:
    """The mapping below these keys; empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list; empty for anything else."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
