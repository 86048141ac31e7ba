"""Whether the checks of a project may run here, and what a result says of a function (SPEC sections 2 and 7)."""

import os
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.model.dream.rollup import roll_up
from loop_tui.model.dream.tree import Node, NodeStanding
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import shown
from loop_tui.storage.definitions.trust import is_trusted, read_trust
from loop_tui.storage.dream.checks import CheckFile as CheckFile
from loop_tui.storage.dream.checks import FunctionCheck as FunctionCheck
from loop_tui.storage.dream.checks import read_checks as read_checks
from loop_tui.storage.dream.proofs import FunctionProof as FunctionProof
from loop_tui.storage.dream.proofs import key_of_check as key_of_check
from loop_tui.storage.dream.proofs import read_proofs as read_proofs
from loop_tui.storage.dream.proofs import write_proofs as write_proofs
from loop_tui.storage.dream.ticking import functions_of

from .dream import Hierarchy
from .snapshot import TrustAsk
from .trust import difference

CHECKS = "dream check"
"""What the checks of a project go by where a loop has its id."""


class FunctionVerdict(StrEnum):
    """What is known of a function: its check passed, only its box says it, its check failed, or its box is empty."""

    PROVEN = "proven"
    CLAIMED = "claimed"
    BROKEN = "broken"
    NOT_DONE = "not done"


class CheckedFunction(Struct, frozen=True):
    """A function with the module that it is of, and its check where it has one."""

    module: str
    node: Node
    check: FunctionCheck | None = None

    def verdict(self, passed: bool | None) -> FunctionVerdict:
        """What is known of it, given whether its check passed; None where none ran."""
        if passed is not None:
            return FunctionVerdict.PROVEN if passed else FunctionVerdict.BROKEN
        is_ticked = self.node.standing is NodeStanding.DONE
        return FunctionVerdict.CLAIMED if is_ticked else FunctionVerdict.NOT_DONE


def checks_trust(found: Hierarchy, file: CheckFile, env: Mapping[str, str] | None = None) -> TrustAsk | None:
    """What a person has to agree to before these checks may run, or None when they may."""
    if is_trusted(found.places.top, file.path, file.sha256, env):
        return None
    does = tuple(check.consequence for check in file.checks)
    entries, trouble = read_trust(env)
    before = next((each.does for each in entries if each.path == os.path.realpath(file.path)), ())
    changed = difference(before, does) if before else ()
    return TrustAsk(file.path, file.sha256, CHECKS, does, changed, str(trouble) if trouble is not None else "")


def checked_functions(found: Hierarchy, file: CheckFile) -> tuple[CheckedFunction, ...]:
    """The functions of the system's modules, each with its check; what is deferred only where it has one.

    Raises Problem, with file and line, for a check whose names are those of no function, or of more than one.
    """
    system = found.system
    modules = system.children if system is not None else ()
    checks: dict[tuple[str, int], FunctionCheck] = {}
    for check in file.checks:
        named = functions_of(system, check.module) if system is not None else ()
        meant = [node for node in named if node.name == check.function]
        if len(meant) != 1:
            what = f"{'more than one' if meant else 'no'} function {shown(check.function)} in {shown(check.module)}"
            todo = "use the names of `loop-tui dream status --all`"
            raise Problem(what, f"{file.path}:{check.line}", todo, code=Code.NAME_UNKNOWN)
        checks[meant[0].document, meant[0].line] = check
    functions = (
        CheckedFunction(module.name, node, checks.get((node.document, node.line)))
        for module in modules
        for node in functions_of(module)
    )
    return tuple(each for each in functions if each.check or each.node.standing is not NodeStanding.DEFERRED)


def known_verdicts(found: Hierarchy) -> dict[tuple[str, int], str]:
    """What is known of functions with a check, by document and line: `proven at 3f2a1bc`. Runs nothing.

    What was found when the checks last ran; functions whose check never ran are claimed, or left out. Raises Problem
    for a file of checks that is wrong.
    """
    file = read_checks(found.places.top)
    if file is None:
        return {}
    proofs = read_proofs(found.places.top, file.checks)
    told: dict[tuple[str, int], str] = {}
    for each in checked_functions(found, file):
        proof = proofs.get(key_of_check(each.check)) if each.check is not None else None
        verdict = each.verdict(proof.passed if proof is not None else None)
        if verdict is not FunctionVerdict.NOT_DONE:
            place = f" at {proof.commit}" if proof is not None else ""
            told[each.node.document, each.node.line] = f"{verdict.value}{place}"
    return told


class CheckedHierarchy(Struct, frozen=True):
    """A hierarchy with what checks say of its functions; `problems` are those of the documents and of the checks.

    A function whose check failed is not operational in it: that lowers what is rolled up from it.
    """

    found: Hierarchy
    verdicts: Mapping[tuple[str, int], str]
    problems: tuple[Problem, ...]


def with_checks(found: Hierarchy) -> CheckedHierarchy:
    """The hierarchy as checks lower it. Runs nothing, and never raises: a wrong file of checks is a problem."""
    problems = found.documents.problems
    try:
        verdicts = known_verdicts(found)
    except Problem as wrong:
        return CheckedHierarchy(found, {}, (*problems, wrong))
    broken = frozenset(place for place, word in verdicts.items() if word.startswith(FunctionVerdict.BROKEN))
    if broken and found.root is not None:
        found = replace(found, root=roll_up(found.root.node, broken))
    return CheckedHierarchy(found, verdicts, problems)
