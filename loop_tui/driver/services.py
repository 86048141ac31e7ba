"""What the driver does on behalf of a skill: answers, effects, programs, deliverables."""

import contextlib
import hashlib
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from loop_tui.engine import changes
from loop_tui.engine.gates import autonomy_of
from loop_tui.engine.transaction import Wish, always
from loop_tui.model.answers import complaint, secret_name
from loop_tui.model.clock import stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change
from loop_tui.model.evidence import Deliverable, Effect, Question
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import command_line, mask, masked_facts, typed
from loop_tui.model.state import RunState
from loop_tui.model.status import Autonomy
from loop_tui.model.text import clean, one_line
from loop_tui.ports import RunPorts
from loop_tui.process import shell
from loop_tui.runners.background import Asides
from loop_tui.runners.context import Act, Asked, Observe, Proof, SkillFailed
from loop_tui.runners.slow import said_while_slow

from .options import Options, asked_in
from .output import Output
from .secret_questions import SecretAsker, asked_anew

Write = Callable[[Wish], RunState]


class DriverServices:
    """The services of one skill execution (`runners.context.Services`).

    With `check_only` nothing may be done to the world. `still_approved` says whether the documents that gates were
    passed on are what they were; without that no effect is intended.
    """

    def __init__(
        self,
        *,
        skill: str,
        ports: RunPorts,
        definition: LoopDefinition,
        options: Options,
        output: Output,
        secrets: Sequence[str],
        environment: Mapping[str, str],
        asides: Asides,
        read: Callable[[], RunState],
        write: Write,
        check_only: bool = False,
        still_approved: Callable[[], bool] = lambda: True,
        told: Callable[[RunState], Coroutine[None, None, None]],
        titles: Callable[[str], str] = str,
    ) -> None:
        self._skill = skill
        self._ports = ports
        self._definition = definition
        self._options = options
        self._output = output
        self._secrets = tuple(secrets)
        self._environment = environment
        self.asides = asides
        self._read = read
        self._write = write
        self._check_only = check_only
        self._still_approved = still_approved
        self._told = told
        self._titles = titles
        self._streams: set[int] = set()
        self.delivered: dict[str, Deliverable] = {}
        self.waited_ms = 0

    def say(self, text: str, level: LogLevel = LogLevel.INFO) -> None:
        """Write lines to the output log."""
        self._output.say(self._skill, text, level)

    def now(self) -> str:
        """The time, as the files write it."""
        return stamp(self._ports.clock.now())

    async def ask(self, question: Question) -> str:
        """The answer: the one recorded, the one given beforehand, or the stated default when nobody is to be asked.

        One that cannot be the answer is not taken, wherever it stands. Raises Asked when there is none. A secret comes
        from the environment or from the person who types it, and one that is typed counts once.
        """
        question = self._masked(question.model_copy(update={"skill": question.skill or self._skill}))
        if question.is_secret:
            return await self._secret(question)
        state = self._read()
        known, asked_before = state.question(question.id), asked_in(state)
        if known is not None and known.answer is not None:
            if (anew := self._said_anew(question, known.answer, asked_before)) is not None:
                return anew
            if not self._is_refused(question, known.answer):
                return known.answer
            # Somebody wrote it by hand, past all commands. Who said that did not mean the default: it is not taken.
            self._write(always(changes.withdrawn(question.id, "the driver")))
            raise Asked(question)
        answer, by = self._options.answer_to(question, asked_before), self._options.by
        again = self._options.asks_again(question, asked_before)
        if answer is not None and self._is_refused(question, answer):
            answer, again = None, True
        if answer is None and not again and autonomy_of(state, self._definition) is Autonomy.AUTONOMOUS:
            answer, by = question.default, changes.BY_DEFAULT
        if answer is None:
            raise Asked(question)
        self._options.note_taken(question, asked_before)
        asked = () if known is not None else (changes.asked(question),)
        self._write(always(*asked, changes.answered(question.id, answer, by)))
        self.say(f"{question.text} {answer}", LogLevel.INFO)
        return answer

    def _said_anew(self, question: Question, before: str, asked: frozenset[str]) -> str | None:
        """What was said with this start instead of the answer that is recorded; None where that is the same."""
        anew = self._options.said_anew(question, asked)
        self._options.note_taken(question, asked)
        if anew is None or anew == before or self._is_refused(question, anew):
            return None
        by = self._options.by
        answered = changes.answered(question.id, anew, by)
        self._write(always(changes.withdrawn(question.id, by), changes.asked(question), answered))
        self.say(f"{question.text} {anew}, in place of {before}", LogLevel.INFO)
        return anew

    def _masked(self, question: Question) -> Question:
        """The question as it is recorded: what is secret in it would stand in the state file and on the screen."""
        texts = {name: getattr(question, name) for name in ("id", "text", "default", "detail")}
        told = {name: None if text is None else mask(text, self._secrets) for name, text in texts.items()}
        options = tuple(mask(option, self._secrets) for option in question.options)
        return question.model_copy(update={**told, "options": options})

    async def _secret(self, question: Question) -> str:
        """The secret that the environment holds, or that somebody types: what a state says of it is not looked at."""
        if held := self._environment.get(secret_name(question)):
            return held
        options, asked = self._options, asked_in(self._read())
        if (argument := options.answer_to(question, asked)) is not None:
            typed(argument)
            self.say(f"{question.text} It is not read from --answer, which other processes can see", LogLevel.WARN)
        given = options.secrets.take(question, asked)
        if given is not None:
            typed(given)
            answered = changes.answered(question.id, "", options.by)
            self._write(lambda state: (*asked_anew(state, question), answered))
            return given
        if options.waits_for_secrets:
            return await self._typed(question)
        if question.id in asked:
            self._write(always(changes.withdrawn(question.id, "the driver")))
        raise Asked(question)

    async def _typed(self, question: Question) -> str:
        """The secret that somebody types while the driver waits for it."""

        def say(text: str) -> None:
            self.say(text, LogLevel.WARN)
            self._output.flush()

        asker = SecretAsker(
            question,
            self._ports.place.run_dir,
            store=self._ports.store,
            read=self._read,
            write=self._write,
            say=say,
            told=self._told,
        )
        began_s = self._ports.clock.steady_s()
        try:
            return await asker.secret()
        finally:
            self.waited_ms += self._since_ms(began_s)

    def worked_ms(self, started_s: float) -> int:
        """How long the skill worked since it was started: without what it waited for secrets (SCREEN "Words").

        `started_s` is a moment of the steady clock: what is learnt from it counts no clock that was put back.
        """
        return max(self._since_ms(started_s) - self.waited_ms, 0)

    def _since_ms(self, began_s: float) -> int:
        return round((self._ports.clock.steady_s() - began_s) * 1000)

    def _is_refused(self, question: Question, answer: str) -> bool:
        """True when that cannot be the answer; then it is said why, and which answers there are."""
        wrong = complaint(question, answer)
        if wrong is not None:
            self.say(f"{question.text} {wrong[0]}: {wrong[1]}", LogLevel.WARN)
        return wrong is not None

    async def effect(self, effect_id: str, kind: str, intent: Proof, observe: Observe, act: Act) -> Proof:
        """Exactly once: intent before, observe, act only on what is missing, proof after (SPEC section 6)."""
        # Compared as it is recorded.
        intent, effect_id = self._plain(intent), mask(effect_id, self._secrets)
        known = self._read().effect(effect_id)
        if known is not None and known.intent == intent and known.proof is not None:
            return known.proof
        if self._check_only:
            todo = "the owner of the claim has to do it, or release the run"
            raise SkillFailed(f"{kind}: only checks run here", effect_id, todo, code=Code.CLAIMED)
        if known is None or known.intent != intent:
            if not self._still_approved():
                todo = "check the gate, and answer it again"
                raise SkillFailed("what was approved has changed", effect_id, todo, code=Code.RUN_CHANGED)
            self._write(always(changes.effect_intended(Effect(id=effect_id, kind=kind, intent=intent))))
        with said_while_slow(self.say, self._titles(kind)):
            proof = await observe()
            if proof is None:
                await act()
                proof = await observe()
        if proof is None:
            raise SkillFailed(
                f"{kind} was done, but its result cannot be verified",
                effect_id,
                "check the log",
                code=Code.EFFECT_UNPROVEN,
            )
        self._write(always(changes.effect_proven(effect_id, proof)))
        return proof

    def remember(self, kind: str, facts: Mapping[str, Proof]) -> None:
        """Keep facts in the state file, as effects with an empty intent; nothing is written when they are known."""
        state, wanted = self._read(), list[Change]()
        for key, value in ((mask(key, self._secrets), self._plain(value)) for key, value in facts.items()):
            known = state.effect(key)
            if known is None or known.kind != kind:
                wanted.append(changes.effect_intended(Effect(id=key, kind=kind)))
            elif known.proof == value:
                continue
            wanted.append(changes.effect_proven(key, value))
        if wanted:
            self._write(always(*wanted))

    def _plain(self, facts: Proof) -> Proof:
        """Facts as they are recorded."""
        return cast(Proof, masked_facts(cast(JsonValue, facts), self._secrets))

    def recall(self, key: str) -> Proof | None:
        """The facts kept under that key, by this driver or an earlier one."""
        known = self._read().effect(mask(key, self._secrets))
        return known.proof if known is not None else None

    async def command(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float = 1800,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        quiet: bool = False,
        colourful: bool = False,
        name: str = "",
    ) -> shell.Result:
        """Run a program in the project, its output in the log under a number of its own while others print, too."""
        if quiet:
            return await self._run(argv, None, timeout_s=timeout_s, cwd=cwd, env=env, colourful=colourful)
        with self._stream(command_line(argv, self._secrets), name) as stream:
            return await self._run(argv, stream, timeout_s=timeout_s, cwd=cwd, env=env, colourful=colourful)

    @contextlib.contextmanager
    def _stream(self, shown: str, name: str) -> Iterator[int]:
        """Say that a program begins, and give the number that its lines stand under."""
        stream = next(number for number in count() if number not in self._streams)
        self._streams.add(stream)
        named = f"   # {one_line(name)}" if name and shown.split()[-1:] != [name] else ""
        self._output.say(self._skill, f"{shown}{named}", LogLevel.COMMAND, stream)
        try:
            yield stream
        finally:
            self._streams.discard(stream)

    @contextlib.contextmanager
    def program(self, command: str, name: str) -> Iterator[Callable[[str], None]]:
        """Say that a program begins that the skill runs itself; what is given says its lines."""
        with self._stream(command, name) as stream:
            yield lambda text: self._output.say(self._skill, text, LogLevel.OUT, stream)

    async def _run(
        self,
        argv: Sequence[str],
        stream: int | None,
        *,
        timeout_s: float,
        cwd: Path | None,
        env: Mapping[str, str] | None,
        colourful: bool,
    ) -> shell.Result:
        def on_lines(lines: shell.Lines) -> None:
            self._output.printed(self._skill, lines, stream or 0)

        def on_stall(silence_s: float) -> None:
            self.say(f"{argv[0]} has printed nothing for {silence_s:.0f} s and is still running", LogLevel.WARN)

        return await shell.run(
            argv,
            cwd=cwd or self._ports.place.project,
            env=env,
            timeout_s=timeout_s,
            on_lines=None if stream is None else on_lines,
            on_stall=on_stall,
            secrets=self._secrets,
            colours="asked" if colourful else "kept",
        )

    def deliver(self, name: str, text: str, summary: str = "") -> Deliverable:
        """Leave a deliverable in the run folder. Raises Problem for a name that is no plain file name."""
        data = mask(clean(text), self._secrets).encode()
        path = self._ports.artifacts.deliver(name, data)
        deliverable = Deliverable(
            name=name,
            skill=self._skill,
            path=path,
            summary=summary,
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )
        self.delivered[name] = deliverable
        return deliverable
