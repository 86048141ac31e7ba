"""What GitHub keeps, each thing with the JSON that the API gives for it."""

import hashlib
from dataclasses import dataclass, field
from itertools import count

from .clock import now
from .plans import AppPlan, RunPlan

Json = dict[str, object]
_ids = count(1001)


def new_id() -> int:
    """A new id."""
    return next(_ids)


def account(login: str) -> Json:
    """An account as it stands in other things."""
    return {"login": login, "id": 1, "type": "Bot" if login.endswith("[bot]") else "User"}


@dataclass
class Workflow:
    """A workflow file. `state`: active, disabled_manually, disabled_inactivity."""

    path: str
    name: str
    plan: RunPlan = field(default_factory=RunPlan)
    state: str = "active"
    events: tuple[str, ...] = ("push",)
    branches: tuple[str, ...] = ()
    id: int = field(default_factory=new_id)

    def starts(self, event: str, branch: str, message: str) -> bool:
        """Whether this event makes a run."""
        skipped = event in ("push", "pull_request") and any(
            f"[{words}]" in message for words in ("skip ci", "ci skip", "no ci", "skip actions", "actions skip")
        )
        wanted = not self.branches or branch in self.branches
        return self.state == "active" and event in self.events and wanted and not skipped

    def json(self, base: str) -> Json:
        """As in the list of workflows."""
        page = f"https://github.com/{base}/actions/workflows/{self.path.rpartition('/')[2]}"
        return {"id": self.id, "name": self.name, "path": self.path, "state": self.state, "html_url": page}


@dataclass
class Run:
    """A workflow run."""

    workflow: Workflow
    sha: str
    branch: str
    event: str
    plan: RunPlan
    number: int
    title: str = ""
    id: int = field(default_factory=new_id)
    attempt: int = 1
    shown: int = 0
    hidden: int = 0
    lag: int = 0
    cancelled: bool = False
    created: str = field(default_factory=now)
    started: str = field(default_factory=now)
    updated: str = field(default_factory=now)

    @property
    def status(self) -> str:
        """queued, in_progress or completed."""
        if self.cancelled or self.shown >= self.plan.queued + self.plan.running:
            return "completed"
        return "queued" if self.shown < self.plan.queued else "in_progress"

    @property
    def conclusion(self) -> str | None:
        """None until it is completed."""
        if self.status != "completed":
            return None
        return "cancelled" if self.cancelled else self.plan.conclusion

    def finish(self) -> None:
        """Let it be completed as planned, from the next answer on."""
        self.hidden = self.lag = 0
        self.shown = self.plan.queued + self.plan.running

    def again(self, plan: RunPlan | None = None) -> None:
        """Run it again: the same id, one attempt more."""
        self.plan = plan or self.plan
        self.attempt += 1
        self.shown = 0
        self.cancelled = False
        self.started = self.updated = now()

    def advance(self) -> None:
        """An answer has shown it."""
        before = self.status
        self.shown += 1
        if self.status != before:
            self.updated = now()

    def json(self, base: str) -> Json:
        """As in the list of runs."""
        return {
            "id": self.id,
            "name": self.workflow.name,
            "display_title": self.title,
            "path": self.workflow.path,
            "workflow_id": self.workflow.id,
            "head_sha": self.sha,
            "head_branch": self.branch,
            "event": self.event,
            "status": self.status,
            "conclusion": self.conclusion,
            "run_number": self.number,
            "run_attempt": self.attempt,
            "html_url": f"https://github.com/{base}/actions/runs/{self.id}",
            "created_at": self.created,
            "run_started_at": self.started,
            "updated_at": self.updated,
        }

    def jobs(self, base: str) -> list[Json]:
        """Its jobs, in the state that the run is in."""
        found = []
        for place, (name, conclusion) in enumerate(self.plan.jobs.items()):
            ended = (conclusion or self.conclusion) if self.status == "completed" else None
            step = {"name": "Run", "number": 1, "status": self.status, "conclusion": ended}
            found.append(
                {
                    "id": self.id * 100 + place,
                    "run_id": self.id,
                    "run_attempt": self.attempt,
                    "head_sha": self.sha,
                    "name": name,
                    "status": self.status,
                    "conclusion": ended,
                    "started_at": self.started,
                    "completed_at": self.updated if self.status == "completed" else None,
                    "html_url": f"https://github.com/{base}/actions/runs/{self.id}/job/{self.id * 100 + place}",
                    "steps": [step],
                }
            )
        return found


