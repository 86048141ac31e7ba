"""Starting work that lasts as long as a screen."""

from collections.abc import Callable, Coroutine
from typing import Any, cast

from textual.dom import DOMNode


def run_feed(node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do that until the screen is left; a bug in it ends the app.

    Not given as a coroutine: a screen that is left before its work begins would leave one that was never awaited.
    (Textual takes the function itself, which its types do not say.)
    """
    node.run_worker(cast("Any", work), group="feed", exit_on_error=True)
