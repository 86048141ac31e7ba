"""Arguments that many commands take."""

from pathlib import Path
from typing import Annotated

import typer

from . import completion

Folder = Annotated[
    Path | None, typer.Option("--project", "-C", help="The project folder (default: the current folder).")
]
Loop = Annotated[
    str | None,
    typer.Option(
        "--loop", "-l", help="The loop (default: the one with a run in this folder).", autocompletion=completion.loops
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
Stay = Annotated[bool, typer.Option("--no-go", help="Record it, but do not start a driver.")]
Trust = Annotated[bool, typer.Option("--trust", help="Trust the loop's definition in this repository.")]
As = Annotated[str, typer.Option("--as", metavar="NAME", help="The name to record (default: your user name).")]
Adopt = Annotated[
    bool, typer.Option("--adopt", help="Take over a run that is driven elsewhere, even while it is being worked on.")
]
