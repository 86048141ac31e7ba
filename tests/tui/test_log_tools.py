"""What one does with the log: search, filter, wrap, times, copy, save."""

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from loop_tui.storage.log.output_log import read_raw
from loop_tui.storage.log.search import find_backward, find_forward
from loop_tui.tui.cockpit.log_area import LogArea
from loop_tui.tui.cockpit.log_pane import LogPane
from loop_tui.tui.cockpit.log_store import LogStore
from loop_tui.tui.theme import FALLBACK

from .runs import Kept, until


def raw(text: str, skill: str = "build", level: str = "out") -> str:
    return f"1767323045000\t{skill}\t{level}\t{text}"


class AreaApp(App[None]):
    """The log with its input."""

    CSS = """
    LogPane { height: 1fr; scrollbar-size-horizontal: 0; }
    #log-input { display: none; height: 1; }
    #log-input.-shown { display: block; }
    """

    def __init__(self, path: Path, cap: int = 200) -> None:
        super().__init__()
        self.path = path
        self.area = LogArea(lambda: path, path.parent)
        self.cap = cap
        self.copied: list[str] = []
        self.kept = self._notifications = Kept(self._notifications)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return FALLBACK

    def compose(self) -> ComposeResult:
        yield self.area

    def on_mount(self) -> None:
        pane = self.area.pane
        pane.store = LogStore(self.cap)
        pane.view.store = pane.store
        pane.focus()

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)

    def load(self) -> None:
        """Everything that the file holds, as the feed would bring it."""
        lines, end = read_raw(self.path, 0)
        self.area.pane.write(lines, end=end)

    def lines(self) -> list[str]:
        pane = self.area.pane
        return [pane.render_line(y).text.rstrip() for y in range(pane.size.height)]

    def toasts(self) -> list[str]:
        return self.kept.said


def log_of(folder: Path, lines: list[str]) -> Path:
    path = folder / "output.log"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


async def typed(pilot: Pilot[None], key: str, text: str) -> None:
    await pilot.press(key)
    field = pilot.app.query_one("#log-input", Input)
    assert field.has_focus
    field.value = text
    await pilot.press("enter")
    await pilot.pause()


async def test_a_search_finds_what_only_the_disk_still_has(tmp_path: Path) -> None:
    app = AreaApp(log_of(tmp_path, [raw("the first Needle"), *(raw(f"line {n}") for n in range(5000))]))
    async with app.run_test(size=(60, 12), notifications=True) as pilot:
        app.load()
        await until(pilot, lambda: not app.area.pane.is_working)
        assert app.area.pane.store.dropped > 4000
        await typed(pilot, "slash", "needle")
        await until(pilot, lambda: app.area.pane.away)
        assert "▌ the first Needle" in app.lines()
        assert not app.area.pane.following
        app.area.pane.write([raw("while away")], end=app.area.pane.end + 40)
        assert app.area.pane.new_lines == 1
        await pilot.press("f")
        await until(pilot, lambda: app.area.pane.following)
        assert "line 4999" in app.lines()[-1]


async def test_n_and_N_go_from_place_to_place_and_around_the_ends(tmp_path: Path) -> None:
    app = AreaApp(log_of(tmp_path, [raw(f"line {n}" + (" HIT" if n in (3, 2000, 4990) else "")) for n in range(5000)]))
    async with app.run_test(size=(60, 12)) as pilot:
        app.load()
        await until(pilot, lambda: not app.area.pane.is_working)
        await typed(pilot, "slash", "hit")
        pane = app.area.pane

        def at() -> str:
            return "" if pane.mark is None else pane.store[pane.mark].split("\t")[3]

        await until(pilot, lambda: at() == "line 3 HIT")
        for key, wanted in (
            ("n", "line 2000 HIT"),
            ("n", "line 4990 HIT"),
            ("n", "line 3 HIT"),
            ("N", "line 4990 HIT"),
        ):
            await pilot.press(key)
            await until(pilot, lambda wanted=wanted: at() == wanted)
        await pilot.press("N")
        await until(pilot, lambda: at() == "line 2000 HIT")


