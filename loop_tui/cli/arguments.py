"""Arguments that many commands take."""

from pathlib import Path
from typing import Annotated

import typer

from . import completion

Folder = Annotated[Path | None, typer.Option("--project", "-C", help="The project folder; this one by default.")]
Loop = Annotated[
    str | None,
    typer.Option(
        "--loop", "-l", help="The loop; the one that has a run here by default.", autocompletion=completion.loops
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON event a line.")]
Stay = Annotated[bool, typer.Option("--no-go", help="Only write it down; start no driver.")]
Trust = Annotated[bool, typer.Option("--trust", help="Trust the loop's definition in this repository.")]
As = Annotated[str, typer.Option("--as", metavar="NAME", help="The name you go by; that of the person by default.")]
Adopt = Annotated[
    bool, typer.Option("--adopt", help="Make a run that somebody else drives yours, also while they work on it.")
]
