"""Target `github-actions`: the workflow run of the shipped commit, followed by its id to its end."""

import asyncio
from pathlib import Path

from loop_tui.model.clock import ms_between
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.evidence import few, repository
from loop_tui.packs.ship.resync import is_resync
from loop_tui.packs.ship.targets.durations import workflow_ms
from loop_tui.packs.ship.targets.polling import Observation, followed, watch
from loop_tui.packs.ship.targets.workflow_again import run_again
from loop_tui.packs.ship.targets.workflow_file import skips, why_never, workflow_path
from loop_tui.runners.context import Context, Proof
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from loop_tui.services.git import git, history
from loop_tui.services.github import gh
from loop_tui.services.github.gh import Repository
from loop_tui.services.github.models import Run, WorkflowJob

CAP_S = 1800.0
EVENT = "push"
_GREEN = ("success", "skipped", "neutral")
_NEVER = "never: "


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """`confirmed` when the run of our commit was completed with success; `failed` names the job that was not.

    Settings: `workflow` (file name or path), `job` (the one that decides about `job-green`), and those of time.
    A run that cannot come is `not seen` at once, with the reason.
    """
    if not shipment.pushed:
        summary = "nothing was pushed in this run"
        return TargetVerdict(target=target.id, level=TargetLevel.SKIPPED, summary=summary, at=ctx.do.now())
    repo = await repository_on_github(ctx, shipment)
    workflow = workflow_path(str(target.settings["workflow"]))
    follow = _Follow(ctx, target, shipment, repo, workflow)
    if is_resync(ctx):
        follow.to(await run_again(ctx, target, shipment, repo, workflow))
    usually_ms = await workflow_ms(ctx, target, repo, workflow, shipment.sha)
    return await watch(ctx, target, shipment, follow.look, cap_s=CAP_S, usually_ms=usually_ms)


async def repository_on_github(ctx: Context, shipment: Shipment) -> Repository:
    """The repository that was pushed to. Raises Problem when it is not on github.com."""
    repo = await gh.repository(ctx.project, shipment.remote)
    if repo is None:
        raise Problem(
            f"{shipment.remote or 'the remote'} is not on github.com",
            todo="set GH_REPO=OWNER/NAME",
            code=Code.GIT_STATE,
        )
    return repo


class _Follow:
    """Finds the run of our commit, and looks after it."""

    def __init__(
        self, ctx: Context, target: TargetDefinition, shipment: Shipment, repo: Repository, workflow: str
    ) -> None:
        self.repo, self.workflow, self.sha = repo, workflow, shipment.sha
        self.job = target.settings.get("job")
        self._ctx = ctx
        self._shipment = shipment
        self._id = followed(ctx, target, shipment.sha)
        self._filtered = True
        self._foretold: str | None = None
        self._other: Run | None = None

    def to(self, run_id: int) -> None:
        """Follow this run, whatever started it."""
        self._id = run_id

    async def look(self) -> Observation:
        """Look once: at the run that we follow, or for one to follow."""
        run = await gh.run(self.repo, self._id) if self._id is not None else None
        if run is None or run.head_sha != self.sha:
            run = await self._find()
        if run is None:
            return await self._nothing()
        self._id = run.id
        return await self._seen(run)

    async def _find(self) -> Run | None:
        """The newest run of our commit and workflow; GitHub's filtered list lags, so every other look does without."""
        sha = self.sha if self._filtered else ""
        self._filtered = not self._filtered
        runs = [r for r in await gh.runs(self.repo, sha, event=EVENT) if r.workflow == self.workflow]
        self._other = max((r for r in runs if r.head_sha != self.sha), key=lambda r: r.id, default=self._other)
        return max((r for r in runs if r.head_sha == self.sha), key=lambda r: r.id, default=None)

    async def _nothing(self) -> Observation:
        if self._foretold is None:
            self._foretold = await foretell(self._ctx, self._shipment, self.repo, self.workflow)
        facts: Proof = {
            "api": f"GET {self.repo.path('actions', 'runs')}",
            "field": "head_sha",
            "workflow": self.workflow,
        }
        note = ""
        if other := self._other:
            note = f"the newest run is for {other.head_sha[:7]} ({other.conclusion or other.status}), not ours"
            facts["newest_run"] = f"{other.id} of {other.head_sha} {other.conclusion or other.status}"
        if self._foretold:
            return Observation(TargetLevel.NOT_SEEN, _NEVER + self._foretold, facts=facts)
        waiting_for = f"a run of {self.workflow.rpartition('/')[2]} for {self.sha[:7]}"
        return Observation(TargetLevel.EXPECTED, note, waiting_for, facts)

    async def _seen(self, run: Run) -> Observation:
        jobs = await gh.jobs(self.repo, run.id)
        facts = self._facts(run, jobs)

        def seen(level: TargetLevel, summary: str, waiting_for: str = "") -> Observation:
            return Observation(level, summary, waiting_for, facts, run.id, run.html_url)

        name = f"run {run.id}" + (f" attempt {run.run_attempt}" if run.run_attempt > 1 else "")
        if not run.completed:
            waiting_for = f"{name} ({run.status.replace('_', ' ')}{_jobs_left(jobs)})"
            green = _green_jobs(jobs, self.job)
            if green:
                return seen(TargetLevel.JOB_GREEN, f"{green} passed", waiting_for)
            return seen(TargetLevel.TRIGGERED, f"{name} is {run.status.replace('_', ' ')}", waiting_for)
        if run.conclusion == "success":
            return self._succeeded(seen(TargetLevel.CONFIRMED, f"{name} succeeded for {self.sha[:7]}"), jobs)
        if run.conclusion == "cancelled" and (newer := await self._newer(run)):
            facts["newer_run"] = newer.id
            facts["newer_sha"] = newer.head_sha
            return seen(TargetLevel.SUPERSEDED, f"{name} was cancelled for run {newer.id} of {newer.head_sha[:7]}")
        return seen(TargetLevel.FAILED, f"{name}: {run.conclusion or 'no conclusion'}{_blame(jobs, run)}")

    def _succeeded(self, seen: Observation, jobs: tuple[WorkflowJob, ...]) -> Observation:
        """A run can succeed without the job that was asked for."""
        wanted = [job for job in jobs if job.name == self.job]
        if not self.job or any(job.conclusion == "success" for job in wanted):
            return seen
        how = f"was {wanted[0].conclusion or wanted[0].status}" if wanted else "is not among its jobs"
        return Observation(
            TargetLevel.FAILED, f"{seen.summary}, but the job {self.job} {how}", "", seen.facts, seen.id, seen.url
        )

    async def _newer(self, run: Run) -> Run | None:
        """The run of a later commit on the same branch that took the place of a cancelled one."""
        runs = await gh.runs(self.repo, event=EVENT)
        later = [r for r in runs if r.workflow == self.workflow and r.head_branch == run.head_branch and r.id > run.id]
        return next((r for r in later if r.head_sha != self.sha), None)

    def _facts(self, run: Run, jobs: tuple[WorkflowJob, ...]) -> Proof:
        path = self.repo.path("actions", "runs", run.id)
        facts: Proof = {
            "command": f"gh api {path}",
            "api": f"GET {path}",
            "id": run.id,
            "field": f"status {run.status}, conclusion {run.conclusion or 'none'}, head_sha {run.head_sha}",
            "workflow": run.workflow,
            "attempt": run.run_attempt,
            "time": run.updated_at,
            "url": run.html_url,
            "jobs": ", ".join(f"{job.name} {job.conclusion or job.status}" for job in jobs),
        }
        took = ms_between(run.run_started_at or run.created_at, run.updated_at)
        if run.completed and took is not None and took >= 0:
            facts["took_ms"] = took
        return facts


