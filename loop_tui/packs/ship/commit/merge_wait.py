"""Waiting for a pull request: its checks, whoever merges it, and merging it ourselves when the loop may."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator

from msgspec import Struct

from loop_tui.model.answers import chosen
from loop_tui.model.backoff import backoff
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.effects import AUTO_MERGE, MERGE
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.github import ask
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.services.github import gh
from loop_tui.services.github.models import Pull

PERSON, AUTO = "person", "auto"
_GREEN = ("success", "neutral", "skipped")
_RED_STATUS = ("failure", "error")
_MERGEABLE = ("clean", "has_hooks", "unstable")
_METHODS = ("merge", "squash", "rebase")
_MERGED, _STOP = "merged", "stop"
_ROUNDS = 3


class MergeSettings(Struct, frozen=True):
    """How a pull request is waited for; times in seconds. `merge` is person or auto, `method` empty for any allowed.

    `wait_s` is for a person before the question is put, `cap_s` for checks and for GitHub, `appear_s` for the first
    check to show up.
    """

    merge: str = PERSON
    method: str = ""
    wait_s: float = 300
    cap_s: float = 1800
    appear_s: float = 30
    interval_s: float = 3
    longest_interval_s: float = 15

    def pauses(self) -> Iterator[float]:
        """How long to wait between looks: growing by half, with jitter (SHIP "Confirming")."""
        pause = self.interval_s
        while True:
            yield pause * random.uniform(0.8, 1.2)  # noqa: S311  # jitter, no secret
            pause = backoff(pause, longest_s=self.longest_interval_s, growth=1.5)


def read_settings(ctx: Context) -> MergeSettings:
    """The skill's settings. Raises SkillFailed naming the one that is wrong."""
    given, where = ctx.skill.settings, ctx.definition.source
    merge, method = given.get("merge", PERSON), given.get("merge_method", "")
    if merge not in (PERSON, AUTO):
        raise SkillFailed(
            f"merge is {merge!r}", where, f'write merge = "{PERSON}" or merge = "{AUTO}"', code=Code.DEFINITION_INVALID
        )
    if method not in ("", *_METHODS):
        raise SkillFailed(
            f"merge_method is {method!r}", where, f"use one of: {', '.join(_METHODS)}", code=Code.DEFINITION_INVALID
        )
    times = {}
    for key, name in (
        ("merge_wait_s", "wait_s"),
        ("merge_cap_s", "cap_s"),
        ("appear_s", "appear_s"),
        ("interval_s", "interval_s"),
        ("longest_interval_s", "longest_interval_s"),
    ):
        value = given.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise SkillFailed(
                f"{key} is not a number of seconds", where, f"write it like {key} = 3", code=Code.DEFINITION_INVALID
            )
        times[name] = float(value)
    return MergeSettings(merge=str(merge), method=str(method), **times)


class Checks(Struct, frozen=True):
    """What GitHub's checks and statuses say of the head of a pull request, by name."""

    pending: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    green: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """True when there is a check at all."""
        return bool(self.pending or self.failed or self.green)


async def checks_of(ctx: Context, repo: gh.Repository, sha: str) -> Checks:
    """The checks and statuses of a commit, the newest of each name."""
    runs, combined = await asyncio.gather(
        ask(ctx, lambda: gh.check_runs(repo, sha)), ask(ctx, lambda: gh.combined_status(repo, sha))
    )
    words: dict[str, str] = {}
    for run in sorted(runs, key=lambda run: run.id):
        good = "green" if run.conclusion in _GREEN else "failed"
        words[run.name] = good if run.status == "completed" else "pending"
    for status in combined.statuses:
        words[status.context] = (
            "green" if status.state == "success" else "failed" if status.state in _RED_STATUS else "pending"
        )
    return Checks(**{word: tuple(n for n, w in words.items() if w == word) for word in ("pending", "failed", "green")})


class _NotYet(Exception):
    """GitHub did not take a merge now; it may later. Says why."""


