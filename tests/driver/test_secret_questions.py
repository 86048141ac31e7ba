"""Questions for a secret: who asks takes the answer, each that is typed counts once, and no state has one."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from loop_tui.driver import DriveResult, Exit, GivenSecrets, Options
from loop_tui.engine import changes, commands
from loop_tui.engine.transaction import always
from loop_tui.fs.secret_pipe import hand_over, is_asked, name_of
from loop_tui.model import secrets
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.runners.context import Context, SkillResult
from tests.crash.worlds import wait_for

from .driven import Driven
from .test_conductor import one_skill

SECRET = "zq7-typed-once"
ASKED = Question(id="otp-1", kind=QuestionKind.SECRET, text="One-time password?")


@pytest.fixture(autouse=True)
def nothing_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test types is not masked in the next."""
    monkeypatch.setattr(secrets, "_TYPED", ())


def asking(got: list[str], place: Path | None = None, *more: Question) -> Driven:
    """A run whose one skill asks for a secret, once for each question, and says what it got."""

    async def work(ctx: Context) -> SkillResult:
        for question in (ASKED, *more):
            got.append(await ctx.do.ask(question))
            ctx.do.say(f"got {got[-1]}")
        return SkillResult(f"signed in with {got[-1]}")

    made = Driven(one_skill(), work=work)
    if place is not None:
        made.run.place = replace(made.run.place, run_dir=place)
    return made


def given(**texts: str) -> GivenSecrets:
    made = GivenSecrets()
    for key, text in texts.items():
        made.give(key, text)
    return made


def kept(made: Driven) -> str:
    """Everything that a run leaves."""
    return f"{made.run.store.text}{made.run.store.journal}{made.said}{made.archives}"


def driven(made: Driven, person: Callable[[], object], place: Path) -> DriveResult:
    """Drive until it ends by itself, while somebody does something as soon as the secret is asked for."""

    def is_asked_now() -> bool:
        return is_asked(place, "otp-1") and made.run.store.exists() and bool(made.state.pending_questions)

    def asked() -> None:
        wait_for(is_asked_now, "the secret is asked for")
        person()

    async def both() -> DriveResult:
        driver = asyncio.create_task(made.drive(Options(by="ann", waits_for_secrets=True)))
        await asyncio.to_thread(asked)
        return await driver

    return asyncio.run(both())


def test_what_is_typed_reaches_the_skill_and_nothing_else(tmp_path: Path) -> None:
    got: list[str] = []
    made = asking(got, tmp_path)
    ended = driven(made, lambda: hand_over(tmp_path, "otp-1", "bob", SECRET, 30), tmp_path)
    assert (ended.code, got) == (Exit.COMPLETE, [SECRET])
    (answered,) = [event for event in made.events if event.action == "answered"]
    assert answered.context == {"answer": "", "by": "bob"}
    assert SECRET not in kept(made)
    assert "signed in with [masked]" in kept(made)
    assert not is_asked(tmp_path, "otp-1"), "the pipe is gone"


def test_what_is_no_secret_is_asked_for_again(tmp_path: Path) -> None:
    got: list[str] = []
    made = asking(got, tmp_path)

    def person() -> None:
        for wrong in ("", " ", "one\ntwo", "x" * 4097):
            hand_over(tmp_path, "otp-1", "bob", wrong, 0.05)
        handle = os.open(tmp_path / name_of("otp-1"), os.O_WRONLY)
        os.write(handle, b"no frame\n")
        os.close(handle)
        hand_over(tmp_path, "otp-1", "bob", SECRET, 30)

    assert driven(made, person, tmp_path).code is Exit.COMPLETE
    assert got == [SECRET]
    assert kept(made).count("it is asked again") == 5


def test_one_that_is_given_beforehand_counts_once() -> None:
    got: list[str] = []
    again = ASKED.model_copy(update={"id": "otp-2"})
    made = asking(got, None, again)
    ended = made.go(secrets=given(otp=SECRET))
    assert (ended.code, got) == (Exit.WAITING, [SECRET])
    assert ended.todo.startswith("--secret, with the name otp-2")
    assert [q.id for q in made.state.pending_questions] == ["otp-2"]
    assert made.go(secrets=given(**{"otp-2": SECRET})).todo.startswith("--secret, with the name otp-1"), (
        "it is asked again"
    )
    assert got == [SECRET]
    assert SECRET not in kept(made)
    assert SECRET not in repr(Options(secrets=given(otp=SECRET)))


