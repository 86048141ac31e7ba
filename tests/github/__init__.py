"""A small GitHub for tests: the real gh on a unix socket, the real git through a script (SHIP "The real gh, offline").

`fixture.py` is what tests use; `plans.py` says what will happen after a push, `faults.py` what goes wrong. `model.py`
and `things.py` are the state, `bare.py` the repository, `rest_*.py` and `graphql.py` the endpoints, `server.py` HTTP.
"""

from .faults import bad_gateway, forbidden, limit_reached, not_found, retry_later, says, unprocessable
from .plans import AppPlan, ReleasePlan, RunPlan
from .things import Asset, Run, Workflow

__all__ = [
    "AppPlan",
    "Asset",
    "ReleasePlan",
    "Run",
    "RunPlan",
    "Workflow",
    "bad_gateway",
    "forbidden",
    "limit_reached",
    "not_found",
    "retry_later",
    "says",
    "unprocessable",
]
