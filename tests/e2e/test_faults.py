"""What goes wrong around a run: one clear line, and once it is fixed the same world as without it (SPEC 6)."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import pytest

from tests.crash import holds, mounts
from tests.crash.case import GO
from tests.crash.final import differences, picture
from tests.crash.matrix import Ground, prepare
from tests.crash.worlds import World, wait_for
from tests.github.faults import bad_gateway, retry_later
from tests.github.fixture import GitHub

from .test_crash_sample import shared as shared

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.fixture
def ground(shared: Path) -> Ground:
    """The project on GitHub, and how it ends without a fault."""
    return prepare("github", shared / "github")


@pytest.fixture
def place(ground: Ground, tmp_path: Path) -> Iterator[World]:
    """A world of its own."""
    with ground.make(tmp_path / "w") as made:
        yield made


@pytest.fixture
def local_ground(shared: Path) -> Ground:
    """The project with a bare remote, and how it ends without a fault."""
    return prepare("local", shared / "local")


@pytest.fixture
def local(local_ground: Ground, tmp_path: Path) -> Iterator[World]:
    """A world of its own."""
    with local_ground.make(tmp_path / "w") as made:
        yield made


def as_without(ground: Ground, world: World) -> None:
    """Assert that it ended as without the fault."""
    assert not differences(ground.wanted, picture(world)), world.said[-1][-4000:]


def one_clear_line(world: World, code: int, *words: str) -> None:
    """Assert that the last command failed in words for people."""
    said = world.said[-1]
    assert code in (1, 2), said
    assert "Traceback" not in said
    lines = said.lower().splitlines()
    assert any(all(word.lower() in line for word in words) for line in lines), said
    assert not list((world.root / "home").rglob("crashes/*"))


# --- the network ----------------------------------------------------------------------------------------------------


def test_the_network_is_lost_before_and_after_the_push(ground: Ground, place: World) -> None:
    """Broken off by the person while it stays away, and gone on with by itself when it is back; once in one run."""
    github = place.github
    assert github
    holds.hold(place.orders, "post-commit")
    driver = place.start(*GO)
    wait_for(lambda: holds.arrived(place.orders, "post-commit"), "the commit")
    github.order("unreachable")
    holds.let_go(place.orders, "post-commit")
    wait_for(lambda: tries(place) >= 1, "it tries again by itself")
    driver.terminate()
    assert place.ended(driver) == 130
    assert not github.pushes

    before = tries(place)
    holds.hold(place.orders, "post-receive")
    driver = place.start(*GO)
    wait_for(lambda: tries(place) > before, "it tries again by itself")
    github.order("unreachable", on=False)
    wait_for(lambda: holds.arrived(place.orders, "post-receive"), "the push")
    github.order("unreachable")
    before = tries(place)
    holds.let_go(place.orders, "post-receive")
    wait_for(lambda: tries(place) > before, "it tries again by itself")
    github.order("unreachable", on=False)
    assert place.ended(driver) == 0, place.said[-1]
    as_without(ground, place)


def tries(world: World) -> int:
    """How often the log says that SHIP is tried again."""
    return world.log().count(b"trying SHIP again")


# --- GitHub ---------------------------------------------------------------------------------------------------------

ASKED = (
    r"GET .*/actions/runs\?",
    r"GET .*/deployments\?sha",
    r"GET .*/releases\?",
    r"POST .*/releases$",
    r"POST .*/assets",
    r"DELETE .*/releases/\d+$",
    r"POST .*/git/refs$",
    r"PATCH .*/releases/\d+$",
)


TROUBLE: dict[str, Callable[[GitHub, str], object]] = {
    "502": lambda github, match: github.fail(match, bad_gateway()),
    "403 with Retry-After": lambda github, match: github.fail(match, retry_later(1)),
    "the line breaks before": lambda github, match: github.drop(match, "before"),
    "the line breaks after": lambda github, match: github.drop(match, "after"),
    "the line breaks in the middle": lambda github, match: github.drop(match, "middle"),
}
"""What every kind of question can meet: nothing is done twice, whether it was done before the trouble or not."""


@pytest.mark.parametrize("kind", ["mixed", *(pytest.param(each, marks=pytest.mark.long) for each in TROUBLE)])
def test_github_answers_with_trouble_and_the_line_breaks(ground: Ground, place: World, kind: str) -> None:
    """Every kind of question meets trouble once, in one run; in the suite, each the next kind of it."""
    github = place.github
    assert github
    kinds = list(TROUBLE) if kind == "mixed" else [kind]
    for match, each in zip(ASKED, cycle(kinds), strict=False):
        TROUBLE[each](github, match)
    # The push is taken, too, and nobody says so.
    github.order("lose-answer")
    assert place.run(*GO) == 0, place.said[-1]
    assert all(fault.used for fault in github.server.faults), [f.match for f in github.server.faults if not f.used]
    as_without(ground, place)


# --- the remote moved -----------------------------------------------------------------------------------------------


def test_the_remote_moved_meanwhile(place: World) -> None:
    """Before the last look, and between it and the push: a clear stop, nothing is forced, and the fix ships once."""
    github = place.github
    assert github
    for hook, said in (("post-commit", "has 1 commit"), ("pre-push", "moved during the push")):
        holds.hold(place.orders, hook)
        driver = place.start(*GO)
        wait_for(lambda hook=hook: holds.arrived(place.orders, hook), hook)
        theirs = github.commit(f"fix: somebody else's, seen by {hook}", files={f"{hook}.txt": "x\n"})
        holds.let_go(place.orders, hook)
        code = place.ended(driver)
        one_clear_line(place, code, f"origin/main {said}")
        assert "git pull --rebase origin main" in place.said[-1]
        assert github.head() == theirs
        place.git("pull", "--quiet", "--rebase", "origin", "main")
    assert place.run(*GO) == 0, place.said[-1]
    subjects = place.git("log", "--format=%s", "origin/main").splitlines()
    assert subjects.count("chore(release): v0.8.0") == 1, subjects
    assert sum(subject.startswith("fix: somebody else's") for subject in subjects) == 2
    assert github.bare.is_ancestor(theirs, github.head() or "")
    assert len(place.archives()) == 1


# --- the disk -------------------------------------------------------------------------------------------------------


@contextmanager
def permitted() -> Iterator[None]:
    """Skip where the system does not let us make such a disk."""
    try:
        yield
    except mounts.NotPermitted as error:
        pytest.skip(f"no mounts here: {error}")


def test_the_disk_is_full(local_ground: Ground, tmp_path: Path) -> None:
    """Before the commit, after it and after the push of one run."""
    disk = tmp_path / "disk"
    with permitted(), mounts.small_disk(disk, 48 * 1024), local_ground.make(disk / "w") as world:
        for hook in ("pre-commit", "post-commit", "post-receive"):
            holds.hold(world.orders, hook)
            driver = world.start(*GO)
            wait_for(lambda hook=hook: holds.arrived(world.orders, hook), hook)
            ballast = mounts.fill(disk)
            holds.let_go(world.orders, hook)
            code = world.ended(driver)
            # What git gives back when it fails may be room enough for our own files: then the line is that of git.
            git_told = hook == "pre-commit" and "No space left on device" in world.said[-1]
            one_clear_line(world, code, "no space left" if git_told else "cannot be written: the disk is full")
            ballast.unlink()
        assert world.run(*GO) == 0, world.said[-1]
        as_without(local_ground, world)


def test_the_disk_of_the_archive_is_full(local_ground: Ground, tmp_path: Path) -> None:
    with permitted(), local_ground.make(tmp_path / "w") as world, mounts.small_disk(world.claude, 24):
        (world.claude / "commands").mkdir()
        (world.claude / "commands/ship-loop.md").write_text("# Ship, as it was\n")
        code = world.run(*GO)
        one_clear_line(world, code, "the disk is full", str(world.claude))
        assert not world.state_file.exists(), "it is known before anything is done"
        mounts.resize(world.claude, 48 * 1024)
        holds.hold(world.orders, "pre-push")
        driver = world.start(*GO)
        wait_for(lambda: holds.arrived(world.orders, "pre-push"), "the push")
        ballast = mounts.fill(world.claude)
        holds.let_go(world.orders, "pre-push")
        one_clear_line(world, world.ended(driver), "the disk is full", str(world.claude))
        assert world.state_file.exists()
        ballast.unlink()
        assert world.run(*GO) == 0, world.said[-1]
        as_without(local_ground, world)


def test_a_project_and_an_archive_that_cannot_be_written(local_ground: Ground, local: World) -> None:
    """The project before the run and in the middle of it, then the archive at its end."""
    before = sorted(p.name for p in local.folder.iterdir())
    with permitted(), mounts.read_only(local.folder):
        code = local.run(*GO)
        one_clear_line(local, code, str(local.folder), "read-only" if _is_root() else "ermission")
        assert len(local.said[-1].strip().splitlines()) <= 2, local.said[-1]
    assert sorted(p.name for p in local.folder.iterdir()) == before

    holds.hold(local.orders, "pre-push")
    driver = local.start(*GO)
    wait_for(lambda: holds.arrived(local.orders, "pre-push"), "the push")
    with permitted(), mounts.read_only(local.folder):
        holds.let_go(local.orders, "pre-push")
        code = local.ended(driver)
        one_clear_line(local, code, "cannot be written")

    (local.claude / "runs").mkdir()
    with permitted(), mounts.read_only(local.claude / "runs"):
        code = local.run(*GO)
        one_clear_line(local, code, str(local.claude), "read-only" if _is_root() else "ermission")
    assert local.state_file.exists()
    assert local.run(*GO) == 0, local.said[-1]
    as_without(local_ground, local)


def _is_root() -> bool:
    return os.geteuid() == 0
