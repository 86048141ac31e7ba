"""Workflows, runs, deployments, checks and statuses."""

from .http import Refused, Reply, Request, paged
from .model import Model
from .routes import NOT_FOUND, route
from .things import Deployment, Run, Workflow


@route("GET", "R/actions/workflows")
def _workflows(model: Model, request: Request) -> Reply:
    return paged(request, [workflow.json(model.base) for workflow in model.workflows], "workflows")


def _workflow(model: Model, name: str) -> Workflow:
    found = [w for w in model.workflows if name in (str(w.id), w.path.rpartition("/")[2])]
    if not found:
        raise Refused(404, NOT_FOUND)
    return found[0]


@route("GET", "R/actions/workflows/:s")
def _one_workflow(model: Model, request: Request, name: str) -> Reply:
    return Reply(json=_workflow(model, name).json(model.base))


@route("PUT", "R/actions/workflows/:s/(enable|disable)")
def _enable(model: Model, request: Request, name: str, word: str) -> Reply:
    _workflow(model, name).state = "active" if word == "enable" else "disabled_manually"
    return Reply(204)


@route("POST", "R/actions/workflows/:s/dispatches")
def _dispatch(model: Model, request: Request, name: str) -> Reply:
    workflow, ref = _workflow(model, name), request.text("ref")
    sha = model.bare.resolve(ref)
    if sha is None or "workflow_dispatch" not in workflow.events or workflow.state != "active":
        raise Refused(422, f"No ref found for: {ref}" if sha is None else "Workflow cannot be dispatched")
    model.add_run(workflow, sha, ref, "workflow_dispatch", workflow.plan)
    return Reply(204)


@route("GET", "R/actions/runs")
def _runs(model: Model, request: Request) -> Reply:
    return _listed(model, request, model.listed_runs(request.query.get("head_sha")))


@route("GET", "R/actions/workflows/:s/runs")
def _runs_of(model: Model, request: Request, name: str) -> Reply:
    workflow = _workflow(model, name)
    return _listed(model, request, [r for r in model.listed_runs(None) if r.workflow is workflow])


def _listed(model: Model, request: Request, runs: list[Run]) -> Reply:
    query = request.query
    for name, value in (("event", "event"), ("branch", "branch")):
        if query.get(name):
            runs = [run for run in runs if getattr(run, value) == query[name]]
    if status := query.get("status"):
        runs = [run for run in runs if status in (run.status, run.conclusion)]
    reply = paged(request, [run.json(model.base) for run in runs], "workflow_runs")
    for run in runs:
        run.advance()
    return reply


def _run(model: Model, run_id: str) -> Run:
    run = model.visible_run(int(run_id))
    if run is None:
        raise Refused(404, NOT_FOUND)
    return run


@route("GET", "R/actions/runs/:n")
def _one_run(model: Model, request: Request, run_id: str) -> Reply:
    run = _run(model, run_id)
    reply = Reply(json=run.json(model.base))
    run.advance()
    return reply


@route("GET", "R/actions/runs/:n/jobs")
def _jobs(model: Model, request: Request, run_id: str) -> Reply:
    run = _run(model, run_id)
    reply = paged(request, list(run.jobs(model.base)), "jobs")
    run.advance()
    return reply


@route("POST", "R/actions/runs/:n/(rerun|rerun-failed-jobs)")
def _rerun(model: Model, request: Request, run_id: str, word: str) -> Reply:
    run = _run(model, run_id)
    if run.status != "completed":
        raise Refused(403, f"The workflow run {run_id} cannot be rerun; it is still in progress")
    run.again()
    return Reply(201, {})


@route("POST", "R/actions/runs/:n/cancel")
def _cancel(model: Model, request: Request, run_id: str) -> Reply:
    run = _run(model, run_id)
    if run.status == "completed":
        raise Refused(409, "Cannot cancel a workflow run that is completed.")
    run.cancelled = True
    return Reply(202, {})


# --- deployments, checks, statuses ---


@route("GET", "R/deployments")
def _deployments(model: Model, request: Request) -> Reply:
    found = model.listed_deployments(request.query.get("sha"))
    for name, value in (("sha", "sha"), ("ref", "ref")):
        if request.query.get(name):
            found = [d for d in found if getattr(d, value) == request.query[name]]
    if environment := request.query.get("environment"):
        found = [d for d in found if d.plan.environment == environment]
    return paged(request, [deployment.json(model.base) for deployment in found])


def _deployment(model: Model, deployment_id: str) -> Deployment:
    found = [d for d in model.deployments if d.id == int(deployment_id) and not d.hidden]
    if not found:
        raise Refused(404, NOT_FOUND)
    return found[0]


@route("GET", "R/deployments/:n")
def _one_deployment(model: Model, request: Request, deployment_id: str) -> Reply:
    return Reply(json=_deployment(model, deployment_id).json(model.base))


@route("GET", "R/deployments/:n/statuses")
def _deployment_statuses(model: Model, request: Request, deployment_id: str) -> Reply:
    deployment = _deployment(model, deployment_id)
    model.advance(deployment)
    return paged(request, list(deployment.statuses()))


def _sha(model: Model, revision: str) -> str:
    sha = model.bare.resolve(revision)
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {revision}")
    return sha


@route("GET", "R/commits/:p/check-runs")
def _check_runs(model: Model, request: Request, revision: str) -> Reply:
    sha = _sha(model, revision)
    shown = list(model.check_runs(sha))
    for run in model.runs:
        if run.sha == sha and not run.hidden:
            run.advance()
    return paged(request, shown, "check_runs")


@route("GET", "R/commits/:p/status")
def _status(model: Model, request: Request, revision: str) -> Reply:
    sha = _sha(model, revision)
    statuses = model.newest_statuses(sha)
    states = {str(status["state"]) for status in statuses}
    words = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
    return Reply(json={"sha": sha, "state": words, "total_count": len(statuses), "statuses": statuses})
