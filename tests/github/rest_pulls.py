"""Pull requests."""

from .http import Refused, Reply, Request, invalid, paged
from .model import Model
from .routes import NOT_FOUND, route
from .things import Pull


@route("GET", "R/pulls")
def _pulls(model: Model, request: Request) -> Reply:
    state, head = request.query.get("state", "open"), request.query.get("head")
    found = [p for p in reversed(model.pulls) if state in ("all", p.state)]
    found = [p for p in found if head in (None, f"{model.owner}:{p.head}")]
    found = [p for p in found if request.query.get("base") in (None, p.base)]
    return paged(request, [model.pull_json(pull, whole=False) for pull in found])


@route("POST", "R/pulls")
def _create_pull(model: Model, request: Request) -> Reply:
    words = (request.text("head"), request.text("base"), request.text("title"), request.text("body"))
    made = model.open_pull(*words, draft=request.flag("draft"))
    if isinstance(made, str):
        known = made in ("head", "base")
        raise invalid("PullRequest", made, "invalid") if known else invalid("PullRequest", "", "custom", made)
    return Reply(201, model.pull_json(made))


def _pull(model: Model, number: str) -> Pull:
    found = [pull for pull in model.pulls if pull.number == int(number)]
    if not found:
        raise Refused(404, NOT_FOUND)
    return found[0]


@route("GET", "R/pulls/:n")
def _one_pull(model: Model, request: Request, number: str) -> Reply:
    return Reply(json=model.pull_json(_pull(model, number)))


@route("PATCH", "R/pulls/:n")
def _edit_pull(model: Model, request: Request, number: str) -> Reply:
    pull = _pull(model, number)
    pull.title = request.text("title") or pull.title
    pull.body = request.text("body") or pull.body
    pull.state = request.text("state") or pull.state
    return Reply(json=model.pull_json(pull))


@route("GET", "R/pulls/:n/merge")
def _is_merged(model: Model, request: Request, number: str) -> Reply:
    if not _pull(model, number).merged_as:
        raise Refused(404, NOT_FOUND)
    return Reply(204)


@route("PUT", "R/pulls/:n/merge")
def _merge(model: Model, request: Request, number: str) -> Reply:
    pull = _pull(model, number)
    if pull.state != "open":
        raise Refused(405, "Pull Request is not mergeable")
    if request.text("sha", pull.head_sha) != pull.head_sha:
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    reason = model.blocked(pull)
    sha = None if reason else model.merge(pull, request.text("merge_method", "merge"))
    if sha is None:
        raise Refused(405, reason or "Pull Request is not mergeable")
    model.settle()
    return Reply(json={"sha": sha, "merged": True, "message": "Pull Request successfully merged"})
