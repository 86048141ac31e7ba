"""A run in which nothing is new ends in words of its own, wherever its end is told."""

from tests.projects import Project


def test_the_end_says_that_nothing_was_released_and_what_stands(feature: Project) -> None:
    assert "0.7.0 -> 0.8.0, " in feature.cli("run", "--yes")
    head = feature.git("rev-parse", "HEAD")
    said = feature.cli("run", "--yes")
    assert f"nothing was released, because nothing is new; what stands is 0.8.0, {head[:7]}" in said
    # What stands is what the run before it released.
    released, _ = sorted(feature.archives())
    told = feature.here("status", code=None)
    assert "widget 0.8.0 was shipped" in told
    assert str(released) in told
