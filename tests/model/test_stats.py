"""The rules of statistics, against naive computations."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from loop_tui.model.outcome import RunOutcome
from loop_tui.model.stats import words
from loop_tui.model.stats.facts import RunMeasures, Verdict
from loop_tui.model.stats.measures import flaky_checks, spread_of, stats_of, trend_of
from loop_tui.model.stats.usual import Usual, unusual_ms, usual_ms, usual_of
from loop_tui.model.stats.values import Rate, Trend

DURATIONS = st.lists(st.integers(0, 10**9), max_size=30)


def at(values: list[int], part: float) -> int:
    """The value at a part of the way through the sorted values, in proportion between two of them."""
    place = (len(values) - 1) * part
    low = int(place)
    high = min(low + 1, len(values) - 1)
    ordered = sorted(values)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


@given(DURATIONS)
def test_a_spread_is_that_of_a_naive_computation(took: list[int]) -> None:
    spread = spread_of(took)
    if len(took) < 3:
        assert spread is None
    else:
        assert spread is not None
        naive = (at(took, 0.5), at(took, 0.25), at(took, 0.75))
        for ours, theirs in zip((spread.median_ms, spread.lower_ms, spread.upper_ms), naive, strict=True):
            assert abs(ours - theirs) <= 1  # Halves are rounded to either side.
        assert usual_ms(took) == spread.median_ms


@given(DURATIONS)
def test_a_trend_is_that_of_a_naive_computation(took: list[int]) -> None:
    trend = trend_of(took)
    if len(took) < 8:
        assert trend is None
    else:
        assert trend is not None
        assert abs(trend.last_ms - at(took[-5:], 0.5)) <= 1
        assert abs(trend.before_ms - at(took[:-5], 0.5)) <= 1
        assert (trend.last, trend.before) == (5, len(took) - 5)


VERDICTS = st.lists(
    st.builds(
        Verdict,
        check=st.sampled_from(["lint", "test"]),
        command=st.sampled_from(["", "npm test"]),
        tree=st.sampled_from(["a", "b", "c"]),
        is_passed=st.booleans(),
        at=st.just(""),
    ),
    max_size=30,
)


@given(VERDICTS)
def test_a_flaky_check_said_both_of_one_tree_with_one_command(verdicts: list[Verdict]) -> None:
    told = {(v.check, v.command, v.tree) for v in verdicts if v.is_passed}
    told &= {(v.check, v.command, v.tree) for v in verdicts if not v.is_passed}
    flaky = flaky_checks(verdicts)
    assert Counter(c.name for c in flaky) == Counter(name for name, _ in {key[:2] for key in told})
    assert sum(c.flaky.hits for c in flaky) == len(told)
    assert sum(c.passed + c.failed for c in flaky) == sum((v.check, v.command, v.tree) in told for v in verdicts)
    assert all(c.passed and c.failed and c.flaky.hits <= c.flaky.total for c in flaky)


RUNS = st.lists(
    st.builds(
        RunMeasures,
        loop=st.just("a-loop"),
        system=st.just("s"),
        completed_at=st.just(""),
        outcome=st.sampled_from(RunOutcome),
        working_ms=st.none() | st.integers(1, 10**6),
        durations=st.dictionaries(st.sampled_from("abc"), st.integers(0, 10**6)),
        place=st.just({}),
        phases=st.just({}),
        targets=st.just({}),
        attempts=st.just({}),
        waited=st.just(()),
        verdicts=st.just(()),
    ),
    max_size=12,
)


@given(RUNS)
def test_what_is_usual_is_what_the_statistics_say(runs: list[RunMeasures]) -> None:
    usual, stats = usual_of(runs), stats_of("a-loop", "s", runs)
    if stats.whole.spread is not None:
        assert stats.whole.spread.median_ms == usual.whole
    assert usual.skills.keys() == {each.times.name for each in stats.skills}
    for each in stats.skills:
        name = each.times.name
        assert usual.counts[name] == each.times.count
        assert (usual.unusual_from_ms(name) is None) == (each.times.spread is None)
        if each.times.spread is not None:
            assert usual.skills[name] == each.times.spread.median_ms


def test_three_times_its_usual_is_unusual_when_it_is_worth_a_word() -> None:
    assert unusual_ms(60_000) == 180_000
    assert unusual_ms(100) == 5100
    usual = Usual({"a": 60_000, "b": 60_000}, counts={"a": 3, "b": 2})
    assert [usual.unusual_from_ms(name) for name in "abc"] == [180_000, None, None]


def test_the_time_left_is_known_where_all_of_it_is() -> None:
    usual = Usual({"a": 10_000, "b": 20_000})
    assert usual.left_ms("ab") == 30_000
    assert usual.left_ms("ab", "a", 4000) == 26_000
    assert usual.left_ms("ab", "a", 99_000) == 20_000
    assert usual.left_ms("abc") is None
    assert usual.left_ms("") == 0


def test_statistics_in_words() -> None:
    assert [words.trend(Trend(now, 100, 5, 3)) for now in (100, 109, 110, 90, 250, 10**6)] == [
        *("steady", "steady", "+10%", "-10%", "+150%", "+999%")
    ]
    assert words.trend(Trend(5, 0, 5, 3)) == "steady"
    assert [words.rate(Rate(hits, total)) for hits, total in ((2, 3), (1, 2), (0, 0))] == [
        "2/3",
        "too few to tell",
        "-",
    ]
