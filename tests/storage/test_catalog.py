"""Which loops there are: the search order, the aliases, and what the shipped ones hold."""

import json
import os
from pathlib import Path

import pytest

from loop_tui.fs.limits import DEFINITION
from loop_tui.fs.paths import config_dir
from loop_tui.fs.shipped import shipped_folder, shipped_loops
from loop_tui.model.definition import BUILTIN, MANUAL
from loop_tui.model.problem import Problem
from loop_tui.model.status import Autonomy, GateType
from loop_tui.storage.definitions.catalog import builtin, catalog, find, read_definition

SHIPPED_TARGETS = [
    "local",
    "git-remote",
    "tarball",
    "commands-sync",
    "github-actions",
    "railway",
    "vercel",
    "github-release",
    "npm-registry",
]


def put(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def toml(loop: str, name: str = "") -> str:
    return f'id = "{loop}"\nname = "{name}"\n[[phases]]\nid = "P"\n'


def loop_json(loop: str, phases: list[object] | None = None, **more: object) -> str:
    return json.dumps({"id": loop, "phases": phases or [{"name": "P", "skills": ["x"]}], **more})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def names(project: Path) -> dict[str, str]:
    return {f.definition.id: f.origin for f in catalog(project)[0]}


def test_the_shipped_loops_are_found_from_anywhere(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert names(project) == dict.fromkeys(("distribution-loop", "engineering-loop", "infra-loop"), "builtin")
    assert catalog(project)[1] == []
    assert shipped_folder("loops").joinpath("infra-loop.toml").is_file()
    assert list(names(project)) == list(shipped_loops()), "a shipped loop goes by the name of its file"


def test_the_distribution_loop() -> None:
    loop = builtin("distribution-loop")
    assert loop is not None
    assert {p.id: {s.id: s.deliverables for s in p.skills} for p in loop.phases} == {
        "INIT": {"release-planner": ("release-scope.md",)},
        "VERIFY": {"code-verification": ("verification-report.md",)},
        "SHIP": {
            "git-workflow": ("git-summary.md",),
            "deploy": ("deploy-report.md",),
            "distribute": ("distribution-manifest.md",),
        },
        "COMPLETE": {"retrospective": ("retrospective.md",)},
    }
    assert {s.runner for p in loop.phases for s in p.skills} == {BUILTIN}
    readiness, distribution = loop.gates
    assert (readiness.id, readiness.after, readiness.type) == ("readiness-gate", "VERIFY", GateType.AUTO)
    assert readiness.checks == ("build", "test", "lint", "package", "server", "version")
    assert (distribution.id, distribution.after, distribution.type) == ("distribution-gate", "SHIP", GateType.AUTO)
    targets = tuple(t.id for t in loop.targets)
    assert targets == (*SHIPPED_TARGETS,)
    assert distribution.checks == ("push", *targets)


def test_the_infra_loop() -> None:
    loop = builtin("infrastructure-loop")
    assert loop is not None
    assert {p.id: [s.id for s in p.skills] for p in loop.phases} == {
        "INIT": ["requirements"],
        "SCAFFOLD": ["scaffold", "infra-devenv"],
        "IMPLEMENT": ["infra-docker", "infra-database", "infra-monorepo", "infra-services"],
        "SHIP": ["deploy", "distribute"],
        "COMPLETE": ["retrospective"],
    }
    assert {s.runner for p in loop.phases for s in p.skills} == {MANUAL}
    assert [(g.id, g.after, g.type, g.required, g.deliverables) for g in loop.gates] == [
        ("infra-gate", "SCAFFOLD", GateType.HUMAN, True, ("INFRASTRUCTURE-PLAN.md",)),
        ("deploy-gate", "SHIP", GateType.HUMAN, True, ("DEPLOY-REPORT.md",)),
    ]


def test_the_engineering_loop() -> None:
    loop = builtin("engineering-loop")
    assert loop is not None
    assert [p.id for p in loop.phases] == [
        "INIT", "SCAFFOLD", "IMPLEMENT", "TEST", "VERIFY", "VALIDATE", "DOCUMENT", "REVIEW", "SHIP", "COMPLETE",
    ]  # fmt: skip
    assert sum(len(p.skills) for p in loop.phases) == 15
    assert [(g.id, g.type) for g in loop.gates] == [
        ("spec-gate", GateType.HUMAN),
        ("architecture-gate", GateType.HUMAN),
        ("verification-gate", GateType.AUTO),
        ("validation-gate", GateType.HUMAN),
        ("review-gate", GateType.HUMAN),
        ("deploy-gate", GateType.CONDITIONAL),
    ]
    assert loop.gates[-1].when == ("deploy-target",)
    assert loop.autonomy is Autonomy.SUPERVISED


def test_later_places_win(project: Path) -> None:
    user = put(config_dir() / "loops" / "a.toml", toml("a-loop", "user"))
    assert find(project, "a-loop").path == str(user)
    dotted = put(project / ".loops" / "a.toml", toml("a-loop", "dotted"))
    found = find(project, "a-loop")
    assert (found.path, found.origin, found.definition.name) == (str(dotted), "repository", "dotted")
    last = put(project / "loops" / "whatever" / "loop.json", loop_json("a-loop"))
    assert find(project, "a-loop").path == str(last)
    assert names(project)["a-loop"] == "repository"


def test_a_project_inside_a_repository_sees_both(project: Path) -> None:
    (project / ".git").mkdir()
    inner = project / "packages" / "web"
    put(project / ".loops" / "a.toml", toml("a-loop", "outer"))
    put(project / ".loops" / "b.toml", toml("b-loop", "outer"))
    put(inner / ".loops" / "a.toml", toml("a-loop", "inner"))
    assert find(inner, "a-loop").definition.name == "inner"
    assert find(inner, "b-loop").definition.name == "outer"


def test_an_alias_overrides_and_finds(project: Path) -> None:
    put(project / ".loops" / "x.json", loop_json("infrastructure-loop", name="Ours"))
    for asked in ("infra-loop", "infrastructure-loop", "infra"):
        found = find(project, asked)
        assert (found.definition.id, found.definition.name) == ("infra-loop", "Ours")
    assert sorted(names(project)) == ["distribution-loop", "engineering-loop", "infra-loop"]


def test_an_unknown_loop_lists_the_known(project: Path) -> None:
    with pytest.raises(Problem, match="no loop 'nope'") as caught:
        find(project, "nope")
    assert "distribution-loop, engineering-loop, infra-loop" in caught.value.todo


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no 'id'"),
        (b"\x00\x01\xff", "not UTF-8"),
        (b'id = "a-loop"\nname = "\xff"\n', "not UTF-8"),
        (b'id = "a-loop"\n[[phases]]\nid = "P"\n[[gates]]\nid = "g"\nafter = "Q"\n', "gate 'g'"),
        (b"#" * (DEFINITION.most + 1), "has at most"),
    ],
)
def test_a_broken_file_is_reported_and_hides_nothing(project: Path, content: bytes, words: str) -> None:
    bad = put(project / ".loops" / "a-loop.toml", content)
    put(project / ".loops" / "z.toml", toml("z-loop"))
    found, problems = catalog(project)
    assert "z-loop" in {f.definition.id for f in found}
    assert len(problems) == 1
    assert words in problems[0].what
    assert problems[0].where.startswith(str(bad))
    with pytest.raises(Problem) as caught:
        find(project, "a-loop")
    assert caught.value.what == problems[0].what