class MergeWait(Struct):
    """One wait for one pull request, whose head has to stay at `sha`."""

    ctx: Context
    repo: gh.Repository
    number: int
    url: str
    sha: str
    settings: MergeSettings
    began: float = 0.0
    told: str = ""
    asked: int = 0

    async def until_merged(self) -> Pull:
        """The pull request as it was merged.

        Raises SkillFailed when it cannot be, or takes too long; Asked when a person has to merge and nobody has.
        """
        if self.settings.merge == AUTO:
            await self._let_github_merge()
            merged = await self._poll(self.settings.cap_s)
            if merged is None:
                raise SkillFailed(
                    f"pull request #{self.number} is not merged after {self.settings.cap_s:.0f} s: {self.told}",
                    self.url,
                    f"check it on GitHub, {THEN_GO} to wait for it again",
                    code=Code.PULL_REQUEST,
                )
            return merged
        self._heed_stop()
        for _ in range(_ROUNDS):
            merged = await self._poll(self.settings.wait_s)
            if merged is not None:
                return merged
            await self._ask_person()
        raise SkillFailed(
            f"GitHub does not show pull request #{self.number} as merged: {self.told}",
            self.url,
            f"merge it, {THEN_GO}",
            code=Code.PULL_REQUEST,
        )

    async def _ask_person(self) -> None:
        """Put the question whose answer looks again. It has no default: only a person knows."""
        self.asked += 1
        question = Question(
            id=f"merged-{self.number}-{len(self._answers()) + self.asked}",
            skill=self.ctx.skill.id,
            text=f"Pull request #{self.number} is waiting for you to merge it. Merged?",
            kind=QuestionKind.CHOICE,
            options=(_MERGED, _STOP),
            detail=f"{self.url}\n{self.told}",
        )
        if chosen(question, await self.ctx.do.ask(question)) == _STOP:
            raise self._stopped()

    def _heed_stop(self) -> None:
        """Raise SkillFailed, once, when a person's last answer was to stop waiting."""
        answers, key = self._answers(), f"pull-{self.number}-stopped"
        heeded: Proof = {"answers": len(answers)}
        if answers and answers[-1] == _STOP and self.ctx.do.recall(key) != heeded:
            self.ctx.do.remember("pull-stopped", {key: heeded})
            raise self._stopped()

    def _answers(self) -> list[str]:
        """What people said so far when they were asked whether it is merged."""
        known = (q for q in self.ctx.state.questions if q.id.startswith(f"merged-{self.number}-"))
        # Whatever the file keeps of the question: its options are ours.
        ours = [q.model_copy(update={"options": (_MERGED, _STOP)}) for q in known]
        return [chosen(q, q.answer) for q in ours if q.answer is not None]

    def _stopped(self) -> SkillFailed:
        return SkillFailed(
            f"pull request #{self.number} is not merged, and you stopped waiting for it",
            self.url,
            f"merge or close it on GitHub, {THEN_GO}",
            code=Code.PULL_REQUEST,
        )

    # --- looking ---

    async def _poll(self, cap_s: float) -> Pull | None:
        """Look until it is merged, or for `cap_s`. What goes wrong outside is tolerated until then."""
        self.began = time.monotonic()
        for pause in self.settings.pauses():
            try:
                found = await self._look()
            except SkillFailed as failed:
                if failed.kind != "external":
                    raise
                found = None
                self._tell(f"GitHub: {failed.what}")
            if found is not None:
                return found
            left = cap_s - (time.monotonic() - self.began)
            if left <= 0:
                return None
            await asyncio.sleep(min(pause, left))
        return None

    async def _look(self) -> Pull | None:
        pull = await ask(self.ctx, lambda: gh.pull(self.repo, self.number))
        if pull.is_merged:
            if pull.head.sha != self.sha:
                raise self._changed(pull)
            self._tell("merged")
            return pull
        if pull.state != "open":
            raise SkillFailed(
                f"pull request #{self.number} was closed without being merged",
                self.url,
                f"gh pr reopen {self.number}, {THEN_GO}; or abort the run",
                code=Code.PULL_REQUEST,
            )
        if pull.head.sha != self.sha:
            raise self._changed(pull)
        if pull.mergeable_state == "dirty":
            base = pull.base.ref
            raise SkillFailed(
                f"pull request #{self.number} is in conflict with {base}",
                self.url,
                f"gh pr close {self.number}; git pull --rebase origin {base}, {THEN_GO}: the checks run again",
                code=Code.PULL_REQUEST,
            )
        checks = await checks_of(self.ctx, self.repo, self.sha)
        if self.settings.merge == AUTO:
            await self._merge_when_green(pull, checks)
        else:
            self._tell(_for_person(checks))
        return None

    def _changed(self, pull: Pull) -> SkillFailed:
        return SkillFailed(
            f"pull request #{self.number} differs "
            f"from what was checked: its head is {pull.head.sha[:7]}, but {self.sha[:7]} was checked",
            self.url,
            f"remove the other commits from {pull.head.ref}, or pull them and let the checks run on them, {THEN_GO}",
            kind="check",
            code=Code.PULL_REQUEST,
        )

    def _tell(self, waiting_for: str) -> None:
        """Say and remember what is being waited for, when that is news."""
        if waiting_for == self.told:
            return
        self.told = waiting_for
        merged = waiting_for == "merged"
        self.ctx.do.say(f"Pull request #{self.number}: {waiting_for}", LogLevel.OK if merged else LogLevel.INFO)
        facts: Proof = {
            "number": self.number,
            "url": self.url,
            "sha": self.sha,
            "waiting_for": "" if merged else waiting_for,
        }
        self.ctx.do.remember("pull-progress", {f"pull-{self.number}-progress": facts})

    # --- merging ---

    async def _let_github_merge(self) -> None:
        """Switch auto-merge on, where the repository has it and there is something to wait for."""
        about = await ask(self.ctx, lambda: gh.about(self.repo))
        if not about.allow_auto_merge:
            return
        method = await self._method()

        async def observe() -> Proof | None:
            pull = await ask(self.ctx, lambda: gh.pull(self.repo, self.number))
            if pull.auto_merge is None and not pull.is_merged:
                return None
            return {"number": self.number, "method": pull.auto_merge.merge_method if pull.auto_merge else method}

        async def act() -> None:
            pull = await ask(self.ctx, lambda: gh.pull(self.repo, self.number))
            await self._or_not_yet(lambda: gh.auto_merge(self.repo, pull, method=method))

        intent: Proof = {"number": self.number, "sha": self.sha, "method": method}
        try:
            await self.ctx.do.effect(f"auto-merge-{self.number}-{self.sha[:12]}", AUTO_MERGE, intent, observe, act)
        except _NotYet as reason:
            self.ctx.do.say(f"No auto-merge ({reason}): loop-tui merges it when its checks pass")

    async def _merge_when_green(self, pull: Pull, checks: Checks) -> None:
        if checks.failed:
            raise SkillFailed(
                f"checks of pull request #{self.number} failed: {few(checks.failed)}",
                self.url,
                f"fix them and ship again, or run `gh run rerun --failed` if the code is not the cause, {THEN_GO}",
                kind="check",
                code=Code.CHECK_FAILED,
            )
        if checks.pending:
            self._tell(f"waiting for {few(checks.pending)}")
        elif pull.auto_merge is not None:
            self._tell("waiting for GitHub to merge it")
        elif pull.mergeable_state == "behind":
            base = pull.base.ref
            raise SkillFailed(
                f"{base} moved, and GitHub only merges branches that are up to date with it",
                self.url,
                f"gh pr close {self.number}; git pull --rebase origin {base}, {THEN_GO}: the checks run again",
                code=Code.PULL_REQUEST,
            )
        elif pull.mergeable_state not in _MERGEABLE:
            self._tell(f"GitHub reports {pull.mergeable_state or 'no output yet'}: waiting for its requirements")
        elif not checks.any and await self._may_still_appear():
            self._tell("waiting for the first check")
        else:
            await self._merge()

    async def _may_still_appear(self) -> bool:
        if time.monotonic() - self.began >= self.settings.appear_s:
            return False
        return any(workflow.active for workflow in await ask(self.ctx, lambda: gh.workflows(self.repo)))

    async def _merge(self) -> None:
        """Merge what was checked, as an effect. The next look sees what came of it."""
        method = await self._method()

        async def observe() -> Proof | None:
            pull = await ask(self.ctx, lambda: gh.pull(self.repo, self.number))
            return {"number": self.number, "sha": pull.merge_commit_sha} if pull.is_merged else None

        async def act() -> None:
            await self._or_not_yet(lambda: gh.merge(self.repo, self.number, sha=self.sha, method=method))

        intent: Proof = {"number": self.number, "sha": self.sha, "method": method}
        try:
            await self.ctx.do.effect(f"merge-{self.number}-{self.sha[:12]}", MERGE, intent, observe, act)
        except _NotYet as reason:
            self._tell(f"GitHub does not merge it yet: {reason}")

    async def _or_not_yet(self, call: Callable[[], Awaitable[object]]) -> None:
        """Make a call; raises _NotYet with GitHub's words when it refuses for now."""

        async def asked() -> str:
            try:
                await call()
            except gh.GhProblem as problem:
                if problem.kind is gh.ApiErrorKind.REFUSED:
                    return problem.what
                raise
            return ""

        if words := await ask(self.ctx, asked):
            raise _NotYet(words)

    async def _method(self) -> str:
        """How to merge: as set, else the first that the repository allows; a merge commit keeps our commit's sha."""
        if self.settings.method:
            return self.settings.method
        about = await ask(self.ctx, lambda: gh.about(self.repo))
        allowed = (about.allow_merge_commit, about.allow_squash_merge, about.allow_rebase_merge)
        return next((method for method, is_allowed in zip(_METHODS, allowed, strict=True) if is_allowed), "merge")


def _for_person(checks: Checks) -> str:
    if checks.failed:
        return f"{few(checks.failed)} failed; waiting for you"
    if checks.pending:
        return f"waiting for {few(checks.pending)}, and for you to merge it"
    return "waiting for you to merge it"
