"""A conductor over real files, for what has to hold on a disk."""

from collections.abc import Mapping
from pathlib import Path

from loop_tui.cli.packs import packs, runners
from loop_tui.cli.wiring import run_ports
from loop_tui.driver.conductor import Conductor
from loop_tui.driver.options import Options
from loop_tui.driver.output import Output
from loop_tui.model.definition import LoopDefinition
from loop_tui.ports import Clock


def conductor(
    project: Path, definition: LoopDefinition, environment: Mapping[str, str], clock: Clock | None = None
) -> Conductor:
    """The conductor of the run that lies in that project, as a new driver has it."""
    ports = run_ports(project, definition, environment, clock)
    output = Output(ports.log, (), None, ports.clock)
    said = Options(by="ada")
    return Conductor(
        ports,
        definition,
        said,
        output,
        environment=environment,
        secrets=(),
        runners=runners(),
        packs=packs(),
        on_event=None,
    )