async def test_what_is_nowhere_is_said(tmp_path: Path) -> None:
    app = AreaApp(log_of(tmp_path, [raw("a"), raw("b")]))
    async with app.run_test(size=(60, 12), notifications=True) as pilot:
        app.load()
        await typed(pilot, "slash", "1767323045")
        await until(pilot, app.toasts, "it is said")
        assert app.toasts() == ["no matches in the log: 1767323045"]


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("fox", ["  the fox"]),
        ("skill:test", ["  of a test"]),
        ("level:warn,error", ["! careful", "✗ no"]),
        ("level:out THE", ["  the fox"]),
        ("nothing like it", []),
    ],
)
async def test_a_filter_shows_only_what_it_holds(tmp_path: Path, wanted: str, shown: list[str]) -> None:
    lines = [raw("the fox"), raw("a hen"), raw("careful", level="warn"), raw("no", level="error")]
    app = AreaApp(log_of(tmp_path, [*lines, raw("of a test", skill="test")]))
    async with app.run_test(size=(60, 12)) as pilot:
        app.load()
        await typed(pilot, "ampersand", wanted)
        found = [line for line in app.lines() if line and not line.startswith(("━━", "  no matching lines"))]
        assert found == shown
        app.area.pane.write([raw("a late fox")])
        assert ("  a late fox" in app.lines()) == (wanted == "fox")
        await pilot.press("escape")
        assert "  a hen" in app.lines()


async def test_long_lines_wrap_also_wide_ones(tmp_path: Path) -> None:
    app = AreaApp(log_of(tmp_path, [raw("x" * 45), raw("日本語" * 8), raw("end")]))
    async with app.run_test(size=(24, 14)) as pilot:
        app.load()
        assert "›" in app.lines()[1]
        await pilot.press("w")
        assert app.lines()[1:4] == ["  " + "x" * 20, "  " + "x" * 20, "  " + "x" * 5]
        assert "".join(line.strip() for line in app.lines()[4:7]) == "日本語" * 8
        assert "  end" in app.lines()
        await pilot.press("w")
        assert "›" in app.lines()[1]


async def test_times_come_and_go(tmp_path: Path) -> None:
    app = AreaApp(log_of(tmp_path, [raw("hello")]))
    async with app.run_test(size=(40, 6)) as pilot:
        app.load()
        await pilot.press("t")
        assert app.lines()[1] == "03:04:05   hello"
        await pilot.press("t")
        assert app.lines()[1] == "  hello"


async def test_copies_are_clean_text(tmp_path: Path) -> None:
    app = AreaApp(log_of(tmp_path, [raw("one"), raw("two \x1b]52;c;aGk=\x07 three")]))
    async with app.run_test(size=(40, 6)) as pilot:
        app.load()
        await pilot.press("y")
        await pilot.press("Y")
        await until(pilot, lambda: len(app.copied) == 2)
        assert "\x1b" not in app.copied[0]
        assert app.copied[1].splitlines()[:2] == ["build", "one"]


async def test_saving_writes_all_of_it_and_never_over_a_file(tmp_path: Path) -> None:
    app = AreaApp(log_of(tmp_path, [raw(f"line {n}") for n in range(1000)]))
    async with app.run_test(size=(60, 12), notifications=True) as pilot:
        app.load()
        await typed(pilot, "S", "kept.txt")
        await until(pilot, app.toasts, "it is said")
        saved = (tmp_path / "kept.txt").read_text().splitlines()
        assert len(saved) == 1000
        assert saved[0] == "03:04:05 build out: line 0"
        (tmp_path / "kept.txt").write_text("mine")
        await typed(pilot, "S", "kept.txt")
        await until(pilot, lambda: len(app.toasts()) == 2)
        assert (tmp_path / "kept.txt").read_text() == "mine"
        assert "already" in app.toasts()[1]


async def test_g_shows_the_beginning_of_the_file(tmp_path: Path) -> None:
    app = AreaApp(log_of(tmp_path, [raw(f"line {n}") for n in range(5000)]))
    async with app.run_test(size=(60, 12)) as pilot:
        app.load()
        await until(pilot, lambda: not app.area.pane.is_working)
        await pilot.press("g")
        await until(pilot, lambda: "  line 0" in app.lines())


@pytest.mark.parametrize("chunk", [16, 100, 4096])
def test_what_lies_across_two_pieces_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr("loop_tui.storage.log.search.CHUNK_BYTES", chunk)
    lines = [raw(f"text number {n} Ärger") for n in range(60)]
    path = log_of(tmp_path, lines)
    data = path.read_bytes()
    for number in (0, 7, 59):
        place = data.index(lines[number].encode())
        assert find_forward(path, f"NUMBER {number} äRG", 0) == place
        assert find_backward(path, f"number {number} ärg", len(data)) == place
    assert find_forward(path, "build", 0) is None, "a skill is not the text"
    assert find_backward(path, "number 59", data.index(lines[59].encode())) is None


def test_a_search_that_is_given_up_ends(tmp_path: Path) -> None:
    path = log_of(tmp_path, [raw("x")])
    assert find_forward(path, "x", 0, given_up=lambda: True) is None


def test_the_pane_has_its_keys() -> None:
    assert {"slash", "n", "N", "ampersand", "w", "t", "y", "Y", "S"} <= {
        key for binding in LogPane.BINDINGS for key in getattr(binding, "key", "").split(",")
    }
