"""The repository behind the fixture: a real bare one, reached as git@github.com:acme/widget.git through a script.

Its hooks do what GitHub does: refuse a push to a protected branch (GH006). What goes wrong on demand is told to the
script and the hooks by files in `orders`, so that it also reaches pushes of other processes.
"""

import os
import subprocess
from pathlib import Path

_SSH = """\
#!/bin/sh
# Stands in for ssh: serves one repository, to git, and nothing else.
for last; do :; done
case " $* " in *" git@github.com "*) ;; *) echo "ssh: Could not resolve hostname" >&2; exit 255 ;; esac
case "$last" in
  "git-upload-pack '{name}.git'" | "git-upload-pack '{name}'") program=upload-pack ;;
  "git-receive-pack '{name}.git'" | "git-receive-pack '{name}'") program=receive-pack ;;
  *) echo "ERROR: Repository not found." >&2; exit 1 ;;
esac
echo "$program" >> '{orders}/calls'
if [ -e '{orders}/unreachable' ]; then
  echo "ssh: connect to host github.com port 22: Connection refused" >&2; exit 255
fi
if [ -e '{orders}/denied' ]; then
  echo "git@github.com: Permission denied (publickey)." >&2; exit 255
fi
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
exec git $program '{bare}'
"""
_PRE_RECEIVE = """\
#!/bin/sh
while read -r old new ref; do
  if grep -qxF "$ref" '{orders}/protected' 2>/dev/null; then
    echo "error: GH006: Protected branch update failed for $ref." >&2
    echo "error: Changes must be made through a pull request." >&2
    exit 1
  fi
done
"""
# Runs when the refs have changed and before the client is told: the place to note a push, and to lose the answer.
_TRANSACTION = """\
#!/bin/sh
[ "$1" = committed ] || exit 0
while read -r old new ref; do
  case "$ref" in refs/heads/*) echo "$old $new $ref" >> '{orders}/pushed' ;; esac
done
[ -n "$FROM_THE_API" ] && exit 0
if rm '{orders}/lose-answer' 2>/dev/null; then kill -KILL $PPID; fi
"""


