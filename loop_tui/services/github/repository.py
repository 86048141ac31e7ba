"""Which repository on GitHub a project belongs to, and the API paths of what is in it."""

import os
import re
from pathlib import Path
from urllib.parse import quote, urlencode

from msgspec import Struct

from loop_tui.model.problem import Problem
from loop_tui.model.regex import regex
from loop_tui.services.git import git, push_target

_HOST = r"(?:www\.)?github\.com|ssh\.github\.com"
_REMOTES = (
    regex(rf"(?:https?|ssh|git|git\+ssh)://(?:[^/@]*@)?(?:{_HOST})(?::\d+)?/+([^/\s]+)/([^/\s]+?)/*", re.I),
    regex(rf"(?:[^/@:]+@)?(?:{_HOST}):/*([^/\s]+)/([^/\s]+?)/*", re.I),
)


class Repository(Struct, frozen=True):
    """A repository on GitHub and the project folder that it is asked about from."""

    project: Path
    owner: str
    name: str

    def __str__(self) -> str:
        """As people write it: `acme/widget`."""
        return f"{self.owner}/{self.name}"

    def path(self, *parts: str | int, **query: str | int | None) -> str:
        """The API path of something in it. The parts are escaped; what is None is left out of the query."""
        inner = "".join(f"/{quote(str(part), safe='')}" for part in parts)
        return with_query(f"repos/{quote(self.owner, safe='')}/{quote(self.name, safe='')}{inner}", **query)


def with_query(path: str, **query: str | int | None) -> str:
    """The path with a query in the URL: gh's own `-f` would turn a question into a POST (SHIP "Confirming")."""
    given = {key: value for key, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


async def repository(project: Path, remote: str = "") -> Repository | None:
    """The GitHub repository of a project: GH_REPO, else the remote (that of the branch when none is named).

    None when the project is in no git repository, has no such remote, or its remote is not on github.com.
    """
    named = os.environ.get("GH_REPO", "")
    if named:
        parts = named.removesuffix(".git").split("/")
        if len(parts) == 3 and parts[0].lower() == "github.com":
            del parts[0]
        return Repository(project, *parts) if len(parts) == 2 and all(parts) else None
    root = await git.repository_root(project)
    if root is None:
        return None
    try:
        chosen = (await push_target.find(root, await git.branch(root) or "", remote)).remote
    except Problem:
        return None
    found = parse_remote(await git.remote_url(root, chosen))
    return Repository(project, *found) if found else None


def parse_remote(url: str) -> tuple[str, str] | None:
    """Owner and name in a remote's URL (ssh, scp-like, https, git), or None when it is not on github.com."""
    for form in _REMOTES:
        if match := form.fullmatch(url.strip()):
            name = match[2].removesuffix(".git")
            return (match[1], name) if name else None
    return None
