"""Whatever others write, no gate passes on anything but what its approver saw, or on a check that did not run here.

Others change documents, definitions, state files and run folders in any order; a person answers what they saw, now or a
while ago; drivers work. After every step the rules of SPEC section 4 hold, told by what the stub skills really did.
"""

import copy
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from loop_tui.cli.wiring import run_ports
from loop_tui.control.adoption import adopt, adopt_definition
from loop_tui.control.answers import AnswerKeeper
from loop_tui.control.client import RunClient
from loop_tui.control.run_definition import definition_of
from loop_tui.control.trust import agree
from loop_tui.driver import Options, drive
from loop_tui.model.binding import Binding
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.problem import Problem
from loop_tui.model.status import CheckStatus, GateStatus
from loop_tui.runners.context import Context, SkillResult
from loop_tui.runners.packs import Packs
from loop_tui.storage.state.store import Store
from tests.driver.driven import Stubs
from tests.memory import MemoryClock, MemoryContext, MemoryDocs, MemoryWorkspace
from tests.memory.clock import in_no_time
from tests.tui.launching import Started

LOOP = "truth-loop"
EXAMPLES = int(os.environ.get("LOOP_TUI_TRUTHS", "40"))
TEXT = """
id = "truth-loop"
[[phases]]
id = "PLAN"
skills = [{ id = "plan", deliverables = ["PLAN.md"] }]
[[phases]]
id = "VERIFY"
skills = [{ id = "verify", runner = "builtin" }]
[[phases]]
id = "SHIP"
skills = [{ id = "push", runner = "builtin" }]
[[gates]]
id = "plan-gate"
after = "PLAN"
type = "human"
deliverables = ["PLAN.md"]
[[gates]]
id = "readiness-gate"
after = "VERIFY"
type = "auto"
checks = ["build", "test"]
"""
WITHOUT_GATES = TEXT[: TEXT.index("[[gates]]")]
WITH_CHECKS = TEXT.replace('type = "human"', 'type = "auto"\nchecks = ["build"]')
DEFINITIONS = (TEXT, WITHOUT_GATES, WITH_CHECKS, TEXT + "\n# a remark\n")
PLANS = ("# One\n", "# Two\n", "# Three\n", "")


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class ThreeTruths(RuleBasedStateMachine):
    """One project, a person, drivers of ours, and others who write whatever they like."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="truths-"))
        self.project = self.root / "project"
        (self.project / ".loops").mkdir(parents=True)
        self.env = {"HOME": str(self.root), "LOOP_TUI_HOME": str(self.root / "claude"), "LOOP_TUI_USER": "ann"}
        self.env |= {name: str(self.root / name) for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME")}
        self.before = {name: os.environ.get(name) for name in self.env}
        os.environ.update(self.env)
        self.definition_file = self.project / ".loops" / "truth.toml"
        self.definition_file.write_text(TEXT)
        self.plan = self.project / "PLAN.md"
        self.plan.write_text(PLANS[0])
        self.red: set[str] = set()
        self.approved: set[str] = set()
        """What `PLAN.md` held when a person approved it, by hash."""
        self.before_the_no: set[str] = set()
        """What was approved before a person took that back: it counts where that journal is put back, too."""
        self.overridden: set[str] = set()
        """Gates that a person let pass with a reason."""
        self.verdict: bool | None = None
        """What the last real run of the checks found; None before there was one."""
        self.trouble: list[str] = []
        self.pushed = 0
        self.seen: list[Binding] = []
        self.kept: dict[str, bytes] = {}
        self.clock = MemoryClock()
        self.workspace = MemoryWorkspace()
        self.stubs = Stubs({"verify": self._verify, "push": self._push})
        self._trust()

    def teardown(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    # --- what skills really do, and what has to hold while they do

    def _plan_was_approved(self, what: str) -> None:
        data = self.plan.read_bytes() if self.plan.exists() else b""
        if _sha(data) not in self.approved and "plan-gate" not in self.overridden:
            self.trouble.append(f"{what} began though nobody approved {data!r}")

    async def _verify(self, ctx: Context) -> SkillResult:
        self._plan_was_approved("verify")
        checks = tuple(
            Check(name=name, status=CheckStatus.FAILED if name in self.red else CheckStatus.PASSED, summary=name)
            for name in ("build", "test")
        )
        self.verdict = all(check.passed for check in checks)
        return SkillResult("checked", checks)

    async def _push(self, ctx: Context) -> SkillResult:
        if self.verdict is not True and "readiness-gate" not in self.overridden:
            self.trouble.append(f"pushed though the checks that ran here found {self.verdict}")
        self.pushed += 1
        return SkillResult("pushed")

    # --- ours

    def _store(self) -> Store:
        self.clock.pass_by(1)
        return Store(self.project, LOOP, definition=definition_of(self.project, LOOP).definition, now=self.clock.now)

    def _client(self) -> RunClient:
        return RunClient(self._store(), Started(), "ann")

    def _trust(self) -> None:
        with suppress(Problem):
            ask = definition_of(self.project, LOOP).trust
            if ask is not None:
                agree(self.project, ask)

    async def _drive(self, definition: LoopDefinition) -> None:
        ports = run_ports(self.project, definition, os.environ, self.clock)
        # What reads in threads would be overtaken.
        ports = replace(ports, workspace=self.workspace, context=MemoryContext(), docs=MemoryDocs())
        environment = dict(os.environ)
        await drive(
            definition,
            Options(by="ann"),
            ports,
            environment=environment,
            runners=self.stubs.runners,
            packs=Packs(()),
        )

    @initialize(stage=st.integers(0, 6), red=st.sampled_from([set(), set(), {"test"}]))
    def it_has_come_some_way(self, stage: int, red: set[str]) -> None:
        """Random steps alone seldom come far."""
        self.red = set(red)
        way: list[Callable[[], None]] = [
            self.a_driver_works,
            self.the_plan_is_done,
            self.a_driver_works,
            self.a_person_looks,
            lambda: self.a_person_approves_what_they_saw(0, ""),
            self.a_driver_works,
        ]
        for do in way[:stage]:
            do()

    @rule()
    def a_driver_works(self) -> None:
        known = definition_of(self.project, LOOP)
        if known.trust is not None:
            return
        with suppress(Problem):
            in_no_time(self._drive(known.definition))

    @rule()
    def a_driver_works_again(self) -> None:
        """Drivers are more frequent than each of the other things."""
        self.a_driver_works()

    @rule()
    def a_person_lets_it_try_again(self) -> None:
        """What failed is tried once more."""
        self.a_person_goes_on()
        self.a_driver_works()

    @rule()
    def the_plan_is_done(self) -> None:
        with suppress(Problem):
            self._client().complete("plan", "written")

    @rule()
    def a_person_looks(self) -> None:
        with suppress(Problem):
            store = self._store()
            loaded = store.load()
            if loaded is not None:
                self.seen.append(store.binding(loaded.state, "plan-gate"))

    @rule(which=st.integers(0, 5), reason=st.sampled_from(["", "", "it will do"]))
    def a_person_approves_what_they_saw(self, which: int, reason: str) -> None:
        if not self.seen:
            return
        seen = self.seen[-1 - which % len(self.seen)]
        with suppress(Problem):
            self._client().approve("plan-gate", reason, seen=seen)
            self.approved.add(seen.deliverables.get("PLAN.md", ""))
            if reason:
                self.overridden.add("plan-gate")

    @rule(reason=st.sampled_from(["", "it will do"]))
    def a_person_overrides_the_checks(self, reason: str) -> None:
        with suppress(Problem):
            self._client().approve("readiness-gate", reason)
            if reason:
                self.overridden.add("readiness-gate")

    @rule(text=st.sampled_from(["", "more, please"]))
    def a_person_does_not_approve(self, text: str) -> None:
        with suppress(Problem):
            client = self._client()
            client.request_changes(text, "plan-gate") if text else client.reject("plan-gate")
            # What was said before is taken back: an older file alone does not bring it back.
            self.before_the_no |= self.approved
            self.approved = set()
            self.overridden.discard("plan-gate")

    @rule()
    def a_person_goes_on(self) -> None:
        with suppress(Problem):
            self._client().go()

    @rule()
    def a_person_resumes(self) -> None:
        with suppress(Problem):
            self._client().resume()

    @rule()
    def answers_are_kept(self) -> None:
        with suppress(Problem):
            AnswerKeeper(self._store()).keep()

    @rule()
    def a_person_adopts_a_newer_definition(self) -> None:
        self._trust()
        with suppress(Problem):
            store = self._store()
            found = definition_of(self.project, LOOP).found
            if adopt_definition(store, "ann") is not None and found is not None:
                # That is a person's own yes to another definition; what it has no more, nobody is asked about.
                self.overridden |= {"plan-gate", "readiness-gate"} - {
                    gate.id
                    for gate in found.definition.gates
                    if gate.type.value != "auto" or gate.id == "readiness-gate"
                }

    # --- others

    @rule(text=st.sampled_from(PLANS))
    def somebody_changes_the_plan(self, text: str) -> None:
        self.plan.write_text(text)

    @rule()
    def somebody_removes_the_plan(self) -> None:
        self.plan.unlink(missing_ok=True)

    @rule(names=st.sets(st.sampled_from(["build", "test"])))
    def the_code_breaks_or_is_fixed(self, names: set[str]) -> None:
        self.red = names

    @rule(text=st.sampled_from(DEFINITIONS))
    def somebody_changes_the_definition(self, text: str) -> None:
        self.definition_file.write_text(text)

    @property
    def _file(self) -> Path:
        return self.project / "truth-state.json"

    def _document(self) -> dict[str, Any] | None:
        with suppress(OSError, ValueError):
            found = json.loads(self._file.read_text())
            return found if isinstance(found, dict) else None
        return None

    def _rewrite(self, document: dict[str, Any]) -> None:
        self._file.write_text(json.dumps(document, indent=2))

    @rule(
        gate=st.sampled_from(["plan-gate", "readiness-gate"]),
        status=st.sampled_from(["approved", "skipped", "pending", "rejected"]),
        by=st.sampled_from(["ann", "checks", "an agent"]),
        with_mac=st.booleans(),
    )
    def somebody_decides_by_hand(self, gate: str, status: str, by: str, with_mac: bool) -> None:
        document = self._document()
        if document is None:
            return
        table = document.setdefault("gates", {}).setdefault(gate, {})
        if not with_mac:
            table.pop("mac", None)
        table |= {"status": status, "approvedBy": by, "decision": "approved", "required": False}
        self._rewrite(document)

    @rule()
    def somebody_forges_all_that_is_left(self) -> None:
        """Green checks, and every phase and gate before the last phase behind the run."""
        self.somebody_reports_green_checks(False)
        document = self._document()
        if document is None:
            return
        document.pop("skillExecution", None)
        for phase in ("PLAN", "VERIFY"):
            document["phases"][phase]["status"] = "complete"
        document |= {"phase": "VERIFY", "status": "active", "failures": {"count": 0, "history": []}}
        self._rewrite(document)

    @rule(gate=st.sampled_from(["plan-gate", "readiness-gate"]))
    def somebody_names_a_gate_beforehand(self, gate: str) -> None:
        document = self._document()
        if document is not None:
            document.setdefault("gates", {}).setdefault(gate, {})["preapprovedBy"] = "ann"
            self._rewrite(document)

    @rule(gate=st.sampled_from(["plan-gate", "readiness-gate"]), kind=st.sampled_from(["auto", "human", "conditional"]))
    def somebody_changes_the_kind_of_a_gate(self, gate: str, kind: str) -> None:
        document = self._document()
        if document is not None:
            document.setdefault("gates", {}).setdefault(gate, {})["approvalType"] = kind
            self._rewrite(document)

    @rule()
    def somebody_takes_the_gates_away(self) -> None:
        document = self._document()
        if document is not None:
            document.pop("gates", None)
            self._rewrite(document)

    @rule(old_mac=st.booleans())
    def somebody_reports_green_checks(self, old_mac: bool) -> None:
        document = self._document()
        if document is None:
            return
        log = document.setdefault("skillsLog", [])
        macs = [c.get("mac", "") for e in log for c in e.get("checks", [])] if old_mac else []
        checks = [{"name": name, "status": "passed", "mac": macs[-1] if macs else ""} for name in ("build", "test")]
        log.append({"skill": "verify", "phase": "VERIFY", "status": "complete", "checks": checks})
        self._rewrite(document)

    @rule()
    def somebody_turns_red_checks_green(self) -> None:
        document = self._document()
        if document is None:
            return
        for entry in document.get("skillsLog", []):
            for check in entry.get("checks", []):
                check["status"] = "passed"
        self._rewrite(document)

    @rule(phase=st.sampled_from(["PLAN", "VERIFY", "SHIP"]), status=st.sampled_from(["complete", "pending", "active"]))
    def somebody_moves_a_phase(self, phase: str, status: str) -> None:
        document = self._document()
        if document is not None:
            document.setdefault("phases", {}).setdefault(phase, {})["status"] = status
            document["phase"] = phase
            document.pop("skillExecution", None)
            self._rewrite(document)

    @rule(status=st.sampled_from(["complete", "active", "paused", "failed"]))
    def somebody_says_how_the_run_is(self, status: str) -> None:
        document = self._document()
        if document is not None:
            document["status"] = status
            self._rewrite(document)

    @rule(name=st.sampled_from(["state", "owner.json", "definition.json", "journey-log.jsonl", "claims.json"]))
    def somebody_keeps_a_copy(self, name: str) -> None:
        path = self._place(name)
        if path.is_file():
            self.kept[name] = path.read_bytes()

    @rule(name=st.sampled_from(["state", "owner.json", "definition.json", "journey-log.jsonl", "claims.json"]))
    def somebody_puts_a_copy_back(self, name: str) -> None:
        if name in self.kept:
            if name == "journey-log.jsonl":
                self.approved |= self.before_the_no
            self._place(name).parent.mkdir(parents=True, exist_ok=True)
            self._place(name).write_bytes(self.kept[name])

    @rule(name=st.sampled_from(["owner.json", "definition.json", "last-good.json", "claims.json"]))
    def somebody_removes_a_file_of_the_run(self, name: str) -> None:
        self._place(name).unlink(missing_ok=True)

    @rule(which=st.integers(0, 9), later=st.booleans())
    def somebody_copies_a_line_of_the_journal(self, which: int, later: bool) -> None:
        journal = self._place("journey-log.jsonl")
        if not journal.is_file():
            return
        said = [line for line in journal.read_text().splitlines() if '"approved"' in line and '"gate"' in line]
        if said:
            event = json.loads(said[which % len(said)])
            with journal.open("a") as file:
                file.write(json.dumps({**event, **({"timestamp": "2099-01-01T00:00:00.000Z"} if later else {})}) + "\n")

    @rule(kind=st.sampled_from(["push", "archive", "commit"]))
    def somebody_forges_an_effect(self, kind: str) -> None:
        document = self._document()
        if document is not None:
            made = {"id": kind, "kind": kind, "intent": {"path": "/x"}, "proof": {"sha": "x"}, "intendedAt": "9999"}
            document.setdefault("effects", []).append(made)
            self._rewrite(document)

    @rule(autonomy=st.sampled_from(["autonomous", "hybrid"]))
    def somebody_says_how_much_is_asked(self, autonomy: str) -> None:
        document = self._document()
        if document is not None:
            document["autonomy"] = autonomy
            self._rewrite(document)

    @rule(bound=st.booleans())
    def somebody_writes_an_approval_into_the_journal(self, bound: bool) -> None:
        journal = self._place("journey-log.jsonl")
        document = self._document()
        if not journal.is_file() or document is None:
            return
        context: dict[str, Any] = {"by": "ann", "mac": "0" * 32}
        if bound:
            context["bound"] = {"gate": "plan-gate", "deliverables": {"PLAN.md": _sha(self._plan_bytes())}}
        event = {"id": "f", "run": document.get("executionId", ""), "timestamp": "2099-01-01T00:00:00Z"}
        event |= {"category": "gate", "action": "approved", "subject": "plan-gate", "context": context}
        with journal.open("a") as file:
            file.write(json.dumps(event) + "\n")

    @rule(kind=st.sampled_from(["auto", "none"]))
    def somebody_weakens_the_copy_of_the_definition(self, kind: str) -> None:
        path = self._place("definition.json")
        with suppress(OSError, ValueError):
            copied = json.loads(path.read_text())
            weak = copy.deepcopy(copied)
            weak["gates"] = [] if kind == "none" else [{**gate, "type": "auto"} for gate in weak["gates"]]
            path.write_text(json.dumps(weak))

    def _plan_bytes(self) -> bytes:
        return self.plan.read_bytes() if self.plan.exists() else b""

    def _place(self, name: str) -> Path:
        return self._file if name == "state" else self.project / ".loop" / LOOP / name

    @precondition(lambda self: self._file.exists() and not self._store().owner().of(self._run()))
    @rule()
    def a_person_makes_it_theirs(self) -> None:
        self._trust()
        with suppress(Problem):
            store = self._store()
            loaded = store.load()
            stated = [g.id for g in loaded.state.gates if g.status is not GateStatus.PENDING] if loaded else []
            adopt(store, "ann")
            # What the file stated as passed by a person was read out before the yes.
            self.overridden |= {"plan-gate"} & set(stated)
            gates = {gate.id for gate in self._store().definition.gates}  # type: ignore[union-attr]
            self.overridden |= {"plan-gate", "readiness-gate"} - gates
            kinds = {g.id: g.type.value for g in self._store().definition.gates}  # type: ignore[union-attr]
            if kinds.get("plan-gate") == "auto":
                self.overridden.add("plan-gate")

    def _run(self) -> str:
        document = self._document()
        return str(document.get("executionId", "")) if document else ""

    @invariant()
    def nothing_passed_that_should_not(self) -> None:
        assert not self.trouble, self.trouble


ThreeTruths.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
test_no_gate_passes_on_what_nobody_saw = ThreeTruths.TestCase
