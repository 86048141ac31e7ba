"""Target `local`: the build and the server on this machine, as the deploy skill found them."""

from pathlib import Path

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.status import SkillStatus
from loop_tui.packs.ship.verify.earlier import BEFORE_PUSH
from loop_tui.packs.ship.verify.server_settings import NO_SERVER
from loop_tui.runners.context import Context
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from loop_tui.services.toolchains import npm

_DEPLOYED = ("build", "server")
_CHECKS = (*_DEPLOYED, "version")
_NOTHING = "no build or start script"


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """What the checks of deploy say about the shipped tree; `not seen` when it did not run or ran on another tree."""
    found = {check.name: check for check in _of_deploy(ctx) if check.name in _CHECKS}
    at = max((check.at for check in found.values()), default=ctx.do.now())

    def verdict(level: TargetLevel, summary: str) -> TargetVerdict:
        # `version` in a target's evidence is the version that the place shows; the server has a line of its own there.
        facts = {f"{name} check": f"{check.status.value} ({check.summary})" for name, check in found.items()}
        return TargetVerdict(target=target.id, level=level, summary=summary, evidence={**facts}, at=at)

    if why := _skipped(ctx):
        return verdict(TargetLevel.SKIPPED, f"deploy was skipped: {why}")
    if not found:
        return verdict(TargetLevel.NOT_SEEN, "deploy recorded no checks")
    failed = [name for name, check in found.items() if check.status.value == "failed"]
    if failed:
        return verdict(TargetLevel.FAILED, f"{', '.join(failed)} failed")
    if shipment.tree and any(check.tree and check.tree != shipment.tree for check in found.values()):
        return verdict(TargetLevel.NOT_SEEN, "deploy checked a tree other than the shipped one")
    passed = [check for check in found.values() if check.passed]
    if not any(check.name in _DEPLOYED for check in passed):
        # A version that agrees with itself deploys nothing.
        return verdict(TargetLevel.NOT_CONFIGURED, _NOTHING)
    # In one row of a narrow panel; what each found is in the evidence, and in the checks of deploy.
    earlier = " before the push" if all(check.summary.endswith(BEFORE_PUSH) for check in passed) else ""
    return verdict(TargetLevel.CONFIRMED, f"{', '.join(check.name for check in passed)} passed{earlier}")


def _skipped(ctx: Context) -> str:
    """Why deploy was skipped in this run, or nothing."""
    skills = (s for p in ctx.state.phases for s in p.skills if s.id == "deploy")
    return next((s.reason for s in skills if s.status is SkillStatus.SKIPPED), "")


def _of_deploy(ctx: Context) -> tuple[Check, ...]:
    """The checks of the newest deploy in this run."""
    entries = [entry for entry in ctx.state.skill_log if entry.skill == "deploy" and entry.checks]
    return tuple(check for check in entries[-1].checks if check.ran_here) if entries else ()


def missing(project: Path, target: TargetDefinition) -> str:
    """What there has to be for a local deployment (`TargetSpec.missing`)."""
    package = npm.read_package(project)
    server = str(target.settings.get("start", "start"))
    known = package is not None and (package.script("build") or (server != NO_SERVER and package.script(server)))
    return "" if known else _NOTHING
