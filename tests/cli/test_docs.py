"""`loop-tui docs`, through the command: what is stale, the index, the state of a document."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from loop_tui.__main__ import main
from loop_tui.control.docs import BEGIN, END
from tests.conftest import World

GUIDE = """\
# Guide

See [the plan](specs/plan.md#Steps), [the old one](specs/gone.md), [nothing](#nowhere), <https://example.com/x>.

Run `make test`, then `make deploy`; `src/gone.py` is in `~/.claude/runs/2026-03/mill-infra-loop-02T10-00-00.json`.

    loop-tui launch
    pip install mill==1.0.0
"""
PLAN = "---\nstate: draft\n---\n# Plan\n\n## Steps\n"
FOUND = [
    ("docs/guide.md", 3, "heading", "#nowhere"),
    ("docs/guide.md", 3, "link", "specs/gone.md"),
    ("docs/guide.md", 5, "command", "make deploy"),
    ("docs/guide.md", 5, "path", "src/gone.py"),
    ("docs/guide.md", 5, "run", "~/.claude/runs/2026-03/mill-infra-loop-02T10-00-00.json"),
    ("docs/guide.md", 7, "command", "loop-tui launch"),
    ("docs/guide.md", 8, "version", "pip install mill==1.0.0"),
]


class Told(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Docs = Callable[..., Told]


@pytest.fixture
def docs(capsys: pytest.CaptureFixture[str]) -> Docs:
    """Runs `loop-tui docs` with words."""

    def run(*words: str) -> Told:
        code = main(["docs", *words])
        return Told(code, *capsys.readouterr())

    return run


def git(folder: Path, *words: str, day: str = "2026-03-02") -> None:
    env = {**os.environ, "GIT_COMMITTER_DATE": f"{day}T12:00:00Z", "GIT_AUTHOR_DATE": f"{day}T12:00:00Z"}
    subprocess.run(["git", *words], cwd=folder, check=True, env=env, capture_output=True)


@pytest.fixture
def mill(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed repository with a guide that is stale in every way."""
    folder = world.root / "mill"
    (folder / "docs/specs").mkdir(parents=True)
    (folder / "src").mkdir()
    (folder / "src/app.py").write_text("")
    (folder / "Makefile").write_text(".PHONY: test\ntest: ## tests\n\ttrue\n")
    (folder / "pyproject.toml").write_text('[project]\nname = "mill"\nversion = "1.2.0"\n')
    (folder / "docs/guide.md").write_text(GUIDE)
    (folder / "docs/specs/plan.md").write_text(PLAN)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    monkeypatch.chdir(folder)
    return folder


def rows(told: Told) -> list[tuple[str, int, str, str]]:
    found = map(json.loads, told.out.splitlines())
    return [(each["path"], each["line"], each["kind"], each["reference"]) for each in found]


def test_each_finding_has_its_place_and_its_reason(mill: Path, docs: Docs) -> None:
    told = docs("stale", "--json", "--today", "2026-03-03")
    assert told.code == 1
    assert rows(told) == FOUND
    text = docs("--today", "2026-03-03")
    assert text.code == 1
    assert "docs/guide.md:3: link specs/gone.md: no such file" in text.out.splitlines()
    assert text.out.splitlines()[-1] == "2 documents: 7 findings"


def test_what_exists_again_is_not_stale(mill: Path, docs: Docs, world: World) -> None:
    for path in ("docs/specs/gone.md", "src/gone.py"):
        (mill / path).write_text("# Gone\n")
    (world.claude / "runs/2026-03").mkdir(parents=True)
    (world.claude / "runs/2026-03/mill-infra-loop-02T10-00-00.json").write_text("{}")
    left = [kind for _, _, kind, _ in rows(docs("--json", "--today", "2026-03-03"))]
    assert left == ["heading", "command", "command", "version"]


def test_age_is_that_of_the_commit_and_has_a_limit_by_kind(mill: Path, docs: Docs) -> None:
    (mill / "docs/guide.md").write_text("# Guide\n")
    git(mill, "commit", "-qam", "second", day="2026-04-01")
    assert docs("--today", "2026-05-31").code == 0  # 90 days for a draft.
    told = docs("--json", "--today", "2026-06-01")
    assert rows(told) == [("docs/specs/plan.md", 1, "age", "2026-03-02")]
    assert docs("mark", "docs/specs/plan.md", "active", "--yes").code == 0
    assert docs("--today", "2026-06-01").code == 0  # It was changed, if not committed.
    git(mill, "commit", "-qam", "third", day="2026-04-01")
    assert docs("--today", "2027-04-01").code == 0
    assert [kind for _, _, kind, _ in rows(docs("--json", "--today", "2027-04-02"))] == ["age", "age"]


def test_archived_documents_are_not_judged_and_records_only_by_their_links(mill: Path, docs: Docs) -> None:
    (mill / "docs/guide.md").write_text(f"---\nstate: archived\n---\n{GUIDE}")
    (mill / "docs/audits").mkdir()
    (mill / "docs/audits/first.md").write_text("# Audit\n\n`src/gone.py` `make deploy` `mill==1.0.0` [gone](x.md)\n")
    assert rows(docs("--json", "--today", "2026-03-03")) == [("docs/audits/first.md", 3, "link", "x.md")]


def test_a_document_with_a_date_says_what_was_so_then(mill: Path, docs: Docs) -> None:
    (mill / "docs/guide.md").rename(mill / "docs/2026-03-02-guide.md")
    kinds = [kind for _, _, kind, _ in rows(docs("--json", "--today", "2029-03-03"))]
    assert kinds == ["heading", "link", "run", "age"]  # The age is that of the draft.


def test_lists_of_changes_and_folders_of_tools_are_left_alone(mill: Path, docs: Docs) -> None:
    (mill / "docs/guide.md").write_text(
        "# Guide\n\n`.tool/state.json`, `dist/gone.js`, `src/NAME.py`, `.github/gone.yml`\n"
    )
    for name in ("CHANGELOG.md", "docs/RELEASE_NOTES.md"):
        (mill / name).write_text(GUIDE)
    for name in (".tool", "dist", ".github"):
        (mill / name).mkdir()
    assert [text for _, _, _, text in rows(docs("--json", "--today", "2026-03-03"))] == [".github/gone.yml"]


def test_a_state_that_is_none_and_one_marked_as_stale_are_findings(mill: Path, docs: Docs) -> None:
    (mill / "docs/guide.md").write_text("---\nkind: guides\nstate: done\n---\n# Guide\n")
    (mill / "docs/specs/plan.md").write_text("---\ntitle: x\nstate: stale\n---\n# Plan\n")
    assert rows(docs("--json", "--today", "2026-03-03")) == [
        ("docs/guide.md", 3, "state", "done"),
        ("docs/specs/plan.md", 3, "state", "stale"),
    ]


def test_an_index_is_written_between_its_comments_only(mill: Path, docs: Docs) -> None:
    told = docs("index")
    assert (told.code, told.out) == (2, "")
    assert "no document has an index" in told.err
    path = mill / "docs/README.md"
    before, after = f"# Docs \r\n\r\n{BEGIN}\r\n", f"{END}\r\n  end without a line feed \xe9"
    path.write_bytes(f"{before}{after}".encode("latin-1"))
    assert docs("index", "--check").code == 1
    assert path.read_bytes() == f"{before}{after}".encode("latin-1")
    assert docs("index").out == "wrote docs/README.md\n"
    lines = [
        "",
        "**Guides**",
        "",
        "- [Guide](guide.md)",
        "",
        "**Specs**",
        "",
        "- [Plan](specs/plan.md) (draft)",
        "",
        "",
    ]
    written = path.read_bytes().decode("latin-1")
    assert written == before + "\r\n".join(lines) + after
    assert docs("index", "--check").code == 0
    assert docs("index").out == "1 index: nothing to change\n"
    assert path.read_bytes().decode("latin-1") == written
    docs("mark", "docs/specs/plan.md", "pruned", "--yes")
    assert docs("index").code == 0
    assert b"Plan" not in path.read_bytes()
    assert (mill / "docs/specs/plan.md").exists()


def test_a_name_in_an_index_is_on_one_line(mill: Path, docs: Docs) -> None:
    (mill / "docs/README.md").write_text(f"{BEGIN}\n{END}\n")
    (mill / "docs/a\n- b.md").write_text("")
    assert docs("index").code == 0
    assert "\n- [a - b.md](a%0A-%20b.md)\n" in (mill / "docs/README.md").read_text()


def test_an_index_without_its_end_is_refused_with_its_line(mill: Path, docs: Docs) -> None:
    (mill / "docs/README.md").write_text(f"# Docs\n\n```\n{END}\n```\n{BEGIN}\n")
    told = docs("index")
    assert told.code == 2
    assert "docs/README.md:6" in told.err


def test_a_state_is_changed_only_on_a_yes(mill: Path, docs: Docs) -> None:
    path = mill / "docs/guide.md"
    told = docs("mark", "docs/guide.md", "stale")
    assert told.code == 3
    assert "+state: stale" in told.out
    assert path.read_text() == GUIDE
    assert docs("mark", "docs/guide.md", "stale", "--yes").code == 0
    assert path.read_text() == f"---\nstate: stale\n---\n\n{GUIDE}"
    assert docs("mark", "docs/guide.md", "active", "--yes").code == 0
    assert path.read_text() == f"---\nstate: active\n---\n\n{GUIDE}"
    assert docs("mark", "docs/guide.md", "active").code == 0


BAD = [
    ("stale", "--today", "soon"),
    ("mark", "Makefile", "stale"),
    ("mark", "../x.md", "stale"),
    ("mark", "docs/none.md", "stale"),
    ("mark", "docs/guide.md", "gone"),
    ("--today", "2026-03-03", "index"),
]


@pytest.mark.parametrize("words", BAD)
def test_bad_use_is_exit_code_2_and_one_line(mill: Path, docs: Docs, words: tuple[str, ...]) -> None:
    told = docs(*words)
    assert told.code == 2
    assert told.out == ""
    assert "Traceback" not in told.err


def test_a_project_that_is_too_large_is_said_to_be(mill: Path, docs: Docs, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("places.MOST_FILES", 3), ("alignment.MOST_DOCUMENTS", 1), ("alignment._MOST_SECONDS", -1.0)):
        with monkeypatch.context() as patched:
            patched.setattr(f"loop_tui.storage.docs.{name}", most)
            told = docs("--json", "--today", "2026-03-03")
            assert "not all of its documents were read" in told.err
            assert "path" not in [kind for _, _, kind, _ in rows(told)]
            assert docs("index", "--check").code == 2


def test_hostile_documents_are_bounded_and_harmless(mill: Path, docs: Docs) -> None:
    (mill / "docs/guide.md").write_text("# Fine\n")
    folder = mill / "docs"
    (folder / "large.md").write_bytes(b"x" * (10 * 1024 * 1024))
    (folder / "loop").symlink_to(folder)
    (folder / "elsewhere.md").symlink_to("/etc/passwd")
    (folder / "latin.md").write_bytes(b"# Caf\xe9\n\n[x](\xff.md)\n")
    (folder / "wide.md").write_bytes("# Wide\n".encode("utf-16"))
    (folder / "esc.md").write_text("# \x1b]52;c;x\x07 title\n\n[\x1b[31m](\x1b[31mred.md) `src/\x1b[2J.py`\n")
    (folder / "deep.md").write_text(">" * 5000 + " x\n" + "[" * 20_000 + "\n\n" + "- " * 3000 + "\n")
    os.mkfifo(folder / "pipe.md")
    outside = mill.parent / "outside"
    outside.mkdir()
    (outside / "README.md").write_text(f"[x](gone.md)\n\n{BEGIN}\n{END}\n")
    (mill / ".claude").mkdir()
    (mill / ".claude/docs").symlink_to(outside)
    told = docs("--today", "2026-03-03")
    assert told.code == 1
    assert "\x1b" not in told.out + told.err
    kinds = [(path, kind) for path, _, kind, _ in rows(docs("--json", "--today", "2026-03-03"))]
    assert ("docs/large.md", "unread") in kinds
    assert ("docs/wide.md", "unread") in kinds
    assert ("docs/latin.md", "link") in kinds
    assert {path for path, _ in kinds} <= {f"docs/{name}.md" for name in ("large", "wide", "latin", "esc", "deep")}
