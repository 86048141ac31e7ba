"""Which commits of a range are taken back by others of it. Pure, and its time grows with the number of commits."""

import heapq
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Sequence

from msgspec import Struct, field

from .conventional import Commit, without_number


class Reverted(Struct):
    """`cancelled` are the commits that do not count and what takes each back; `reverting` those that take some back."""

    cancelled: dict[str, str] = field(default_factory=dict)
    reverting: set[str] = field(default_factory=set)


def reverted(commits: Sequence[Commit]) -> Reverted:
    """What is taken back, for commits newest first: a revert that was itself reverted takes nothing back."""
    known, found = _Known(commits), Reverted()
    for place, commit in enumerate(commits):
        if commit.sha in found.cancelled:
            continue
        targets = [sha for sha in known.named_by(commit, place, found.cancelled) if sha and sha != commit.sha]
        if targets:
            found.reverting.add(commit.sha)
        for sha in targets:
            found.cancelled.setdefault(sha, commit.sha)
    return found


class _Known:
    """The commits of a range, to be found by a part of the sha, by subject and by descent."""

    def __init__(self, commits: Sequence[Commit]) -> None:
        self._commits = commits
        self._places = {commit.sha: place for place, commit in enumerate(commits)}
        self._shas = sorted(self._places)
        self._by_subject: dict[str, deque[int]] = defaultdict(deque)
        if any(commit.reverts_subject for commit in commits):
            for place, commit in enumerate(commits):
                self._by_subject[without_number(commit.subject)].append(place)

    def named_by(self, commit: Commit, place: int, gone: dict[str, str]) -> list[str]:
        """The commits that one says it reverts; not those that lie outside of the range."""
        named = [self._full(prefix) for prefix in commit.reverts]
        for merge, kept in commit.reverts_merge:
            named += self._brought_by(self._full(merge), kept)
        if commit.reverts_subject and not any(named):
            # Named by its subject only, or by a sha that a rebase has since replaced.
            named.append(self._older(commit.reverts_subject, place, gone))
        return named

    def _full(self, prefix: str) -> str:
        at = bisect_left(self._shas, prefix)
        return self._shas[at] if at < len(self._shas) and self._shas[at].startswith(prefix) else ""

    def _older(self, subject: str, place: int, gone: dict[str, str]) -> str:
        """The newest commit of that subject before a place that still counts."""
        # Asked from the newest commit on: what is newer, or gone, is never asked for again.
        places = self._by_subject.get(without_number(subject), deque())
        while places and (places[0] <= place or self._commits[places[0]].sha in gone):
            places.popleft()
        return self._commits[places[0]].sha if places else ""

    def _brought_by(self, merge: str, kept: str) -> list[str]:
        """The merge, and the commits of this range that it brought to the side that is kept.

        Both sides are followed at once, newest first, until only the kept one goes on: no further than they differ.
        """
        if not merge:
            return []
        parents = self._commits[self._places[merge]].parents
        kept_parents = {parent for parent in parents if parent.startswith(kept)} or set(parents[:1])
        side = {parent: parent in kept_parents for parent in parents}
        waiting = [self._places[parent] for parent in parents if parent in self._places]
        heapq.heapify(waiting)
        brought, open_ = [merge], sum(not is_kept for sha, is_kept in side.items() if sha in self._places)
        seen: set[int] = set()
        while waiting and open_:
            place = heapq.heappop(waiting)
            if place in seen:
                continue
            seen.add(place)
            commit = self._commits[place]
            is_kept = side[commit.sha]
            if not is_kept:
                brought.append(commit.sha)
                open_ -= 1
            for parent in commit.parents:
                at = self._places.get(parent)
                if at is None:
                    continue
                before = side.get(parent)
                if before is None:
                    open_ += not is_kept
                    heapq.heappush(waiting, at)
                elif before is False and is_kept:
                    open_ -= 1
                side[parent] = bool(before) or is_kept
        return brought
