"""`loop-tui run --dry-run`: what a run would do."""

from collections.abc import Mapping
from functools import partial

from loop_tui.packs.ship import PACK
from loop_tui.packs.ship.dry_run.plan import plan_of
from loop_tui.packs.ship.dry_run.text import plan_text
from loop_tui.runners.pack_api import ChosenOptions, CommandHost


async def run(host: CommandHost, options: Mapping[str, object]) -> int:
    """Print what the run would do, and change nothing; gives the exit code.

    A definition that nobody trusts yet is shown, too: nothing of it is run. Raises Problem for what cannot be read.
    """
    ports = host.ports()
    loaded = ports.store.load()
    state = loaded.state if loaded is not None else None
    given = {option.name: options.get(option.name) for option in PACK.run_options if options.get(option.name)}
    said = ChosenOptions(given, host.by, str(options.get("reason") or ""), host.project) if given else None
    plan = await plan_of(ports, host.definition(), state, host.kinds, host.preview, said=said)
    if options["json"]:
        host.say_json({"dry_run": True, **plan.model_dump(mode="json")})
    else:
        host.say(plan_text(plan, partial(host.table, least=("Kind",), indent=2)))
    return 0
