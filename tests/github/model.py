"""The small GitHub: what there is, and what happens by itself after a push. No HTTP here."""

import hashlib
import json
import threading
from dataclasses import dataclass, field, replace

from .bare import Bare, GitFailed
from .clock import now
from .plans import AppPlan, ReleasePlan, RunPlan
from .things import Asset, Deployment, Json, Pull, Release, Run, Workflow, account, new_id

GREEN = ("success", "neutral", "skipped")


@dataclass
class Model:
    """One repository. Hold `lock` when more than one thing is changed at once; the server holds it for each answer."""

    bare: Bare
    login: str = "ann"
    token: str = "ghp_fakefakefakefakefakefakefakefakefake"
    scopes: tuple[str, ...] | None = ("repo", "workflow", "read:org")
    """None: a token that does not tell its scopes."""
    default_branch: str = "main"
    may_push: bool = True
    allow_auto_merge: bool = True
    required_checks: tuple[str, ...] = ()
    """Of protected branches: what has to be green before a pull request can be merged."""
    protected: tuple[str, ...] = ()
    rules: dict[str, list[Json]] = field(default_factory=dict)
    """Branch -> rules of rulesets."""
    rate_remaining: int = 5000
    workflows: list[Workflow] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    apps: list[AppPlan] = field(default_factory=list)
    planned_releases: list[ReleasePlan] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    checks: list[Json] = field(default_factory=list)
    statuses: list[Json] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    pushes: list[tuple[str, str]] = field(default_factory=list)
    """Branch and commit of each push that was noticed."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def base(self) -> str:
        """owner/name."""
        return self.bare.name

    @property
    def owner(self) -> str:
        """The owner's login."""
        return self.base.partition("/")[0]

    # --- what happens by itself ---

    def settle(self) -> None:
        """Let everything happen that follows from what was pushed; the server does this before each answer."""
        with self.lock:
            while new := self.bare.new_pushes():
                for branch, sha in new:
                    self._pushed(branch, sha)
            for pull in self.pulls:
                if pull.state == "open" and (head := self.bare.head(pull.head)):
                    pull.head_sha = head
            for pull in [p for p in self.pulls if p.auto_merge and p.state == "open"]:
                if self.blocked(pull) is None and self.merge(pull, pull.auto_merge):
                    self.settle()

    def _pushed(self, branch: str, sha: str) -> None:
        self.pushes.append((branch, sha))
        message = self.bare.message(sha)
        self.start_runs("push", branch, sha, message)
        for pull in self.pulls:
            if pull.state == "open" and pull.head == branch:
                self.start_runs("pull_request", branch, sha, message)
        for plan in self.apps:
            if branch in plan.branches:
                self.deployments.append(Deployment(sha, branch, plan, hidden=plan.after))
        if branch == self.default_branch:
            for release in self.planned_releases:
                self._release(release, sha)

    def start_runs(self, event: str, branch: str, sha: str, message: str = "") -> list[Run]:
        """The runs that an event makes, by the workflows that it starts."""
        made = []
        for workflow in self.workflows:
            if workflow.plan.never or not workflow.starts(event, branch, message):
                continue
            made.append(self.add_run(workflow, sha, branch, event, workflow.plan))
        return made

    def add_run(self, workflow: Workflow, sha: str, branch: str, event: str, plan: RunPlan) -> Run:
        """A run as planned."""
        title = self.bare.message(sha).partition("\n")[0]
        count = sum(1 for run in self.runs if run.workflow is workflow) + 1
        run = Run(workflow, sha, branch, event, plan, count, title, hidden=plan.after, lag=plan.lag)
        self.runs.append(run)
        return run

    def _release(self, plan: ReleasePlan, sha: str) -> None:
        for old in [r for r in self.releases if r.tag == plan.tag]:
            self.releases.remove(old)
        ref = f"refs/tags/{plan.tag}"
        self.bare.git("update-ref", ref, sha)
        package = json.loads(self.bare.file(sha, "package.json") or "{}")
        words = {"version": str(package.get("version", "0.0.0")), "sha": sha, "tag": plan.tag}
        content = plan.content(sha) if callable(plan.content) else plan.content
        name = plan.asset.format(**words)
        files = [Asset(name, content, starting=plan.starting, digests=plan.digests)]
        if plan.checksums:
            line = f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode()
            files.append(Asset("checksums.txt", line, "text/plain", plan.starting, plan.digests))
        self.releases.append(
            Release(
                plan.tag,
                target=self.default_branch,
                name=plan.tag,
                body=plan.body.format(**words),
                hidden=plan.after,
                assets=files,
            )
        )

    # --- runs ---

    def listed_runs(self, sha: str | None) -> list[Run]:
        """The runs that a list shows now, newest first; with `sha` the filtered list. Counts as one request."""
        seen = []
        for run in self.runs:
            if run.hidden > 0:
                run.hidden -= 1
            elif sha and run.lag > 0:
                run.lag -= run.sha == sha
            elif not sha or run.sha == sha:
                seen.append(run)
        return sorted(seen, key=lambda run: run.id, reverse=True)

    def visible_run(self, run_id: int) -> Run | None:
        """A run by its id."""
        return next((run for run in self.runs if run.id == run_id and not run.hidden), None)

    # --- deployments ---

    def listed_deployments(self, sha: str | None) -> list[Deployment]:
        """The deployments that a list shows now, newest first. Counts as one request."""
        seen = []
        for deployment in self.deployments:
            if deployment.hidden > 0:
                deployment.hidden -= not sha or deployment.sha == sha
            else:
                seen.append(deployment)
        return sorted(seen, key=lambda deployment: deployment.id, reverse=True)

    def advance(self, deployment: Deployment) -> None:
        """One more of its states becomes known; whoever supersedes it comes with the last."""
        states = deployment.plan.states
        if deployment.shown < len(states):
            deployment.shown += 1
            if deployment.shown == len(states) and deployment.plan.newer:
                self.supersede(deployment, deployment.plan.newer)

    def supersede(self, deployment: Deployment, sha: str) -> Deployment:
        """A newer commit is deployed to the same environment, with success; ours gets `inactive` unless it has it."""
        if not deployment.states() or deployment.states()[-1][0] != "inactive":
            deployment.extra.append(("inactive", ""))
        plan = replace(deployment.plan, states=("success",), newer="", after=0)
        newer = Deployment(sha, deployment.ref, plan, shown=1)
        self.deployments.append(newer)
        return newer

    # --- releases ---

    def delete_release(self, release: Release) -> None:
        """The release goes, its tag stays."""
        self.releases.remove(release)

    def delete_ref(self, ref: str) -> bool:
        """Delete a ref. A published release that loses its tag becomes a draft."""
        if ref not in self.bare.refs(ref):
            return False
        self.bare.git("update-ref", "-d", ref)
        for release in self.releases:
            if f"refs/tags/{release.tag}" == ref:
                release.draft = True
        return True

    # --- checks ---

    def check_runs(self, sha: str) -> list[Json]:
        """The checks of a commit: the jobs of its runs, and what else was posted."""
        found = []
        for run in self.runs:
            if run.sha == sha and not run.hidden:
                found += [{**job, "app": {"slug": "github-actions"}} for job in run.jobs(self.base)]
        return found + [check for check in self.checks if check["head_sha"] == sha]

    def add_check(self, sha: str, name: str, conclusion: str | None = "success", app: str = "vercel") -> Json:
        """A check that an app posts; `conclusion` None: in progress."""
        check: Json = {
            "id": new_id(),
            "name": name,
            "head_sha": sha,
            "status": "completed" if conclusion else "in_progress",
            "conclusion": conclusion,
            "started_at": None,
            "completed_at": None,
            "html_url": f"https://github.com/{self.base}/runs/1",
            "app": {"slug": app},
        }
        self.checks.append(check)
        return check

    def add_status(self, sha: str, context: str, state: str = "success", description: str = "") -> None:
        """A status that an app posts; a later one of the same context takes its place."""
        status = {"id": new_id(), "sha": sha, "context": context, "state": state, "description": description}
        self.statuses.append({**status, "target_url": None, "updated_at": None})

    def newest_statuses(self, sha: str) -> list[Json]:
        """The newest status of each context."""
        return list({str(s["context"]): s for s in self.statuses if s["sha"] == sha}.values())

    def is_green(self, sha: str, name: str) -> bool:
        """Whether a required check has passed."""
        checks = [c for c in self.check_runs(sha) if c["name"] == name]
        if checks:
            return all(c["conclusion"] in GREEN for c in checks[-1:])
        return any(s["context"] == name and s["state"] == "success" for s in self.newest_statuses(sha))

    # --- pull requests ---

    def pull_by_node(self, node_id: str) -> Pull | None:
        """A pull request by its id for GraphQL."""
        return next((pull for pull in self.pulls if pull.node_id == node_id), None)

    def open_pull(self, head: str, base: str, title: str, body: str, draft: bool = False) -> Pull | str:
        """A new pull request, or why there can be none."""
        head = head.removeprefix(f"{self.owner}:")
        head_sha, base_sha = self.bare.head(head), self.bare.head(base)
        if head_sha is None or base_sha is None:
            return "head" if head_sha is None else "base"
        if any(p.head == head and p.base == base and p.state == "open" for p in self.pulls):
            return f"A pull request already exists for {self.owner}:{head}."
        if self.bare.is_ancestor(head_sha, base_sha):
            return f"No commits between {base} and {head}"
        pull = Pull(len(self.pulls) + 1, head, base, title, body, head_sha, base_sha, draft)
        self.pulls.append(pull)
        self.start_runs("pull_request", head, head_sha, self.bare.message(head_sha))
        return pull

    def blocked(self, pull: Pull) -> str | None:
        """Why it cannot be merged now, or None."""
        if pull.draft:
            return "Pull Request is still a draft"
        if pull.base in self.protected:
            for name in self.required_checks:
                if not self.is_green(pull.head_sha, name):
                    return f'Required status check "{name}" is expected.'
        onto = self.bare.head(pull.base)
        if onto and self._conflict(onto, pull.head_sha):
            return "Pull Request is not mergeable"
        return None

    def _conflict(self, onto: str, head: str) -> bool:
        try:
            self.bare.git("merge-tree", "--write-tree", onto, head)
        except GitFailed:
            return True
        return False

    def merge(self, pull: Pull, method: str) -> str | None:
        """Merge it; None for a conflict."""
        words = {"merge": f"Merge pull request #{pull.number} from {self.owner}/{pull.head}\n\n{pull.title}"}
        message = words.get(method, f"{pull.title} (#{pull.number})")
        sha = self.bare.merge(pull.base, pull.head_sha, message, method)
        if sha is not None:
            pull.state, pull.merged_as, pull.merged_at = "closed", sha, now()
        return sha

    def pull_json(self, pull: Pull, whole: bool = True) -> Json:
        """As the API gives it; lists leave out what GitHub has to work out."""
        repo = {"full_name": self.base, "default_branch": self.default_branch}
        found: Json = {
            "id": pull.number + 5000,
            "node_id": pull.node_id,
            "number": pull.number,
            "state": pull.state,
            "title": pull.title,
            "body": pull.body,
            "draft": pull.draft,
            "html_url": f"https://github.com/{self.base}/pull/{pull.number}",
            "user": account(self.login),
            "head": {"ref": pull.head, "sha": pull.head_sha, "label": f"{self.owner}:{pull.head}", "repo": repo},
            "base": {"ref": pull.base, "sha": pull.base_sha, "label": f"{self.owner}:{pull.base}", "repo": repo},
            "merge_commit_sha": pull.merged_as or None,
            "merged_at": pull.merged_at,
            "auto_merge": {"merge_method": pull.auto_merge} if pull.auto_merge else None,
            "created_at": pull.created,
        }
        if not whole:
            return found
        known, pull.looked = pull.looked, True
        reason = self.blocked(pull)
        conflict = reason == "Pull Request is not mergeable"
        state = "dirty" if conflict else "draft" if pull.draft else "blocked" if reason else "clean"
        found["merged"] = bool(pull.merged_as)
        found["mergeable"] = not conflict if known and pull.state == "open" else None
        found["mergeable_state"] = state if known and pull.state == "open" else "unknown"
        return found
