"""Two tarballs of a package, compared: what is foreign may be damaged, and may hold more than files."""

import io
import random
import tarfile
import zlib
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.services.registry.contents import differing


def packed(path: Path, kind: bytes, text: str = "", link: str = "") -> Path:
    """A tarball whose one member is of that type."""
    member = tarfile.TarInfo("package/index.js")
    member.type, member.linkname, member.size = kind, link, len(text)
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize(
    ("text", "kind", "link"),
    [
        ("other.js", tarfile.SYMTYPE, "other.js"),
        ("other.js", tarfile.LNKTYPE, "other.js"),
        ("", tarfile.FIFOTYPE, ""),
        ("", tarfile.SYMTYPE, ""),
    ],
)
def test_what_is_no_file_is_never_the_same_as_one(tmp_path: Path, text: str, kind: bytes, link: str) -> None:
    file = packed(tmp_path / "file.tgz", tarfile.REGTYPE, text)
    other = packed(tmp_path / "other.tgz", kind, link=link)
    assert differing(file, other) == ("index.js",)
    assert differing(other, other) == ()
    assert differing(file, packed(tmp_path / "old.tgz", tarfile.AREGTYPE, text)) == ()


def test_where_a_link_leads_counts(tmp_path: Path) -> None:
    one, other = (packed(tmp_path / f"{to}.tgz", tarfile.SYMTYPE, link=to) for to in ("a", "b"))
    assert differing(one, other) == ("index.js",)


def test_a_damaged_tarball_is_a_problem_wherever_it_is_damaged(tmp_path: Path) -> None:
    """Behind the header of a member zlib has the first word, with an error of its own."""
    text = "".join(random.Random(7).choices("0123456789abcdef", k=1_000_000))  # what does not pack well
    whole = packed(tmp_path / "whole.tgz", tarfile.REGTYPE, text)
    damaged, data, said = tmp_path / "damaged.tgz", whole.read_bytes(), set()
    for at in range(20, len(data) - 200, len(data) // 20):
        damaged.write_bytes(data[:at] + b"\xff" * 100 + data[at + 100 :])
        try:
            assert differing(whole, damaged) == ("index.js",)
        except Problem as problem:
            said.add(type(problem.__cause__))
    assert zlib.error in said