def _green_jobs(jobs: tuple[WorkflowJob, ...], wanted: object) -> str:
    """The job that decides, or all of them, when green; empty when not (yet)."""
    if wanted:
        return next((f"job {j.name}" for j in jobs if j.name == wanted and j.conclusion == "success"), "")
    green = jobs and all(j.conclusion in _GREEN for j in jobs) and any(j.conclusion == "success" for j in jobs)
    return f"{'job' if len(jobs) == 1 else 'jobs'} {few([j.name for j in jobs])}" if green else ""


def _jobs_left(jobs: tuple[WorkflowJob, ...]) -> str:
    """What runs, and what went wrong already."""
    red = [job.name for job in jobs if job.conclusion in ("failure", "timed_out")]
    running = [job.name for job in jobs if job.status == "in_progress"]
    return (f": {few(running)}" if running else "") + (f"; {few(red)} failed" if red else "")


def _blame(jobs: tuple[WorkflowJob, ...], run: Run) -> str:
    """The jobs that were not green, with the step that failed and where to read on."""
    red = [job for job in jobs if job.conclusion and job.conclusion not in _GREEN]
    if not red:
        return f": {run.html_url}" if run.html_url else ""
    words = []
    for job in red[:3]:
        step = next((s.name for s in job.steps if s.conclusion == "failure"), "")
        words.append(f"job {job.name} {job.conclusion}{f' at {step}' if step else ''}: {job.html_url or run.html_url}")
    return f"; {'; '.join(words)}" + (f" and {len(red) - 3} more" if len(red) > 3 else "")


# --- foretelling ----------------------------------------------------------------------------------------------------


async def foretell(ctx: Context, shipment: Shipment, repo: Repository, workflow: str) -> str:
    """Why no run of the workflow can come of this push; empty when one may. Said only when it is certain."""
    root = await repository(ctx)
    reasons = (_in_message, _in_file)
    for reason in reasons:
        if found := await reason(root, shipment, workflow):
            return found
    known = next((w for w in await gh.workflows(repo) if w.path == workflow), None)
    if known is None or known.active:
        return ""
    fix = "" if "fork" in known.state else f"; gh workflow enable {workflow.rpartition('/')[2]}"
    return f"{workflow} is {known.state.replace('_', ' ')}{fix}"


async def _in_message(root: Path, shipment: Shipment, workflow: str) -> str:
    found = skips(await history.message(root, shipment.sha) or "")
    return f"the commit says {found}" if found else ""


async def _in_file(root: Path, shipment: Shipment, workflow: str) -> str:
    if await git.resolve(root, shipment.sha) is None:
        return ""
    text = await git.file_at(root, shipment.sha, workflow)
    if text is None:
        return f"{workflow} is not in {shipment.sha[:7]}"
    before = await history.before_push(root, shipment.remote, shipment.branch, shipment.sha)
    files = await git.changed_files(root, before, shipment.sha) if before else None
    found = await asyncio.to_thread(why_never, text, shipment.branch, files)
    return f"{workflow}: {found}" if found else ""
