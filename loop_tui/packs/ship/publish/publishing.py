"""Publishing once: observed before, recorded, done, and observed until the registry shows it.

What is known of the last try is kept beside the effect. After a try whose end nobody saw (its driver was killed, the
line broke) the registry is asked for a while before anything is done anew. After one that was answered with done, or
with "exists already", only the proof is waited for. Where a registry plainly does not have it in a later try either, it
is published again: a registry takes no version twice, so that does no harm, and waiting for ever would help nobody.
"""

import asyncio
import time
import weakref
from collections.abc import Mapping

from loop_tui.model.backoff import backoff
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.going_on import GO, THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.choices import served
from loop_tui.packs.ship.effects import PUBLISH, PUBLISH_ATTEMPT
from loop_tui.packs.ship.planned import how_to_ship_another
from loop_tui.runners.context import Context, Proof, Services, SkillFailed
from loop_tui.services.registry import npm_registry
from loop_tui.services.registry.answers import BrowserLogin, PublishAnswer, PublishOutcome, RegistryProblem
from loop_tui.services.registry.place import settings_mark

from .plan import OtherContents, PublishPlan, checked_copy
from .taken import was_seen_free

PASSWORDS = 3
"""How many one-time passwords may be refused before that is a failure."""
PATIENCE_S = 60.0
"""How long what is published may take to be seen, before that is said (the watch over the target goes on)."""
UNSURE_S = 20.0
"""How long a registry is asked for a version whose publish nobody saw the end of, before it is published again."""
_FIRST_S, _LONGEST_S, _GROWTH = 0.4, 5.0, 1.5
_UNKNOWN, _WANTS_PASSWORD, _NOT_DONE = "unknown", "password", ""
_SETTLED = (PublishOutcome.DONE.value, PublishOutcome.EXISTS.value)
_MAY_BE_DONE = (PublishOutcome.DONE, PublishOutcome.EXISTS, PublishOutcome.LOST, PublishOutcome.CONFLICT)

_settled_in: "weakref.WeakSet[Services]" = weakref.WeakSet()
"""The tries (one execution of the skill has services of its own) whose own publish was answered, or was not seen."""

# For tests, which let hours pass in no time.
now_s = time.monotonic
sleep = asyncio.sleep


def _effect_id(target: TargetDefinition, commit: str) -> str:
    return f"publish-{target.id}-{commit[:12]}"


def is_begun(ctx: Context, target: TargetDefinition, commit: str) -> bool:
    """True where this run has begun to publish that commit to that target: it may be out, whatever was seen of it."""
    return ctx.state.effect(_effect_id(target, commit)) is not None