def test_an_answer_that_a_state_has_is_not_taken() -> None:
    got: list[str] = []
    made = asking(got)
    assert made.go().code is Exit.WAITING
    document = json.loads(made.run.store.text or "")
    document["clarifications"]["pending"][0]["answer"] = "from-the-file"
    made.run.store.overwrite(json.dumps(document))
    assert made.go().code is Exit.WAITING
    document["clarifications"] = {"pending": [], "resolved": [{"id": "otp-1", "text": "?", "answer": "from-the-file"}]}
    made.run.store.overwrite(json.dumps(document))
    assert made.go().code is Exit.WAITING
    assert not got
    assert made.go(secrets=given(otp=SECRET)).code is Exit.COMPLETE
    assert got == [SECRET]


def disguise(made: Driven) -> None:
    """Write over the state file that any text will do for an answer."""
    document = json.loads(made.run.store.text or "")
    del document["clarifications"]["pending"][0]["kind"]
    made.run.store.overwrite(json.dumps(document))


def test_a_question_that_was_made_another_one_in_the_file_is_asked_again() -> None:
    got: list[str] = []
    made = asking(got)
    made.go()
    disguise(made)
    waiting = made.go(answers={"otp-1": "kept-in-the-file"})
    assert (waiting.code, got) == (Exit.WAITING, [])
    assert [q.kind for q in made.state.pending_questions] == [QuestionKind.SECRET]
    assert "kept-in-the-file" not in kept(made)


def test_so_it_is_while_it_is_asked(tmp_path: Path) -> None:
    got: list[str] = []
    made = asking(got, tmp_path)

    def person() -> None:
        disguise(made)
        while made.state.pending_questions[0].kind is not QuestionKind.SECRET:
            pass
        hand_over(tmp_path, "otp-1", "bob", SECRET, 30)

    assert driven(made, person, tmp_path).code is Exit.COMPLETE
    assert got == [SECRET]


def test_a_pause_ends_the_asking_and_the_next_driver_asks_anew(tmp_path: Path) -> None:
    got: list[str] = []
    made = asking(got, tmp_path)
    paused = driven(made, lambda: made.tell(lambda state: commands.pause(state, "bob")), tmp_path)
    assert (paused.code, paused.reason) == (Exit.WAITING, "paused")
    assert not is_asked(tmp_path, "otp-1")
    made.tell(lambda state: commands.resume(state, "bob"))
    ended = driven(made, lambda: hand_over(tmp_path, "otp-1", "bob", SECRET, 30), tmp_path)
    assert (ended.code, got) == (Exit.COMPLETE, [SECRET])


def test_only_a_skill_asks_for_one_and_a_go_lets_it_ask_again() -> None:
    made = asking([])
    made.go()
    state = made.state
    assert commands.go(state, made.definition, "bob") == ()
    wanted = commands.ask(state, ASKED.model_copy(update={"id": "token"}), "an-agent")
    assert getattr(wanted, "reason", "") == "only a skill may ask for a secret"
    made.tell(always(changes.asked(Question(id="mine", kind=QuestionKind.SECRET, text="?", skill=""))))
    assert made.go(secrets=given(otp=SECRET, mine=SECRET)).code is Exit.COMPLETE, "what nobody takes is withdrawn"


def test_waiting_for_it_is_no_working_time(tmp_path: Path) -> None:
    """The driver stays meanwhile, and yet nobody works (SCREEN "Words")."""
    made = asking([], tmp_path)

    def person() -> None:
        made.run.clock.pass_by(90)
        hand_over(tmp_path, "otp-1", "bob", SECRET, 30)

    assert driven(made, person, tmp_path).code is Exit.COMPLETE
    (done,) = [event for event in made.events if event.category == "skill" and event.action == "completed"]
    assert done.duration_ms is not None
    assert done.duration_ms < 90_000
