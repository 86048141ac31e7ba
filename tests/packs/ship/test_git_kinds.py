"""Working trees of every kind: what is committed is what plain git commits of the same changes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.commit.git_workflow import run
from loop_tui.packs.ship.commit.pushing import BranchProtected
from loop_tui.runners.context import SkillFailed

from .shipyard import Yard, new_yard

pytestmark = pytest.mark.usefixtures("quick_npm")

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n"


@pytest.fixture
def yard(world: object, tmp_path: Path) -> Yard:
    return new_yard(tmp_path / "yard", tmp_path / "world/claude")


def commit(yard: Yard, **files: str) -> None:
    for name, text in files.items():
        yard.write(name.replace("__", "/"), text)
    yard.git("add", ".")
    yard.git("commit", "-qm", "chore: files")
    yard.git("push", "-q")


def case_only(yard: Yard) -> None:
    commit(yard, Readme="a\n")
    yard.git("mv", "Readme", "README")


def modes(yard: Yard) -> None:
    commit(yard, tool="#!/bin/sh\n", other="x\n")
    (yard.project / "tool").chmod(0o755)
    yard.git("update-index", "--chmod=+x", "other")
    (yard.project / "other").chmod(0o755)


def a_link_for_a_file(yard: Yard) -> None:
    commit(yard, target="x\n", link="y\n")
    (yard.project / "link").unlink()
    (yard.project / "link").symlink_to("target")


def pointers_without_lfs(yard: Yard) -> None:
    yard.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    commit(yard, **{"a.bin": POINTER.format("0" * 64)})
    yard.write("a.bin", POINTER.format("1" * 64))


def line_ends(yard: Yard) -> None:
    yard.write(".gitattributes", "*.txt text\n*.bat text eol=crlf\n")
    commit(yard, **{"a.txt": "a\n", "b.bat": "b\n"})
    yard.git("config", "core.autocrlf", "input")
    (yard.project / "a.txt").write_bytes(b"a\r\nmore\r\n")
    (yard.project / "b.bat").write_bytes(b"b\r\nmore\r\n")


def a_filter(yard: Yard) -> None:
    yard.write(".gitattributes", "*.up filter=up\n")
    yard.git("config", "filter.up.clean", "tr a-z A-Z")
    yard.git("config", "filter.up.smudge", "tr A-Z a-z")
    commit(yard, **{"a.up": "word\n"})
    yard.write("a.up", "another word\n")


def kept_local(yard: Yard) -> None:
    commit(yard, skip="conf\n", assume="conf\n", plain="1\n")
    yard.git("update-index", "--skip-worktree", "skip")
    yard.git("update-index", "--assume-unchanged", "assume")
    for name in ("skip", "assume"):
        yard.write(name, "mine\n")
    yard.write("plain", "2\n")


def intended(yard: Yard) -> None:
    yard.write("new [x].js", "whole\n")
    yard.write("staged.js", "staged\n")
    yard.git("add", "-N", "new [x].js")
    yard.git("add", "staged.js")
    yard.write("staged.js", "staged, and more\n")


def sparse(yard: Yard) -> None:
    commit(yard, in__a="1\n", out__b="2\n")
    yard.git("sparse-checkout", "set", "in")
    yard.write("in/a", "changed\n")
    yard.write("in/c", "new\n")
    yard.git("add", "in/c")


def removed(yard: Yard) -> None:
    commit(yard, **{"gone.js": "1\n", "dir__also.js": "2\n", "stays.js": "3\n"})
    (yard.project / "gone.js").unlink()
    yard.git("rm", "-q", "--cached", "dir/also.js")
    (yard.project / "dir/also.js").unlink()


def taken_out(yard: Yard) -> None:
    """`git rm --cached`: what still lies there is local from now on, ignored or not."""
    commit(yard, **{".env": "TOKEN=1\n", "config.js": "1\n", "dir__a.js": "2\n", "dir__b.js": "3\n", "plain.js": "4\n"})
    yard.git("rm", "-q", "--cached", ".env", "config.js", "dir/a.js")
    yard.write(".gitignore", "node_modules/\ndist/\n.loop/\n.env\n")
    yard.write("plain.js", "5\n")
    (yard.project / "dir/b.js").unlink()


def moved_and_made_anew(yard: Yard) -> None:
    commit(yard, **{"a.js": "1\n"})
    yard.git("mv", "a.js", "b.js")
    yard.write("a.js", "local\n")


def a_folder_for_a_file(yard: Yard) -> None:
    commit(yard, **{"a.js": "1\n", "b": "2\n"})
    yard.git("rm", "-q", "--cached", "a.js", "b")
    (yard.project / "b").unlink()
    yard.write("b/in.js", "3\n")
    yard.git("add", "b/in.js")


KINDS: dict[str, Callable[[Yard], None]] = {
    "a rename by case only": case_only,
    "file modes": modes,
    "a link for a file": a_link_for_a_file,
    "pointers without lfs": pointers_without_lfs,
    "line ends": line_ends,
    "a filter": a_filter,
    "files kept local": kept_local,
    "intended to be added": intended,
    "a sparse checkout": sparse,
    "removed": removed,
    "taken out of the index": taken_out,
    "moved and made anew": moved_and_made_anew,
    "a folder for a file": a_folder_for_a_file,
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS.keys())
async def test_it_commits_what_plain_git_does(yard: Yard, tmp_path: Path, make: Callable[[Yard], None]) -> None:
    make(yard)
    there = tmp_path / "by-hand"
    shutil.copytree(yard.project, there, symlinks=True)
    yard.git("commit", "-qam", "chore: by hand", cwd=there)
    tree = yard.git("rev-parse", "HEAD^{tree}", cwd=there)
    assert await yard.verify() == tree
    await yard.run(run, "git-workflow")
    assert yard.git("rev-parse", "HEAD^{tree}") == tree
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert yard.git("status", "--porcelain") == yard.git("status", "--porcelain", cwd=there)


SECRET, OTHER = (Code.SECRETS_FOUND, "security"), (Code.GIT_FAILED, "error")
REFUSALS = {
    "a protected branch": ("error: GH006: Protected branch update failed for refs/heads/main.", OTHER),
    "a rule": ("error: GH013: Repository rule violations found for refs/heads/main.", OTHER),
    "a secret": ("error: GH013: Repository rule violations found\n- Push cannot contain secrets", SECRET),
    "a secret, in other words": ("- GITHUB PUSH PROTECTION", SECRET),
    "a window": ("GL-HOOK-ERR: release window is closed", OTHER),
    "a large file": ("error: GH001: Large files detected.", OTHER),
}


@pytest.mark.parametrize(("words", "kind"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_refusal_says_why_and_can_be_gone_on_from(yard: Yard, words: str, kind: tuple[Code, str]) -> None:
    hook = yard.origin / "hooks/pre-receive"
    noise = 'i=0; while [ $i -lt 300 ]; do echo "checking object $i" >&2; i=$((i+1)); done'
    hook.write_text(f"#!/bin/sh\n{noise}\ncat >&2 <<'END'\n{words}\nEND\nexit 1\n")
    hook.chmod(0o755)
    before = yard.remote_head()
    yard.bump()
    await yard.verify()
    with pytest.raises(SkillFailed) as refused:
        await yard.run(run, "git-workflow")
    assert (refused.value.code, refused.value.kind) == kind
    assert isinstance(refused.value, BranchProtected) is ("GH006" in words or words.endswith("refs/heads/main."))
    for line in words.splitlines():
        assert line in refused.value.what
    assert yard.remote_head() == before
    hook.unlink()
    await yard.run(run, "git-workflow")
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert yard.commits() == ["chore(release): v0.8.0", "feat: begin"]


async def test_a_signature_that_cannot_be_made_is_git_s_to_tell(yard: Yard) -> None:
    yard.git("config", "commit.gpgsign", "true")
    yard.git("config", "gpg.program", "/nowhere/gpg")
    yard.bump()
    await yard.verify()
    with pytest.raises(Problem, match="gpg") as refused:
        await yard.run(run, "git-workflow")
    assert refused.value.code is Code.GIT_FAILED
    assert yard.commits() == ["feat: begin"]


async def test_a_signed_commit_is_signed_as_git_does_it(yard: Yard, tmp_path: Path) -> None:
    signer = tmp_path / "gpg"
    signer.write_text(
        "#!/bin/sh\ncat > /dev/null\nprintf '\\n[GNUPG:] SIG_CREATED \\n' >&2\n"
        "printf -- '-----BEGIN PGP SIGNATURE-----\\nmade up\\n-----END PGP SIGNATURE-----\\n'\n"
    )
    signer.chmod(0o755)
    yard.git("config", "commit.gpgsign", "true")
    yard.git("config", "gpg.program", str(signer))
    yard.bump()
    tree = await yard.verify()
    await yard.run(run, "git-workflow")
    assert yard.git("rev-parse", "HEAD^{tree}") == tree
    assert "gpgsig -----BEGIN PGP SIGNATURE-----" in yard.git("cat-file", "commit", "HEAD")