class Bare:
    """A bare repository with GitHub's manners. `name` is `owner/name`."""

    def __init__(self, folder: Path, name: str, default_branch: str = "main") -> None:
        self.path = folder / "bare.git"
        self.orders = folder / "orders"
        self.ssh = folder / "ssh"
        self.name = name
        self._read = 0
        self._known: dict[str, str] = {}
        self._early: set[tuple[str, str]] = set()
        self.orders.mkdir(parents=True)
        self._run("init", "--quiet", "--bare", f"--initial-branch={default_branch}", str(self.path), cwd=folder)
        words = {"name": name, "orders": self.orders, "bare": self.path}
        hooks = self.path / "hooks"
        hooks.mkdir(exist_ok=True)
        for path, text in (
            (self.ssh, _SSH),
            (hooks / "pre-receive", _PRE_RECEIVE),
            (hooks / "reference-transaction", _TRANSACTION),
        ):
            for word, value in words.items():
                text = text.replace(f"{{{word}}}", str(value))
            path.write_text(text)
            path.chmod(0o755)

    @property
    def url(self) -> str:
        """What a remote says."""
        return f"git@github.com:{self.name}.git"

    # --- orders ---

    def protect(self, *branches: str) -> None:
        """Refuse direct pushes to these branches from now on, and to no others."""
        (self.orders / "protected").write_text("".join(f"refs/heads/{branch}\n" for branch in branches))

    def order(self, name: str, on: bool = True) -> None:
        """Switch one of: unreachable, denied, lose-answer (of the next push: it is taken, and nobody hears of it)."""
        path = self.orders / name
        path.touch() if on else path.unlink(missing_ok=True)

    @property
    def calls(self) -> list[str]:
        """What git asked over ssh so far: upload-pack (fetch, ls-remote) and receive-pack (push)."""
        return _lines(self.orders / "calls")

    # --- reading ---

    def git(self, *args: str, input: str | None = None) -> str:
        """Run git in it; raises when it fails."""
        return self._run(*args, cwd=self.path, input=input)

    def _run(self, *args: str, cwd: Path, input: str | None = None) -> str:
        names = {"GIT_AUTHOR_NAME": "GitHub", "GIT_AUTHOR_EMAIL": "noreply@github.com"}
        names |= {"GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.com"}
        env = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(cwd), "FROM_THE_API": "1"} | names
        done = subprocess.run(["git", *args], cwd=cwd, env=env, input=input, capture_output=True, text=True)
        if done.returncode:
            raise GitFailed(f"git {' '.join(args)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.rstrip("\n")

    def refs(self, under: str = "refs/") -> dict[str, str]:
        """Every ref and what it points to."""
        rows = self.git("for-each-ref", "--format=%(refname) %(objectname)", under).splitlines()
        return dict(row.split(" ", 1) for row in rows)

    def resolve(self, revision: str) -> str | None:
        """The commit that a revision names, or None."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitFailed:
            return None

    def head(self, branch: str) -> str | None:
        """The commit that a branch is at, or None."""
        return self.resolve(f"refs/heads/{branch}")

    def message(self, sha: str) -> str:
        """The message of a commit, empty for one that is not here."""
        return self.git("log", "-1", "--format=%B", sha) if self.resolve(sha) else ""

    def is_ancestor(self, old: str, new: str) -> bool:
        """True when `new` contains `old`."""
        try:
            self.git("merge-base", "--is-ancestor", old, new)
        except GitFailed:
            return False
        return True

    def file(self, sha: str, path: str) -> str | None:
        """The text of a file in a commit, or None."""
        try:
            return self.git("show", f"{sha}:{path}")
        except GitFailed:
            return None

    def new_pushes(self) -> list[tuple[str, str]]:
        """Branch and commit of each push since the last call, in their order; each once.

        A push whose server was killed before it could be noted is found by the branch that moved.
        """
        noted = _lines(self.orders / "pushed")
        found: dict[tuple[str, str], None] = {}
        for line in noted[self._read :]:
            _, new, ref = line.split(" ")
            push = (ref.removeprefix("refs/heads/"), new)
            if push in self._early:
                self._early.discard(push)
            elif set(new) != {"0"}:
                found[push] = None
        self._read = len(noted)
        now = {ref.removeprefix("refs/heads/"): sha for ref, sha in self._heads().items()}
        for push in now.items():
            if self._known.get(push[0]) != push[1] and push not in found:
                found[push] = None
                self._early.add(push)
        self._known = now
        return list(found)

    def _heads(self) -> dict[str, str]:
        """The branches, read from their files: this happens at every request."""
        found = {}
        for line in _lines(self.path / "packed-refs"):
            sha, _, ref = line.partition(" ")
            if ref.startswith("refs/heads/"):
                found[ref] = sha
        heads = self.path / "refs/heads"
        for path in heads.rglob("*"):
            try:
                text = path.read_text().strip() if path.is_file() and path.suffix != ".lock" else ""
            except FileNotFoundError:
                continue
            if len(text) == 40:
                found[path.relative_to(self.path).as_posix()] = text
        return found

    # --- changing ---

    def commit(self, branch: str, message: str, files: dict[str, str] | None = None) -> str:
        """Somebody else's commit on a branch: files are added to its tree at the top. Gives the sha."""
        parent = self.head(branch)
        tree = self.git("ls-tree", parent).splitlines() if parent else []
        rows = {row.split("\t", 1)[1]: row for row in tree}
        for name, text in (files or {}).items():
            blob = self.git("hash-object", "-w", "--stdin", input=text)
            rows[name] = f"100644 blob {blob}\t{name}"
        made = self.git("mktree", input="".join(f"{row}\n" for row in rows.values()))
        parents = ["-p", parent] if parent else []
        sha = self.git("commit-tree", made, *parents, "-m", message)
        self.git("update-ref", f"refs/heads/{branch}", sha)
        return sha

    def merge(self, base: str, head: str, message: str, method: str) -> str | None:
        """Bring the commit `head` into the branch `base` as a pull request does; None for a conflict."""
        onto = self.head(base)
        assert onto
        try:
            tree = self.git("merge-tree", "--write-tree", onto, head).splitlines()[0]
        except GitFailed:
            return None
        parents = ["-p", onto, "-p", head] if method == "merge" else ["-p", onto]
        if method == "rebase":
            ours = self.git("rev-list", "--reverse", "--no-merges", f"{onto}..{head}").splitlines()
            message = self.message(ours[-1]) if ours else message
        sha = self.git("commit-tree", tree, *parents, "-m", message)
        self.git("update-ref", f"refs/heads/{base}", sha, onto)
        return sha


class GitFailed(Exception):
    """git in the bare repository did not do what it was asked."""


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text().split("\n")[:-1] if line]
    except FileNotFoundError:
        return []
