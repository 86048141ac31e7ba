"""The bare Textual application that the start of ours is measured against: Header, Tree, Log, Footer."""

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Footer, Header, Log, Tree


class BareApp(App[None]):
    """Nothing but the four widgets with a little in them."""

    TITLE = "bare"
    BINDINGS = [("q", "quit", "Quit"), ("space", "go", "Go"), ("question_mark", "help", "Help")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        """The four widgets."""
        yield Header()
        with Horizontal():
            tree: Tree[None] = Tree("loop")
            tree.root.expand()
            for phase in ("INIT", "VERIFY", "SHIP", "COMPLETE"):
                tree.root.add(phase, expand=True).add_leaf("skill")
            yield tree
            yield Log()
        yield Footer()

    def on_mount(self) -> None:
        """A few lines, as a run would have them."""
        self.query_one(Log).write_lines(f"line {number} of the output" for number in range(30))


if __name__ == "__main__":
    BareApp().run()
