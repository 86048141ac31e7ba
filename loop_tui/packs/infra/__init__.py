"""The work of the infra loop: what a project is made of, and the files that its platform needs."""

from loop_tui.runners.pack_api import CommandSpec, Pack

PACK = Pack(
    id="infra",
    commands=(
        CommandSpec(
            "infra",
            "Show what a project is made of: languages, services, ports, variables, databases.\n\n"
            "Each finding has its file and line. What the files do not say for certain is listed as a question. "
            "Nothing of the project is run, and links are not followed.",
            "loop_tui.packs.infra.commands.detect:run",
            words="`detect` shows what the project's files say; `detect PATH` those of another folder.",
            loop="default",
        ),
    ),
)
