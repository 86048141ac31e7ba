"""The moving picture: every frame once, each for its time, and no more than it takes."""

from xml.etree import ElementTree

from screenshots.animation import Frame, svg_of

NAMESPACE = "{http://www.w3.org/2000/svg}"
CALM = (("a < b", "#ffffff", "#000000", True),)
MOVED = ((" ", "#ffffff", "#000000", False), ("c", "#ffffff", "#101010", False))


def test_frames_follow_each_other_and_equal_rows_are_kept_once() -> None:
    drawn = svg_of([Frame((CALM, CALM), 1.0), Frame((CALM, MOVED), 3.0)], "demo", "#000000", 5)
    root = ElementTree.fromstring(drawn)
    rows = root.find(f"{NAMESPACE}defs")
    assert rows is not None
    assert len(rows) == 2
    assert [text.text for text in rows.iter(f"{NAMESPACE}text")] == ["a < b", "c"]
    frames = [group for group in root.iter(f"{NAMESPACE}g") if group.get("class") == "f"]
    assert [[use.get("href") for use in frame] for frame in frames] == [["#r0", "#r0"], ["#r0", "#r1"]]
    styles = root.findtext(f"{NAMESPACE}style") or ""
    assert "@keyframes k0{0.000%{opacity:1}25.000%{opacity:0}}" in styles
    assert "@keyframes k1{0%{opacity:0}25.000%{opacity:1}}" in styles