class Publishing:
    """One plan of one target, carried out. With `barred`, why it may not be any more, it is only looked for."""

    def __init__(self, ctx: Context, target: TargetDefinition, plan: PublishPlan, barred: str = "") -> None:
        self.ctx, self.plan, self._barred = ctx, plan, barred
        self._id = _effect_id(target, plan.commit)
        # What is typed for one registry must not get to another: with more than one, each asks under a name of its own.
        here = [each for each in served(ctx, target.kind) if each.settings.get("publish") == target.settings["publish"]]
        self._asks_for = plan.spec if len(here) < 2 else f"{plan.spec}-{target.id}"
        self.tags: Mapping[str, str] | None = None
        """The version that each dist-tag named when the version was seen; None where it was seen before this try."""
        self._answer: PublishAnswer | None = None
        self._before = self._recalled()

    async def publish(self) -> Proof:
        """Bring it about, and give the proof.

        Raises RegistryProblem for what the registry or the network does (`external`: try again later), SkillFailed for
        a version that is taken, a tarball that is gone and passwords that are refused, and Asked for a password.
        """
        return await self.ctx.do.effect(self._id, PUBLISH, self.plan.intent, self._observe, self._act)

    # --- what the registry shows ---

    async def _observe(self) -> Proof | None:
        known = self._answer.outcome.value if self._answer else str(self._before.get("answer") or _NOT_DONE)
        if known == _NOT_DONE and self._was_free():
            return None
        if known in (_NOT_DONE, _WANTS_PASSWORD):
            return await self._look()
        settled = known in _SETTLED
        proof = await self._look_patiently(PATIENCE_S if settled or self._answer else UNSURE_S)
        if proof is None and (self._answer or (settled and self.ctx.do in _settled_in)):
            raise self._unseen()
        return proof

    def _was_free(self) -> bool:
        """True once where VERIFY has just seen that the version is not there, and nothing was tried since.

        Whoever publishes it meanwhile is found out all the same: a registry takes no version twice.
        """
        key = (self.plan.place.registry, self.plan.spec, self.plan.integrity)
        return was_seen_free(key)

    def _unseen(self) -> RegistryProblem:
        """The registry does not show what was published, or what it says it has: only time can tell."""
        before = self._before.get("answer")
        known = "the registry has it already" if before == PublishOutcome.EXISTS.value else "it was published"
        said = (self._answer.words if self._answer else "") or known
        words = f"{self.plan.spec} is not visible at {self.plan.place.registry} yet; the publish ended with: {said}"
        return RegistryProblem(PublishAnswer(PublishOutcome.LOST, words), self.plan.place.registry)

    async def _look_patiently(self, limit_s: float) -> Proof | None:
        """Look until it is there or the time is up; trouble on the way is looked past, but for the last."""
        until, pause_s = now_s() + limit_s, _FIRST_S
        while True:
            trouble = None
            try:
                if proof := await self._look():
                    return proof
            except RegistryProblem as problem:
                if not problem.external:
                    raise
                trouble = problem
            left_s = until - now_s()
            if left_s <= 0:
                if trouble is not None:
                    raise trouble
                return None
            await sleep(min(pause_s, left_s))
            pause_s = backoff(pause_s, longest_s=_LONGEST_S, growth=_GROWTH)

    async def _look(self) -> Proof | None:
        plan = self.plan
        found = await npm_registry.view(self.ctx.project, plan.place, plan.name, plan.version)
        if found is None:
            return None
        if found.integrity != plan.integrity:
            todo = f"a version is never replaced: {how_to_ship_another(self.ctx)}"
            raise OtherContents(plan.spec, plan.place.registry, found.integrity, plan.integrity, todo)
        self.tags = found.tags
        return {
            "name": plan.name,
            "version": plan.version,
            "registry": plan.place.registry,
            "integrity": found.integrity,
            "tarball": found.tarball,
        }

    # --- doing it ---

    async def _act(self) -> None:
        if self._barred:
            what = f"{self._barred}: {self.plan.spec} is not published, and {self.plan.place.registry} does not have it"
            raise SkillFailed(what, str(self.ctx.project), f"undo that change, {THEN_GO}", code=Code.TREE_CHANGED)
        password = await self._password() if self._still_wants_password() else ""
        while True:
            async with checked_copy(self.plan) as request:
                self._note(_UNKNOWN)
                answer = await npm_registry.publish(self.ctx.project, request, password)
            if answer.outcome is not PublishOutcome.PASSWORD:
                return self._ended(answer)
            refused = self._refused + bool(password)
            self._note(_WANTS_PASSWORD, refused, answer.browser)
            if refused >= PASSWORDS:
                self._note(_NOT_DONE)
                what = f"{PASSWORDS} one-time passwords were rejected: {self.plan.spec} is not published"
                raise SkillFailed(what, self.plan.place.registry, f"{GO}   # asks again", code=Code.DECLINED)
            if password:
                self.ctx.do.say("The registry rejected that one-time password", LogLevel.WARN)
            password = await self._password(answer.browser)

    def _still_wants_password(self) -> bool:
        """True where the last try wanted one, and is answered by any that is typed now.

        Who signed in anew since may need none; and an address for the browser is only good for the try that it is of.
        """
        before, mark = self._before, settings_mark(self.ctx.project)
        return before.get("answer") == _WANTS_PASSWORD and before.get("for", mark) == mark

    def _ended(self, answer: PublishAnswer) -> None:
        if answer.outcome in _MAY_BE_DONE:
            self._note(answer.outcome.value)
            self._answer = answer
            if answer.outcome.value in _SETTLED:
                _settled_in.add(self.ctx.do)
            if answer.outcome is not PublishOutcome.DONE:
                self.ctx.do.say(f"{self.plan.spec}: {answer.words}; checking the registry for it", LogLevel.WARN)
            return
        self._note(_NOT_DONE)
        raise RegistryProblem(answer, self.plan.place.registry, self._todo(answer.outcome))

    def _todo(self, outcome: PublishOutcome) -> str:
        registry = self.plan.place.registry
        if outcome is not PublishOutcome.NOT_ALLOWED:
            return ""
        if self.plan.place.scope and self.plan.request.access != "public":
            return 'for a public package, set access = "public" for the target in .loops/targets.toml'
        return f"npm whoami --registry {registry}   # this user has to be allowed to publish {self.plan.name}"

    async def _password(self, browser: BrowserLogin | None = None) -> str:
        number = self._refused + 1
        question = Question(
            id=f"otp-{self._asks_for}-{number}",
            kind=QuestionKind.SECRET,
            skill=self.ctx.skill.id,
            text=f"One-time password to publish {self.plan.spec} at {self.plan.place.registry}?",
            detail="It is passed to npm through a pipe and never stored."
            + " The last was rejected." * (number > 1)
            + (f"\n\n{browser.steps}" if browser else ""),
        )
        # What cannot be one was never sent: the registry refused nothing. A variable holds the same each time.
        for _ in range(PASSWORDS):
            if password := npm_registry.plain_password(await self.ctx.do.ask(question)):
                return password
            self.ctx.do.say(npm_registry.NO_PASSWORD[0].upper() + npm_registry.NO_PASSWORD[1:], LogLevel.WARN)
        registry = self.plan.place.registry
        raise SkillFailed(npm_registry.NO_PASSWORD, registry, f"{GO}   # asks again", code=Code.DECLINED)

    # --- what is known of the last try ---

    @property
    def _key(self) -> str:
        return f"{self._id}-attempt"

    def _recalled(self) -> Proof:
        """What is known of the last try to publish these very bytes to this registry.

        A record of before registries were noted counts as of this one: then it is looked for a while first, and never
        sent anew unseen.
        """
        known = self.ctx.do.recall(self._key) or {}
        here = self.plan.place.registry
        same = known.get("integrity") == self.plan.integrity and known.get("registry", here) == here
        return known if same else {}

    @property
    def _refused(self) -> int:
        count = self._recalled().get("refused")
        return count if isinstance(count, int) else 0

    def _note(self, answer: str, refused: int | None = None, browser: BrowserLogin | None = None) -> None:
        count = 0 if answer == _NOT_DONE else self._refused if refused is None else refused
        about: Proof = {"registry": self.plan.place.registry, "integrity": self.plan.integrity}
        facts: Proof = {**about, "answer": answer, "refused": count}
        if answer == _WANTS_PASSWORD:
            facts = {**facts, "for": "a browser" if browser else settings_mark(self.ctx.project)}
        self.ctx.do.remember(PUBLISH_ATTEMPT, {self._key: facts})
