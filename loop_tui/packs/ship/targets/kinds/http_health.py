"""Target `http-health`: a live address, asked until it reports the shipped commit or version."""

import re

from loop_tui.model.clock import words
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.regex import regex
from loop_tui.packs.ship.targets import polling
from loop_tui.packs.ship.targets.durations import earlier_ms
from loop_tui.packs.ship.targets.polling import Observation, PollProblem, watch
from loop_tui.runners.context import Context, Proof
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from loop_tui.services import web
from loop_tui.services.health import Health, read_health

CAP_S = 900.0
_COMMIT = regex(r"[0-9a-f]{7,64}", re.IGNORECASE)


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """`healthy` when GET of `url` reports our commit, or our version where it reports no commit; else `not seen`.

    Settings: `url`, and those of time (`cap_s`: 15 min). A commit that is not ours outweighs a version that is.
    """
    url = str(target.settings["url"])
    web.checked(url)
    began = polling.now_s()
    waiting_for = f"{shipment.version or shipment.sha[:7]} at {url}"

    async def look() -> Observation:
        try:
            reply = await web.get(url)
        except web.NoAnswer as problem:
            raise PollProblem(problem.what, problem.where, code=problem.code) from problem
        said = read_health(reply.status, reply.body)
        facts: Proof = {
            "command": f"curl {url}",
            "api": f"GET {url}",
            "field": f"status {reply.status}, version {said.version or 'none'}, commit {said.commit or 'none'}",
            "place": f"live server {url}",
            "version": said.version.removeprefix("v"),
            "time": ctx.do.now(),
        }
        if reply.elsewhere:
            return Observation(
                TargetLevel.EXPECTED, f"it redirects to {reply.elsewhere}, which is not followed", waiting_for, facts
            )
        if not 200 <= reply.status < 300:
            return Observation(TargetLevel.EXPECTED, f"it answers {reply.status}: {said.excerpt}", waiting_for, facts)
        if found := reports(said, shipment):
            took_ms = round((polling.now_s() - began) * 1000)
            return Observation(
                TargetLevel.HEALTHY,
                f"reports {found} after {words(took_ms)}",
                "",
                facts | {"took_ms": took_ms},
                url=url,
            )
        return Observation(TargetLevel.EXPECTED, f"it reports {_said(said)}", waiting_for, facts)

    usually_ms = await earlier_ms(ctx, target)
    return await watch(ctx, target, shipment, look, cap_s=CAP_S, usually_ms=usually_ms, live=True)


def reports(said: Health, shipment: Shipment) -> str:
    """What of it is ours: `commit abc1234` or `version 1.2.3`; empty when it is not ours."""
    if _COMMIT.fullmatch(said.commit):
        return f"commit {shipment.sha[:7]}" if shipment.sha.startswith(said.commit.lower()) else ""
    ours = bool(shipment.version) and said.version.removeprefix("v") == shipment.version
    return f"version {shipment.version}" if ours else ""


def _said(said: Health) -> str:
    parts = [f"version {said.version}" if said.version else "", f"commit {said.commit[:12]}" if said.commit else ""]
    return ", ".join(part for part in parts if part) or said.excerpt or "nothing"
