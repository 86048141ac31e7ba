"""Which files of a project are sources, in which language, and which belong to tests, examples or documentation."""

from collections.abc import Iterator

from loop_tui.model.regex import regex
from loop_tui.services.toolchains.toolchain import Language

from .files import ListedFiles, joined

_LANGUAGES = {
    **dict.fromkeys(("js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte"), Language.NODE),
    "py": Language.PYTHON,
    "rs": Language.RUST,
    "go": Language.GO,
}
_TEST_FOLDERS = frozenset(
    {
        *("test", "tests", "__tests__", "__mocks__", "e2e", "spec", "specs", "fixtures", "testdata", "cypress"),
        *("playwright", "examples", "example", "docs", "bench", "benches", "benchmarks", "stories", "testing"),
    }
)
_TEST_ENDINGS = ("-examples", "-example", "-tests", "-test", "-e2e")
_TEST_NAME = regex(
    r"(?:^test_.*|^tests?|.*_test|^conftest|.*\.(?:test|spec|e2e-spec|stories|d|min)"
    r"|^(?:jest|vitest|playwright|cypress|karma)\.(?:config|setup).*)\.[a-z]+$"
)


def is_test(path: str) -> bool:
    """True for what belongs to tests, examples or documentation: what it reads, the service does not need."""
    folder, _, name = path.rpartition("/")
    return is_test_folder(folder) or bool(_TEST_NAME.match(name))


def is_test_folder(folder: str) -> bool:
    """True for a folder of tests, examples or documentation, and for what is below one."""
    parts = folder.split("/")
    return not _TEST_FOLDERS.isdisjoint(parts) or any(part.endswith(_TEST_ENDINGS) for part in parts)


def language_of(path: str) -> Language | None:
    """The language of a source by its name; None for other files."""
    return _LANGUAGES.get(path.rpartition(".")[2])


def sources(files: ListedFiles) -> Iterator[tuple[str, Language]]:
    """The sources that are no tests, those that are least deep first."""
    for folder, names in files.folders.items():
        if is_test_folder(folder):
            continue
        for name in names:
            language = language_of(name)
            if language is not None and not _TEST_NAME.match(name):
                yield joined(folder, name), language
