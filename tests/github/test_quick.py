"""What stands for gh does what gh does: what it asks, what it prints, how it ends (tests/github/quick.py)."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from loop_tui.process import shell
from tests.github import fixture, quick
from tests.github.fixture import GitHub
from tests.github.http import Reply

github = fixture.github
quick_gh = quick.quick_gh

_ASSET = "repos/acme/widget/releases/assets/1"
_UPLOAD = "https://uploads.github.com/repos/acme/widget/releases/1/assets?name=a%20b.tgz"
_PAGE = '<https://api.github.com/repositories/1/runs?page=2>; rel="next"'
_TWO = {"message": "Validation Failed", "errors": [{"field": "tag_name", "code": "already_exists"}, {"message": "No."}]}
_REFUSED = {"message": "no"}
_SENT_ON = Reply(302, headers={"Location": "https://objects.githubusercontent.com/a?b=c"}, raw=b"")


def _as_they_are(github: GitHub) -> None:
    """Nothing goes wrong."""


def _answered(reply: Reply, match: str = "") -> Callable[[GitHub], None]:
    return lambda github: [github.fail(match, reply, times=None)][0] and None


def _dropped(when: str) -> Callable[[GitHub], None]:
    return lambda github: [github.drop("", when, times=None)][0] and None


def _gone(github: GitHub) -> None:
    github.server.stop()


def _sent_on(github: GitHub) -> None:
    github.fail("GET /repos", _SENT_ON, times=None)
    github.fail("GET /a", Reply(200, headers={"Content-Type": "application/octet-stream"}, raw=b"\x00\xff"), times=None)


CASES = {
    "get": (["GET", "user"], None, _as_they_are),
    "escaped": (["GET", "repos/acme/widget/branches/a%2Fb?per_page=100&x=a%20b"], None, _as_they_are),
    "missing": (["GET", "repos/acme/widget/releases/7"], None, _as_they_are),
    "signed-out": (["GET", "user"], None, _answered(Reply(401, {"message": "Bad credentials"}))),
    "hostile": (["GET", "user"], None, _answered(Reply(200, {"login": "".join(map(chr, range(256)))}))),
    "page": (["GET", "repos/acme/widget/actions/runs"], None, _answered(Reply(200, [1], {"Link": _PAGE}))),
    "not-changed": (["GET", "user", "--header", 'If-None-Match: W/"a"'], None, _answered(Reply(304))),
    "post": (["POST", "repos/acme/widget/releases", "--input", "-"], b'{"a": "\xc3\xa9"}', _answered(Reply(201, {}))),
    "post-nothing": (["POST", "repos/acme/widget/actions/runs/1/rerun"], None, _answered(Reply(201, {}))),
    "put": (
        ["PUT", "repos/acme/widget/pulls/1/merge", "--input", "-"],
        b"{}",
        _answered(Reply(405, _REFUSED)),
    ),
    "deleted": (["DELETE", "repos/acme/widget/releases/1"], None, _answered(Reply(204))),
    "two-errors": (["POST", "repos/acme/widget/releases", "--input", "-"], b"{}", _answered(Reply(422, _TWO))),
    "no-json": (["GET", "user"], None, _answered(Reply(502, headers={"Content-Type": "text/html"}, raw=b"<h1>"))),
    "graph": (["POST", "graphql", "--input", "-"], b"{}", _answered(Reply(200, {"errors": [{"message": "No."}]}))),
    "upload": (["POST", _UPLOAD, "--header", "Content-Type: application/gzip", "--input", "FILE"], None, _dropped("")),
    "sent-on": (["GET", _ASSET, "--header", "Accept: application/octet-stream"], None, _sent_on),
    "dropped": (["GET", "user"], None, _dropped("before")),
    "dropped-post": (["POST", "repos/acme/widget/releases", "--input", "-"], b"{}", _dropped("after")),
    "broken": (["GET", "user"], None, _dropped("middle")),
    "nobody-there": (["GET", "user"], None, _gone),
}
_VARIES = ("date:", "x-ratelimit-remaining:", "x-ratelimit-reset:")
_OF_IT = ("host", "authorization", "accept", "content-type", "if-none-match")


async def _of(github: GitHub, folder: Path, words: Sequence[str], given: bytes | None) -> object:
    """What is printed and how it ends, and what GitHub was asked."""
    before = len(github.called())
    done = await shell.capture(["gh", "api", "-i", "--method", *words], cwd=folder, input=given)
    head, parted, body = done.raw.partition(b"\r\n\r\n")
    shown = [line for line in head.decode().splitlines() if not line.lower().startswith(_VARIES)]
    asked = [
        (r.method, r.host, r.target, r.body, r.status, {n: v for n, v in r.headers.items() if n in _OF_IT})
        for r in github.called()[before:]
    ]
    return shown, parted, body, done.exit_code, done.stderr, asked


@pytest.mark.parametrize("case", CASES)
async def test_it_does_what_gh_does(github: GitHub, tmp_path: Path, case: str, request: pytest.FixtureRequest) -> None:
    words, given, arranged = CASES[case]
    (tmp_path / "a.tgz").write_bytes(b"\x1f\x8b" * 5000)
    words = [str(tmp_path / "a.tgz") if word == "FILE" else word for word in words]
    arranged(github)
    by_gh = await _of(github, tmp_path, words, given)
    asked_by_gh = len(github.called())
    request.getfixturevalue("quick_gh")
    assert await _of(github, tmp_path, words, given) == by_gh
    assert case == "nobody-there" or len(github.called()) == 2 * asked_by_gh


async def test_what_is_not_easy_is_left_to_gh(
    github: GitHub, tmp_path: Path, quick_gh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "bin/gh"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\necho another\n")
    other.chmod(0o755)
    monkeypatch.delenv("GH_TOKEN")
    assert (await shell.capture(["gh", "api", "-i", "--method", "GET", "user"], cwd=tmp_path)).exit_code == 4
    monkeypatch.setenv("PATH", f"{other.parent}:/usr/bin:/bin")
    monkeypatch.setenv("GH_TOKEN", github.model.token)
    assert (await shell.capture(["gh", "api", "-i", "--method", "GET", "user"], cwd=tmp_path)).stdout == "another\n"
    assert (await shell.capture(["gh", "--version"], cwd=tmp_path)).stdout == "another\n"
    assert not github.called()