@dataclass
class Deployment:
    """A deployment; `shown` of its states are known to the world."""

    sha: str
    ref: str
    plan: AppPlan
    id: int = field(default_factory=new_id)
    shown: int = 0
    hidden: int = 0
    extra: list[tuple[str, str]] = field(default_factory=list)
    """States (with descriptions) that were added on top of the plan."""
    created: str = field(default_factory=now)

    def states(self) -> list[tuple[str, str]]:
        """The states so far, oldest first, with their descriptions."""
        return [(state, self.plan.description) for state in self.plan.states[: self.shown]] + self.extra

    def json(self, base: str) -> Json:
        """As in the list of deployments."""
        url = f"https://api.github.com/repos/{base}/deployments/{self.id}"
        return {
            "id": self.id,
            "url": url,
            "statuses_url": f"{url}/statuses",
            "sha": self.sha,
            "ref": self.ref,
            "task": "deploy",
            "environment": self.plan.environment,
            "original_environment": self.plan.environment,
            "description": None,
            "payload": {},
            "creator": account(self.plan.login),
            "created_at": self.created,
            "updated_at": self.created,
        }

    def statuses(self) -> list[Json]:
        """Its statuses, newest first."""
        return [
            {
                "id": self.id * 100 + place,
                "state": state,
                "description": description,
                "environment": self.plan.environment,
                "environment_url": self.plan.url if state == "success" else "",
                "log_url": f"https://logs.example/{self.id}",
                "target_url": f"https://logs.example/{self.id}",
                "creator": account(self.plan.login),
                "created_at": self.created,
                "updated_at": self.created,
            }
            for place, (state, description) in reversed(list(enumerate(self.states())))
        ]


@dataclass
class Asset:
    """A file of a release. `starting` answers show it half uploaded."""

    name: str
    content: bytes
    content_type: str = "application/gzip"
    starting: int = 0
    digests: bool = True
    label: str | None = None
    id: int = field(default_factory=new_id)
    created: str = field(default_factory=now)

    @property
    def state(self) -> str:
        """uploaded, or starter."""
        return "starter" if self.starting > 0 else "uploaded"

    def json(self, base: str, tag: str) -> Json:
        """As in a release."""
        whole = self.state == "uploaded"
        return {
            "id": self.id,
            "url": f"https://api.github.com/repos/{base}/releases/assets/{self.id}",
            "name": self.name,
            "label": self.label,
            "state": self.state,
            "size": len(self.content) if whole else 0,
            "digest": f"sha256:{hashlib.sha256(self.content).hexdigest()}" if whole and self.digests else None,
            "content_type": self.content_type,
            "download_count": 0,
            "uploader": account("github-actions[bot]"),
            "created_at": self.created,
            "updated_at": self.created,
            "browser_download_url": f"https://github.com/{base}/releases/download/{tag}/{self.name}",
        }


@dataclass
class Release:
    """A release; `hidden` requests do not see it yet."""

    tag: str
    target: str
    name: str | None = None
    body: str | None = None
    draft: bool = False
    prerelease: bool = False
    hidden: int = 0
    assets: list[Asset] = field(default_factory=list)
    id: int = field(default_factory=new_id)
    created: str = field(default_factory=now)
    published: str | None = field(default_factory=now)

    def json(self, base: str) -> Json:
        """As the API gives it."""
        url = f"https://api.github.com/repos/{base}/releases/{self.id}"
        return {
            "id": self.id,
            "node_id": f"RE_{self.id}",
            "url": url,
            "assets_url": f"{url}/assets",
            "upload_url": f"https://uploads.github.com/repos/{base}/releases/{self.id}/assets{{?name,label}}",
            "html_url": f"https://github.com/{base}/releases/tag/{self.tag}",
            "tarball_url": f"https://api.github.com/repos/{base}/tarball/{self.tag}",
            "zipball_url": f"https://api.github.com/repos/{base}/zipball/{self.tag}",
            "tag_name": self.tag,
            "target_commitish": self.target,
            "name": self.name,
            "body": self.body,
            "draft": self.draft,
            "prerelease": self.prerelease,
            "created_at": self.created,
            "published_at": None if self.draft else self.published,
            "author": account("github-actions[bot]"),
            "assets": [asset.json(base, self.tag) for asset in self.assets],
        }


@dataclass
class Pull:
    """A pull request; its head is wherever its branch is."""

    number: int
    head: str
    base: str
    title: str
    body: str
    head_sha: str
    base_sha: str
    draft: bool = False
    state: str = "open"
    merged_as: str = ""
    auto_merge: str = ""
    looked: bool = False
    """GitHub works out whether it can be merged only after somebody asked."""
    created: str = field(default_factory=now)
    merged_at: str | None = None

    @property
    def node_id(self) -> str:
        """Its id for GraphQL."""
        return f"PR_{self.number}"
