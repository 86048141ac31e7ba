"""Files that are planned beside what lies there: a person's change is never written over."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loop_tui.packs.infra.files.planned import FileStanding, FileStep, PlannedFile, plan_files, unusable
from loop_tui.packs.infra.files.record import dump_record, read_record, written_now

PATH = "Dockerfile"
OLD = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nUSER node\n"
NEW = OLD.replace("node:20", "node:22")


async def step_of(project: Path, text: str = NEW, base: str | None = OLD, path: str = PATH) -> FileStep:
    (step,) = await plan_files(project, [PlannedFile(path, text, "a container")], {} if base is None else {path: base})
    return step


async def test_nothing_lies_there(tmp_path: Path) -> None:
    step = await step_of(tmp_path, base=None)
    assert (step.standing, step.before, step.after) == (FileStanding.NEW, None, NEW.encode())
    assert step.diff()[-1] == "+USER node"


@pytest.mark.parametrize(
    ("there", "base", "standing"),
    [
        (NEW, OLD, FileStanding.SAME),
        (NEW, None, FileStanding.SAME),
        (OLD, OLD, FileStanding.UPDATE),
        (OLD, None, FileStanding.FOREIGN),
        (OLD + "EXPOSE 80\n", NEW, FileStanding.KEPT),
        (OLD.replace("node:20", "node:21"), OLD, FileStanding.CONFLICT),
        (OLD + "EXPOSE 80\n", OLD, FileStanding.MERGE),
        (NEW + "EXPOSE 80\n", OLD, FileStanding.SAME),
    ],
)
async def test_how_it_stands(tmp_path: Path, there: str, base: str | None, standing: FileStanding) -> None:
    (tmp_path / PATH).write_text(there)
    assert (await step_of(tmp_path, base=base)).standing is standing


async def test_both_changes_are_kept(tmp_path: Path) -> None:
    (tmp_path / PATH).write_text(OLD + "EXPOSE 80\n")
    assert (await step_of(tmp_path)).after.decode() == NEW + "EXPOSE 80\n"


async def test_a_conflict_shows_both(tmp_path: Path) -> None:
    (tmp_path / PATH).write_text(OLD.replace("node:20", "node:21"))
    step = await step_of(tmp_path)
    shown = step.after.decode().splitlines()
    assert step.conflicts == 1
    assert shown[:7] == [
        "<<<<<<< yours",
        "FROM node:21",
        "||||||| what was written last",
        "FROM node:20",
        "=======",
        "FROM node:22",
        ">>>>>>> what is wanted now",
    ]


@pytest.mark.parametrize("there", [OLD, OLD + "EXPOSE 80\n"])
async def test_line_ends_stay(tmp_path: Path, there: str) -> None:
    (tmp_path / PATH).write_bytes(there.replace("\n", "\r\n").encode())
    after = (await step_of(tmp_path)).after
    assert after == there.replace("node:20", "node:22").replace("\n", "\r\n").encode()


async def test_a_file_with_both_line_ends_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / PATH).write_bytes(b"FROM node:20\r\nWORKDIR /app\n")
    step = await step_of(tmp_path)
    assert (step.standing, step.note) == (FileStanding.UNUSABLE, "has line ends of two kinds: make them alike")


async def test_what_a_person_removed_stays_removed(tmp_path: Path) -> None:
    assert (await step_of(tmp_path)).standing is FileStanding.REMOVED
    assert written_now({PATH: OLD}, [await step_of(tmp_path)], ()) == {PATH: OLD}
    assert written_now({PATH: OLD}, [await step_of(tmp_path)], [PATH]) == {PATH: NEW}


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (lambda p: (p / PATH).symlink_to("/etc/passwd"), "is a link"),
        (lambda p: (p / PATH).mkdir(), "it is a folder"),
        (lambda p: os.mkfifo(p / PATH), "it is a pipe"),
        (lambda p: (p / PATH).write_bytes(b"\xff\xfe"), "is not UTF-8 text"),
        (lambda p: (p / PATH).write_bytes(b"x" * (1024 * 1024 + 1)), "at most 1,048,576 bytes"),
    ],
)
async def test_what_is_no_text_of_a_project(tmp_path: Path, make: object, note: str) -> None:
    make(tmp_path)  # type: ignore[operator]
    step = await step_of(tmp_path)
    assert step.standing is FileStanding.UNUSABLE
    assert note in step.note


@pytest.mark.parametrize(
    "path", ["/etc/x", "../x", "a/../../x", ".git/hooks/x", "a/.GIT/x", "a\nb", "", "a\\b", "link/x", "file/x", "a\0b"]
)
def test_paths_that_lead_elsewhere(tmp_path: Path, path: str) -> None:
    (tmp_path / "link").symlink_to("/tmp")
    (tmp_path / "file").write_text("1\n")
    assert unusable(tmp_path, path)


def test_a_path_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert unusable(tmp_path, ".github/workflows/distribute.yml") == ""


async def test_two_texts_for_one_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two texts for x"):
        await plan_files(tmp_path, [PlannedFile("x", "1\n", "a"), PlannedFile("x", "2\n", "b")], {})


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=5))
def test_a_record_is_read_as_it_was_written(written: dict[str, str]) -> None:
    assert read_record(dump_record(written)) == written


@pytest.mark.parametrize("text", ["", "[]", '{"files": 1}', '{"files": {"a": 1}}', "[" * 100_000])
def test_another_document_is_no_record(text: str) -> None:
    assert read_record(text) == {}


LINES = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6).map("".join)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    blocks=st.lists(LINES, min_size=3, max_size=6, unique=True),
    mine=st.sets(st.integers(0, 5), max_size=3),
    theirs=st.sets(st.integers(0, 5), max_size=3),
)
async def test_every_change_is_in_the_merge_or_it_is_a_conflict(
    tmp_path: Path, blocks: list[str], mine: set[int], theirs: set[int]
) -> None:
    """Blocks that are far apart are changed by the person, by us, or by both; each that only one changed arrives."""

    def text(mark: str, changed: set[int]) -> str:
        bodies = [f"{block}{mark if at in changed else ''}" for at, block in enumerate(blocks)]
        return "".join(f"{body}\n" + "".join(f"-{at}.{n}\n" for n in range(8)) for at, body in enumerate(bodies))

    at_hand = set(range(len(blocks)))
    (tmp_path / PATH).write_text(text(" mine", mine))
    step = await step_of(tmp_path, text(" theirs", theirs), text("", set()))
    both = mine & theirs & at_hand
    assert step.conflicts == len(both)
    if both:
        assert step.standing is FileStanding.CONFLICT
    else:
        lines = step.after.decode().splitlines()
        assert {f"{blocks[at]} mine" for at in mine & at_hand} <= set(lines)
        wanted = set() if step.standing is FileStanding.KEPT else theirs & at_hand
        assert {f"{blocks[at]} theirs" for at in wanted} <= set(lines)