def test_a_broken_override_is_not_silently_replaced(project: Path) -> None:
    put(project / ".loops" / "mine.toml", 'id = "distribution-loop"\nphases = 5\n')
    assert names(project)["distribution-loop"] == "builtin"
    with pytest.raises(Problem, match="'phases' should be a list"):
        find(project, "distribution-loop")


def test_two_files_of_one_place_with_one_id(project: Path) -> None:
    put(project / ".loops" / "a.toml", toml("same-loop", "first"))
    put(project / ".loops" / "b.toml", toml("same-loop", "second"))
    found, problems = catalog(project)
    assert {f.definition.name for f in found if f.definition.id == "same-loop"} == {"second"}
    assert "same-loop" in problems[0].what


def test_what_is_no_definition_is_left_alone(project: Path) -> None:
    put(project / ".loops" / ".hidden.toml", "= no")
    put(project / ".loops" / "notes.md", "= no")
    (project / ".loops" / "folder.toml").mkdir()
    os.mkfifo(project / ".loops" / "pipe.toml")
    put(project / "loops" / "a.toml", "= no")
    assert catalog(project)[1] == []


def test_a_json_loop_borrows_what_the_shipped_one_knows(project: Path) -> None:
    document = loop_json(
        "distribution-loop",
        [
            {"name": "VERIFY", "skills": ["code-verification", "extra"]},
            {"name": "SHIP", "skills": ["deploy", {"skillId": "distribute", "deliverables": ["own.md"]}]},
            {"name": "LATER", "skills": ["retrospective"]},
        ],
        gates=[
            {"id": "readiness-gate", "afterPhase": "VERIFY", "approvalType": "auto", "autoCheck": "tests pass"},
            {"id": "distribution-gate", "afterPhase": "SHIP", "approvalType": "auto", "autoCheck": "push succeeded"},
        ],
    )
    path = put(project / "loops" / "distribution" / "loop.json", document)
    loop = find(project, "distribution-loop").definition
    skills = {s.id: s for p in loop.phases for s in p.skills}
    assert {name: s.runner for name, s in skills.items()} == {
        "code-verification": BUILTIN,
        "extra": MANUAL,
        "deploy": BUILTIN,
        "distribute": BUILTIN,
        "retrospective": MANUAL,
    }
    assert skills["deploy"].deliverables == ("deploy-report.md",)
    assert skills["distribute"].deliverables == ("own.md",)
    assert loop.gates[0].checks == ("test",)
    assert "push" in loop.gates[1].checks
    assert [t.id for t in loop.targets] == SHIPPED_TARGETS
    assert {s.runner for p in read_definition(path).phases for s in p.skills} == {MANUAL}


def test_a_json_loop_of_its_own_stays_manual(project: Path) -> None:
    put(project / ".loops" / "x.json", loop_json("x-loop"))
    loop = find(project, "x").definition
    assert [s.runner for s in loop.phases[0].skills] == [MANUAL]
    assert loop.targets == ()


def test_the_hash_is_of_the_bytes_that_were_read(project: Path) -> None:
    path = put(project / ".loops" / "a.toml", toml("a-loop"))
    before = find(project, "a-loop").sha256
    put(path, toml("a-loop") + "# changed\n")
    assert find(project, "a-loop").sha256 != before
