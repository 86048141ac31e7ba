"""The GraphQL questions that gh 2.23 really asks, told by the name of the operation, and the mutation that we use.

gh reads some answers strictly (a field that it did not ask for is an error), so those give exactly what was asked.
"""

from .model import Model
from .things import Pull

Data = dict[str, object]


class _Errors(Exception):
    """Errors in an answer with status 200."""

    def __init__(self, message: str, kind: str = "UNPROCESSABLE") -> None:
        super().__init__(message)
        self.kind = kind


def graphql(model: Model, query: str, variables: object) -> Data:
    """The whole answer."""
    given = variables if isinstance(variables, dict) else {}
    try:
        return {"data": _data(model, query, given)}
    except _Errors as error:
        return {"data": None, "errors": [{"type": error.kind, "message": str(error)}]}


def _data(model: Model, query: str, given: Data) -> Data:
    asked = given.get("input")
    wanted = asked if isinstance(asked, dict) else {}
    if "query UserCurrent" in query:
        return {"viewer": {"login": model.login}}
    if "query RepositoryInfo" in query or "query RepositoryNetwork" in query:
        return {"viewer": {"login": model.login}, "repository": _repository(model), "repo_000": _repository(model)}
    if "query PullRequestForBranch" in query:
        found = [p for p in reversed(model.pulls) if p.head == given.get("headRefName")]
        states = given.get("states") or ["OPEN", "CLOSED", "MERGED"]
        nodes = [_pull(model, p) for p in found if isinstance(states, list) and _state(p) in states]
        branch = {"name": model.default_branch}
        return {"repository": {"pullRequests": {"nodes": nodes}, "defaultBranchRef": branch}}
    if "query PullRequestByNumber" in query:
        pull = next((p for p in model.pulls if p.number == given.get("pr_number")), None)
        if pull is None:
            raise _Errors(
                f"Could not resolve to a PullRequest with the number of {given.get('pr_number')}.", "NOT_FOUND"
            )
        return {"repository": {"pullRequest": _pull(model, pull)}}
    if "query PullRequestStatusChecks" in query:
        return {"node": {"statusCheckRollup": _rollup(model, _find(model, given.get("id")))}}
    if "query PullRequest_fields" in query:
        return {"PullRequest": {"fields": [{"name": "id"}]}}
    if "query RepositoryReleaseByTag" in query:
        drafts = [r for r in model.releases if r.tag == given.get("tagName") and r.draft]
        found_draft = {"databaseId": drafts[0].id, "isDraft": True} if drafts else None
        return {"repository": {"release": found_draft}}
    if "createPullRequest(" in query:
        head, base, title, body = (str(wanted.get(k) or "") for k in ("headRefName", "baseRefName", "title", "body"))
        made = model.open_pull(head, base, title, body, wanted.get("draft") is True)
        if isinstance(made, str):
            raise _Errors(f"{made.capitalize()} sha can't be blank" if made in ("head", "base") else made)
        page = f"https://github.com/{model.base}/pull/{made.number}"
        return {"createPullRequest": {"pullRequest": {"id": made.node_id, "url": page}}}
    if "enablePullRequestAutoMerge(" in query:
        _enable(model, _find(model, wanted.get("pullRequestId")), str(wanted.get("mergeMethod") or "MERGE"), wanted)
        return {"enablePullRequestAutoMerge": {"clientMutationId": None}}
    if "mergePullRequest(" in query:
        pull = _find(model, wanted.get("pullRequestId"))
        reason = model.blocked(pull)
        if reason or not model.merge(pull, str(wanted.get("mergeMethod") or "MERGE").lower()):
            raise _Errors(reason or "Pull Request is not mergeable")
        return {"mergePullRequest": {"clientMutationId": None}}
    raise _Errors(f"the fixture does not know this question: {query[:200]}")


def _find(model: Model, node_id: object) -> Pull:
    pull = model.pull_by_node(str(node_id))
    if pull is None:
        raise _Errors("Could not resolve to a node with that global id", "NOT_FOUND")
    return pull


def _enable(model: Model, pull: Pull, method: str, wanted: Data) -> None:
    if not model.allow_auto_merge:
        raise _Errors("Pull request Auto merge is not allowed for this repository")
    if wanted.get("expectedHeadOid", pull.head_sha) != pull.head_sha:
        raise _Errors("Head sha didn't match expected sha")
    if pull.state != "open" or model.blocked(pull) is None:
        raise _Errors("Pull request Pull request is in clean status")
    pull.auto_merge = method.lower()


def _state(pull: Pull) -> str:
    return "MERGED" if pull.merged_as else pull.state.upper()


def _repository(model: Model) -> Data:
    return {
        "id": "R_1",
        "name": model.base.partition("/")[2],
        "nameWithOwner": model.base,
        "owner": {"login": model.owner},
        "hasIssuesEnabled": True,
        "hasWikiEnabled": False,
        "description": "",
        "viewerPermission": "WRITE" if model.may_push else "READ",
        "defaultBranchRef": {"name": model.default_branch},
        "isPrivate": False,
        "parent": None,
        "mergeCommitAllowed": True,
        "rebaseMergeAllowed": True,
        "squashMergeAllowed": True,
    }


def _pull(model: Model, pull: Pull) -> Data:
    blocked = model.blocked(pull)
    return {
        "id": pull.node_id,
        "number": pull.number,
        "url": f"https://github.com/{model.base}/pull/{pull.number}",
        "state": _state(pull),
        "title": pull.title,
        "body": pull.body,
        "isDraft": pull.draft,
        "baseRefName": pull.base,
        "headRefName": pull.head,
        "headRefOid": pull.head_sha,
        "isCrossRepository": False,
        "headRepositoryOwner": {"id": "O_1", "login": model.owner},
        "mergeStateStatus": "BLOCKED" if blocked else "CLEAN",
        "mergeable": "CONFLICTING" if blocked == "Pull Request is not mergeable" else "MERGEABLE",
        "mergedAt": pull.merged_at,
        "commits": {"nodes": [{"commit": {"oid": pull.head_sha}}]},
    }


def _rollup(model: Model, pull: Pull) -> Data:
    nodes: list[Data] = []
    for check in model.check_runs(pull.head_sha):
        ended = str(check["conclusion"] or "").upper()
        nodes.append(
            {
                "__typename": "CheckRun",
                "name": check["name"],
                "status": str(check["status"]).upper(),
                "conclusion": ended,
                "detailsUrl": check["html_url"],
                "isRequired": check["name"] in model.required_checks,
                "checkSuite": {"workflowRun": {"workflow": {"name": "CI"}}},
            }
        )
    for status in model.newest_statuses(pull.head_sha):
        state = str(status["state"]).upper()
        nodes.append({"__typename": "StatusContext", "context": status["context"], "state": state, "targetUrl": ""})
    contexts = {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": ""}}
    return {"nodes": [{"commit": {"statusCheckRollup": {"contexts": contexts}}}]}
