"""Target `github-deployment`: the deployment of the shipped commit that an app posted, as Railway and Vercel do."""

from pathlib import Path

from loop_tui.model.clock import ms_between
from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.evidence import repository
from loop_tui.packs.ship.targets.durations import earlier_ms
from loop_tui.packs.ship.targets.polling import Observation, watch
from loop_tui.runners.context import Context, Proof
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from loop_tui.services.git import history
from loop_tui.services.github import gh
from loop_tui.services.github.gh import Repository
from loop_tui.services.github.models import Deployment, DeploymentStatus

from .github_actions import repository_on_github

CAP_S = 900.0
_LATER_ONES = 5
_UNDER_WAY = ("queued", "pending", "in_progress", "waiting")


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """`confirmed` when the deployment of our commit succeeded and none of another commit went live after it.

    Settings: `environment`, `app` (the login of whoever posts, with or without `[bot]`), and those of time.
    """
    environment, app = (str(target.settings.get(name) or "") for name in ("environment", "app"))
    if not shipment.pushed:
        summary = "nothing was pushed in this run"
        return TargetVerdict(target=target.id, level=TargetLevel.SKIPPED, summary=summary, at=ctx.do.now())
    repo = await repository_on_github(ctx, shipment)
    follow = _Follow(await repository(ctx), shipment.sha, repo, environment, app)
    usually_ms = await earlier_ms(ctx, target)
    return await watch(ctx, target, shipment, follow.look, cap_s=CAP_S, usually_ms=usually_ms)


def deployed_by(target: TargetDefinition, deployment: Deployment) -> bool:
    """True when the deployment is one of those that a target waits for, whatever its commit."""
    environment, app = target.settings.get("environment"), target.settings.get("app")
    if environment and str(environment).casefold() != deployment.environment.casefold():
        return False
    return not app or _login(str(app)) == _login(deployment.app)


def _login(app: str) -> str:
    return app.casefold().removesuffix("[bot]")


class _Follow:
    """Finds the deployment of our commit, and what became of it.

    It is looked up by the commit each time: a deployment that is made again has another id, and the newest counts.
    """

    def __init__(self, root: Path, sha: str, repo: Repository, environment: str, app: str) -> None:
        self.root, self.sha, self.repo = root, sha, repo
        self.environment, self.app = environment, app

    async def look(self) -> Observation:
        """Look once."""
        ours = [d for d in await gh.deployments(self.repo, self.sha) if self._is_meant(d)]
        if not ours:
            return await self._nothing()
        deployment = max(ours, key=lambda d: d.id)
        statuses = await gh.deployment_statuses(self.repo, deployment.id)
        return await self._seen(deployment, statuses)

    def _is_meant(self, deployment: Deployment) -> bool:
        named = not self.environment or deployment.environment.casefold() == self.environment.casefold()
        return named and (not self.app or _login(deployment.app) == _login(self.app))

    async def _nothing(self) -> Observation:
        """Nothing of ours yet. A later commit that contains ours may be live instead: then ours will not come."""
        facts: Proof = {"api": f"GET {self.repo.path('deployments', sha=self.sha)}", "field": "sha"}
        note = ""
        if live := await self._live(None):
            if await history.is_ancestor(self.root, self.sha, live.sha):
                facts |= {"newer_id": live.id, "newer_sha": live.sha, "time": live.created_at}
                summary = f"{_name(live)} of {live.sha[:7]}, which contains the shipped commit, is live"
                return Observation(TargetLevel.SUPERSEDED, summary, "", facts)
            note = f"live is {_name(live)} of {live.sha[:7]}, another commit"
        who = " by ".join(part for part in (self.environment, self.app) if part)
        return Observation(TargetLevel.EXPECTED, note, f"a deployment of {self.sha[:7]} to {who}", facts)

    async def _seen(self, deployment: Deployment, statuses: tuple[DeploymentStatus, ...]) -> Observation:
        newest = statuses[0] if statuses else None
        state = newest.state if newest else "queued"
        url = (newest.environment_url or newest.log_url or newest.target_url) if newest else ""
        name = _name(deployment)
        facts = self._facts(deployment, newest)

        def seen(level: TargetLevel, summary: str, waiting_for: str = "") -> Observation:
            return Observation(level, summary, waiting_for, facts, deployment.id, url)

        if state in _UNDER_WAY:
            word = state.replace("_", " ")
            return seen(TargetLevel.TRIGGERED, f"{name} is {word}", f"{name} ({word})")
        if state in ("success", "inactive"):
            newer = await self._live(deployment)
            if newer:
                facts |= {"newer_id": newer.id, "newer_sha": newer.sha}
                summary = f"{_name(newer)} of {newer.sha[:7]} went live after that of {self.sha[:7]}"
                return seen(TargetLevel.SUPERSEDED, summary)
            if state == "inactive":
                return seen(TargetLevel.SUPERSEDED, f"{name} of {self.sha[:7]} is inactive: something else is live")
            took = ms_between(deployment.created_at, newest.created_at) if newest else None
            if took is not None and took >= 0:
                facts["took_ms"] = took
            return seen(TargetLevel.CONFIRMED, f"{name} succeeded for {self.sha[:7]}")
        detail = f": {newest.description}" if newest and newest.description else ""
        where = f"; {newest.log_url or newest.target_url}" if newest and (newest.log_url or newest.target_url) else ""
        return seen(TargetLevel.FAILED, f"{name} ended with {state}{detail}{where}")

    async def _live(self, ours: Deployment | None) -> Deployment | None:
        """The newest deployment of another commit to our environment by our app, later than ours, that is live."""
        environment = ours.environment if ours else self.environment
        found = await gh.deployments(self.repo, environment=environment or None, per_page=_LATER_ONES)
        for other in sorted(found, key=lambda d: d.id, reverse=True):
            if other.sha == self.sha or (ours and (other.id < ours.id or _login(other.app) != _login(ours.app))):
                continue
            if ours or self._is_meant(other):
                statuses = await gh.deployment_statuses(self.repo, other.id)
                if statuses and statuses[0].state == "success":
                    return other
        return None

    def _facts(self, deployment: Deployment, newest: DeploymentStatus | None) -> Proof:
        path = self.repo.path("deployments", deployment.id, "statuses")
        facts: Proof = {
            "command": f"gh api {path}",
            "api": f"GET {path}",
            "id": deployment.id,
            "field": f"state {newest.state if newest else 'none yet'}, sha {deployment.sha}",
            "environment": deployment.environment,
            "app": deployment.app,
            "time": newest.created_at if newest else deployment.created_at,
        }
        if newest and newest.environment_url:
            facts["environment_url"] = newest.environment_url
        return facts


def _name(deployment: Deployment) -> str:
    return f"deployment {deployment.id} to {deployment.environment}"
