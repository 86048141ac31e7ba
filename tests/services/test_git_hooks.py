"""What a project's hooks and filters see is what plain git shows them: real ones, which write down what they see."""

import os
import re
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from loop_tui.model.lease import CHILD_VARIABLE
from loop_tui.process.environment import started_by
from loop_tui.services.git import commits, git, refs, remotes

HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-push", "reference-transaction")
FILTERS = ("clean", "smudge")
PERSON = {
    "english": {"LANG": "C.UTF-8", "EDITOR": "vim", "TERM": "xterm-256color"},
    "german, in CI": {"LANG": "de_DE.UTF-8", "LANGUAGE": "de", "CI": "true", "GIT_EDITOR": "code --wait"},
    "odd": {"LC_CTYPE": "C", "LC_ALL": "", "npm_config_x": "1", "A.B": "kept", "LINES": "44", "FORCE_COLOR": "3"},
    "in a hook of another repository": {"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere", "GIT_PREFIX": "x/"},
}
OF_A_HOOK = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX")


def sh(folder: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def listens(path: Path, seen: Path, name: str, then: str = "") -> Path:
    """A program that writes down what it sees (a new file each time), and goes on with `then`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"#!/bin/sh\nfile=$(mktemp '{seen}/{name}.XXXXXX')\n"
        f'{{ env; echo "--- $# $*"; pwd -P; grep SigIgn /proc/self/status; }} 2> /dev/null | sort > "$file"\n'
        f"{then or 'cat >> $file'}\n"
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository whose every hook and filter listens, and a remote."""
    root, seen, tools = tmp_path / "project", tmp_path / "seen", tmp_path / "tools"
    root.mkdir()
    seen.mkdir()
    sh(root, "init", "-q")
    sh(root, "init", "-q", "--bare", str(tmp_path / "origin.git"))
    sh(root, "remote", "add", "origin", str(tmp_path / "origin.git"))
    (root / "a.txt").write_text("a\n")
    (root / ".gitattributes").write_text("*.bin filter=listens\n")
    sh(root, "add", ".")
    sh(root, "commit", "-qm", "chore: first")
    sh(root, "push", "-q", "origin", "main")
    for name in FILTERS:
        sh(root, "config", f"filter.listens.{name}", str(listens(tools / name, seen, name, "exec cat")))
    for name in HOOKS:
        listens(root / ".git/hooks" / name, seen, name)
    return root


def heard(root: Path) -> dict[str, list[str]]:
    """What was seen since this was asked last: of each hook, every time, in an order of its own."""
    found: dict[str, list[str]] = {}
    for file in sorted((root.parent / "seen").iterdir()):
        text = re.sub(r"next-index-\d+|AUTHOR_DATE=@\d+", "N", file.read_text())
        text = re.sub(r"\b[0-9a-f]{40}\b", "SHA", text)
        # Real-time signals are the thread library's own.
        text = re.sub(r"(?<=SigIgn:\t)\w+", lambda found: f"{int(found[0], 16) & 0x7FFFFFFF:x}", text)
        found.setdefault(file.name.rpartition(".")[0], []).append(text)
        file.unlink()
    return {name: sorted(set(texts)) for name, texts in found.items()}


def plainly(folder: Path, *args: str) -> None:
    """What the person would do there."""
    env = {name: value for name, value in os.environ.items() if name not in OF_A_HOOK}
    env |= {"GIT_TERMINAL_PROMPT": "0", "PWD": str(folder)}
    subprocess.run(["git", *args], cwd=folder, env=env, check=True, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("driven", [False, True], ids=["by hand", "by a driver"])
@pytest.mark.parametrize("person", PERSON.values(), ids=PERSON.keys())
async def test_hooks_and_filters_see_what_plain_git_shows_them(
    repo: Path, monkeypatch: pytest.MonkeyPatch, person: dict[str, str], driven: bool
) -> None:
    for name, value in person.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LOOP_TUI_NOTIFY", "json://user:password@host")
    names = ["a.txt", "new [x] *.txt", "b.bin"]

    async def ours(act: Callable[[], Awaitable[object]]) -> None:
        if not driven:
            await act()
            return
        with started_by("the-driver"):
            await act()

    def change(text: str) -> None:
        for name in names:
            (repo / name).write_text(text)

    def without_ours(seen: dict[str, list[str]]) -> dict[str, list[str]]:
        return {name: [re.sub(r"LOOP_TUI_NOTIFY=.*\n", "", text) for text in texts] for name, texts in seen.items()}

    change("one\n")
    for words in (
        ("add", "--", *names),
        ("commit", "--quiet", "--only", "-m", "feat: one", "--", *names),
        ("push", "--quiet", "origin", "main"),
        ("tag", "-a", "-m", "v1", "v1", "HEAD"),
    ):
        plainly(repo, *words)
    by_hand = without_ours(heard(repo))
    change("two\n")
    await ours(lambda: commits.add(repo, names))
    await ours(lambda: commits.commit(repo, names, "feat: two"))
    head = sh(repo, "rev-parse", "HEAD") if "GIT_DIR" not in person else (await git.head_sha(repo) or "")
    await ours(lambda: remotes.push(repo, "origin", "main", head, "main"))
    await ours(lambda: refs.create_tag(repo, "v2", head, "v2"))
    by_us = heard(repo)
    assert set(by_hand) == {*HOOKS, "clean"}
    for name, texts in by_hand.items():
        assert [text.replace("v1", "v2") for text in texts] == by_us[name], name
    whole = "\n".join(text for texts in by_us.values() for text in texts)
    assert CHILD_VARIABLE not in whole
    assert "LITERAL_PATHSPECS" not in whole
    assert "GIT_CONFIG" not in whole.replace("GIT_CONFIG_NOSYSTEM", "").replace("GIT_CONFIG_GLOBAL", "")
    assert "LOOP_TUI_NOTIFY" not in whole


async def test_a_smudge_filter_sees_what_a_checkout_shows_it(repo: Path, tmp_path: Path) -> None:
    from loop_tui.services.git import trees

    (repo / "b.bin").write_text("b\n")
    plainly(repo, "add", "b.bin")
    plainly(repo, "commit", "-qm", "feat: b")
    (repo / "b.bin").unlink()
    heard(repo)
    plainly(repo, "checkout", "--", "b.bin")
    (by_hand,) = heard(repo)["smudge"]
    await trees.export(repo, "HEAD", tmp_path / "out")
    (by_us,) = heard(repo)["smudge"]
    # An index of its own is how a checkout elsewhere is asked for.
    assert [line for line in by_us.splitlines() if not line.startswith("GIT_INDEX_FILE=")] == by_hand.splitlines()


@pytest.mark.parametrize("name", ["*.js", "[ab].js", "a?.js", ":(glob)x", "!x.js", "ünï \udce9.js"])
async def test_a_name_is_that_file_and_no_pattern(repo: Path, name: str) -> None:
    for other in ("a.js", "b.js", "ab.js", "x.js"):
        (repo / other).write_text("others\n")
    sh(repo, "add", "--", "a.js", "b.js", "ab.js", "x.js")
    (repo / name).write_text("this\n")
    await commits.add(repo, [name])
    await commits.commit(repo, [name], "feat: this")
    listed = await git.ask(repo, "diff-tree", "--root", "-r", "--name-only", "-z", "--no-commit-id", "HEAD")
    assert git.fields(listed) == [name]
    assert sh(repo, "diff", "--cached", "--name-only").split() == ["a.js", "ab.js", "b.js", "x.js"]


PATTERNS = {
    "a glob": ("*.js", "a.js"),
    "magic": ("':(icase)A.JS'", "a.js"),
    "an exclusion": (". ':!*.md'", "a.js"),
    "a folder": ("'src/**/*.ts'", "src/deep/er.ts"),
}


@pytest.mark.parametrize(("pattern", "path"), PATTERNS.values(), ids=PATTERNS.keys())
@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg", "pre-push"])
async def test_a_hook_that_looks_by_a_pattern_refuses_as_it_does_by_hand(
    repo: Path, hook: str, pattern: str, path: str
) -> None:
    file = repo / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("debugger\n")
    sh(repo, "add", "--", path)
    span = "origin/main..HEAD" if hook == "pre-push" else "--cached"
    files = f"$(git diff {span} --name-only --diff-filter=ACM -- {pattern})"
    (repo / ".git/hooks" / hook).write_text(f'#!/bin/sh\nf={files}\n[ -z "$f" ] || ! grep debugger $f\n')
    if hook == "pre-push":
        await commits.commit(repo, [path], "feat: it")
        pushed = await remotes.push(repo, "origin", "main", sh(repo, "rev-parse", "HEAD"))
        assert pushed.outcome is remotes.PushOutcome.FAILED
        assert sh(repo, "ls-remote", "origin", "refs/heads/main").split()[0] == sh(repo, "rev-parse", "HEAD~1")
        return
    before = sh(repo, "rev-parse", "HEAD")
    with pytest.raises(git.Problem, match="debugger"):
        await commits.commit(repo, [path], "feat: it")
    assert sh(repo, "rev-parse", "HEAD") == before
