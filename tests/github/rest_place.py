"""The repository, its branches and refs, and whoever asks."""

from .graphql import graphql
from .http import Refused, Reply, Request, paged
from .model import Model
from .routes import NOT_FOUND, route


@route("GET", "/")
def _root(model: Model, request: Request) -> Reply:
    return Reply(json={"current_user_url": "https://api.github.com/user"})


@route("GET", "/user")
def _user(model: Model, request: Request) -> Reply:
    return Reply(json={"login": model.login, "id": 1, "type": "User", "name": None})


@route("GET", "/rate_limit")
def _rate(model: Model, request: Request) -> Reply:
    return Reply(json={"resources": {"core": {"limit": 5000, "remaining": model.rate_remaining}}})


@route("POST", "/graphql")
def _graphql(model: Model, request: Request) -> Reply:
    return Reply(json=graphql(model, request.text("query"), request.json().get("variables")))


@route("GET", "R")
def _repo(model: Model, request: Request) -> Reply:
    name = model.base.partition("/")[2]
    return Reply(
        json={
            "id": 1,
            "node_id": "R_1",
            "name": name,
            "full_name": model.base,
            "owner": {"login": model.owner},
            "default_branch": model.default_branch,
            "private": False,
            "archived": False,
            "allow_auto_merge": model.allow_auto_merge,
            "allow_merge_commit": True,
            "allow_squash_merge": True,
            "allow_rebase_merge": True,
            "permissions": {"admin": False, "push": model.may_push, "pull": True},
        }
    )


@route("GET", "R/branches/:p")
def _branch(model: Model, request: Request, branch: str) -> Reply:
    if branch.endswith("/protection"):
        raise Refused(404, NOT_FOUND)
    sha = model.bare.head(branch)
    if sha is None:
        raise Refused(404, "Branch not found")
    return Reply(json={"name": branch, "commit": {"sha": sha}, "protected": branch in model.protected})


@route("GET", "R/rules/branches/:p")
def _rules(model: Model, request: Request, branch: str) -> Reply:
    return paged(request, list(model.rules.get(branch, [])))


@route("GET", "R/commits/:s")
def _commit(model: Model, request: Request, revision: str) -> Reply:
    sha = model.bare.resolve(revision)
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {revision}")
    return Reply(json={"sha": sha, "commit": {"message": model.bare.message(sha)}})


@route("GET", r"R/compare/(.+)\.\.\.(.+)")
def _compare(model: Model, request: Request, base: str, head: str) -> Reply:
    old, new = model.bare.resolve(base), model.bare.resolve(head)
    if old is None or new is None:
        raise Refused(404, NOT_FOUND)
    behind, ahead = map(int, model.bare.git("rev-list", "--left-right", "--count", f"{old}...{new}").split())
    words = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    return Reply(json={"status": words, "ahead_by": ahead, "behind_by": behind, "total_commits": ahead})


# --- refs ---


def _ref_json(model: Model, ref: str, sha: str) -> dict[str, object]:
    kind = model.bare.git("cat-file", "-t", sha)
    url = f"https://api.github.com/repos/{model.base}/git"
    return {"ref": ref, "url": f"{url}/{ref}", "object": {"sha": sha, "type": kind, "url": f"{url}/{kind}s/{sha}"}}


@route("GET", "R/git/ref/:p")
def _ref(model: Model, request: Request, name: str) -> Reply:
    ref = f"refs/{name}"
    sha = model.bare.refs(ref).get(ref)
    if sha is None:
        raise Refused(404, NOT_FOUND)
    return Reply(json=_ref_json(model, ref, sha))


@route("GET", "R/git/matching-refs/:p")
def _matching(model: Model, request: Request, name: str) -> Reply:
    found = {ref: sha for ref, sha in model.bare.refs().items() if ref.startswith(f"refs/{name}")}
    return paged(request, [_ref_json(model, ref, sha) for ref, sha in found.items()])


@route("GET", "R/git/tags/:s")
def _annotated(model: Model, request: Request, sha: str) -> Reply:
    if sha not in model.bare.refs("refs/tags").values():
        raise Refused(404, NOT_FOUND)
    rows = dict(line.partition(" ")[::2] for line in model.bare.git("cat-file", "tag", sha).splitlines()[:3])
    return Reply(json={"tag": rows["tag"], "sha": sha, "object": {"sha": rows["object"], "type": rows["type"]}})


@route("POST", "R/git/refs")
def _create_ref(model: Model, request: Request) -> Reply:
    ref, sha = request.text("ref"), request.text("sha")
    if not ref.startswith("refs/") or ref.count("/") < 2:
        raise Refused(422, "Reference name must start with 'refs/' and have at least two slashes.")
    if ref in model.bare.refs(ref):
        raise Refused(422, "Reference already exists")
    if model.bare.resolve(sha) is None:
        raise Refused(422, "Object does not exist")
    model.bare.git("update-ref", ref, sha)
    return Reply(201, _ref_json(model, ref, sha))


@route("DELETE", "R/git/refs/:p")
def _delete_ref(model: Model, request: Request, name: str) -> Reply:
    if not model.delete_ref(f"refs/{name}"):
        raise Refused(422, "Reference does not exist")
    return Reply(204)
