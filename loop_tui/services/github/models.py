"""What is read from GitHub: only the fields that we use, cleaned and masked as they come in (SPEC section 8)."""

import os
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError, ValidationInfo

from loop_tui.model.secrets import mask, secrets_in
from loop_tui.model.text import clean, one_line

from .api import ApiErrorKind, GhProblem


def _words(value: object, info: ValidationInfo) -> object:
    if value is None:
        return ""
    return mask(clean(value), info.context or ()) if isinstance(value, str) else value


Words = Annotated[str, BeforeValidator(_words)]
"""Text from GitHub: safe to show and to store; what is null there is empty here."""


class Read(BaseModel):
    """Something that GitHub described. What it says beyond our fields is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


M = TypeVar("M", bound=Read)


def read(model: type[M], document: JsonValue, where: str) -> M:
    """The document as a model. Raises GhProblem naming the field that is not as it should be."""
    try:
        return model.model_validate(document, context=secrets_in(os.environ))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the answer"
        what = f"GitHub's answer is not as expected: {one_line(place)}: {first['msg']}"
        raise GhProblem(ApiErrorKind.UNREADABLE, what, where) from None


def read_all(model: type[M], documents: list[JsonValue], where: str) -> tuple[M, ...]:
    """Each document as a model."""
    return tuple(read(model, document, where) for document in documents)


class Account(Read):
    """Whoever did something: a person, or an app (`railway-app[bot]`)."""

    login: Words = ""
    type: Words = ""


class Permissions(Read):
    """What our token may do with a repository."""

    push: bool = False
    admin: bool = False


class About(Read):
    """A repository."""

    full_name: Words
    default_branch: Words
    private: bool = False
    archived: bool = False
    allow_auto_merge: bool = False
    allow_merge_commit: bool = True
    allow_squash_merge: bool = True
    allow_rebase_merge: bool = True
    permissions: Permissions | None = None
    """None when GitHub does not tell."""


class Workflow(Read):
    """A workflow file. `state` is `active` or says who or what disabled it."""

    id: int
    name: Words = ""
    path: Words
    state: Words
    html_url: Words = ""

    @property
    def active(self) -> bool:
        """True when a push can start it."""
        return self.state == "active"


class Run(Read):
    """A run of a workflow. `conclusion` is empty until `status` is `completed`."""

    id: int
    name: Words = ""
    path: Words = ""
    """The workflow's file; what follows an @ in it (the ref) is left out."""
    workflow_id: int = 0
    head_sha: Words
    head_branch: Words = ""
    event: Words = ""
    status: Words
    conclusion: Words = ""
    run_number: int = 0
    run_attempt: int = 1
    html_url: Words = ""
    created_at: Words = ""
    run_started_at: Words = ""
    updated_at: Words = ""

    @property
    def workflow(self) -> str:
        """The path of the workflow file, without the ref that GitHub appends for some events."""
        return self.path.partition("@")[0]

    @property
    def completed(self) -> bool:
        """True when nothing more comes, unless somebody runs it again."""
        return self.status == "completed"


class JobStep(Read):
    """One step of a job."""

    name: Words
    status: Words = ""
    conclusion: Words = ""
    number: int = 0


class WorkflowJob(Read):
    """One job of a run, of its newest attempt."""

    id: int
    name: Words
    status: Words
    conclusion: Words = ""
    run_attempt: int = 1
    started_at: Words = ""
    completed_at: Words = ""
    html_url: Words = ""
    steps: tuple[JobStep, ...] = ()


class Deployment(Read):
    """A deployment that an app or a workflow posted."""

    id: int
    sha: Words
    ref: Words = ""
    task: Words = ""
    environment: Words = ""
    description: Words = ""
    creator: Account | None = None
    created_at: Words = ""
    updated_at: Words = ""

    @property
    def app(self) -> str:
        """The login of whoever posted it, empty when that account is gone."""
        return self.creator.login if self.creator else ""


class DeploymentStatus(Read):
    """One status of a deployment: error, failure, inactive, in_progress, queued, pending or success."""

    id: int
    state: Words
    description: Words = ""
    environment: Words = ""
    environment_url: Words = ""
    log_url: Words = ""
    target_url: Words = ""
    creator: Account | None = None
    created_at: Words = ""


class App(Read):
    """The GitHub app behind a check."""

    slug: Words = ""


class CheckRun(Read):
    """A check of a commit. `conclusion` is empty until `status` is `completed`."""

    id: int
    name: Words
    head_sha: Words = ""
    status: Words
    conclusion: Words = ""
    started_at: Words = ""
    completed_at: Words = ""
    html_url: Words = ""
    app: App | None = None


class CommitStatus(Read):
    """The newest status of one context."""

    context: Words
    state: Words
    description: Words = ""
    target_url: Words = ""
    updated_at: Words = ""


class CombinedStatus(Read):
    """All statuses of a commit together. GitHub says `pending` also when there are none: see `total_count`."""

    sha: Words
    state: Words
    total_count: int
    statuses: tuple[CommitStatus, ...] = ()


class Asset(Read):
    """A file of a release. Only `uploaded` ones are whole."""

    id: int
    name: Words
    state: Words
    size: int = 0
    content_type: Words = ""
    digest: Words = ""
    """`sha256:HEX`; empty for files from before GitHub computed it."""
    created_at: Words = ""
    updated_at: Words = ""
    browser_download_url: Words = ""

    @property
    def sha256(self) -> str:
        """The hex digest that GitHub computed, or empty."""
        return self.digest.removeprefix("sha256:") if self.digest.startswith("sha256:") else ""


class Release(Read):
    """A release with its files. `target_commitish` is a branch or a commit, and not changed when the tag moves."""

    id: int
    tag_name: Words
    target_commitish: Words = ""
    name: Words = ""
    body: Words = ""
    draft: bool = False
    prerelease: bool = False
    created_at: Words = ""
    published_at: Words = ""
    html_url: Words = ""
    assets: tuple[Asset, ...] = ()


class GitObject(Read):
    """What a ref points to."""

    sha: Words
    type: Words = "commit"


class GitRef(Read):
    """A branch or tag; also an annotated tag, which points on to a commit."""

    object: GitObject


class Side(Read):
    """One end of a pull request."""

    ref: Words
    sha: Words


class AutoMerge(Read):
    """GitHub merges by itself as soon as everything that is required has passed."""

    merge_method: Words = ""


class Pull(Read):
    """A pull request. `mergeable` is None while GitHub still works it out, and in lists."""

    number: int
    node_id: Words = ""
    state: Words
    title: Words = ""
    merged: bool = False
    merged_at: Words = ""
    merge_commit_sha: Words = ""
    mergeable: bool | None = None
    mergeable_state: Words = ""
    html_url: Words = ""
    head: Side
    base: Side
    auto_merge: AutoMerge | None = None

    @property
    def is_merged(self) -> bool:
        """True when it was merged; lists give only the time of it."""
        return self.merged or bool(self.merged_at)


class Merged(Read):
    """What merging made."""

    sha: Words
    merged: bool = Field(default=True)
