"""`.loops/targets.toml`: what it may say, where it is wrong, and what it makes of a loop."""

from pathlib import Path

import pytest

from loop_tui.fs.limits import TARGET_SETTINGS
from loop_tui.model.definition import LoopDefinition, TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.packs.ship import TARGETS as KINDS
from loop_tui.packs.ship.targets import proposal
from loop_tui.packs.ship.targets.project_file import (
    TargetEntry,
    merge,
    parse,
    read_project_targets,
    targets_file,
)
from loop_tui.packs.ship.targets.settings import LEVELS, configured, settings_of
from loop_tui.packs.ship.targets.verdict import reaches, wanted_level
from loop_tui.runners.targets import TargetLevel, TargetVerdict
from loop_tui.storage.definitions import catalog

TARGETS = (
    TargetDefinition(id="local", kind="local"),
    TargetDefinition(id="railway", kind="github-deployment", title="Railway", settings={"app": "railway-app"}),
)
LOOP = """\
id = "{id}"
[[phases]]
id = "SHIP"
skills = [{{ id = "git-workflow", runner = "builtin", settings = {{ remote = "origin" }} }}, "look"]
[[gates]]
id = "distribution-gate"
after = "SHIP"
type = "auto"
checks = ["push", "local", "railway"]
[[gates]]
id = "other-gate"
after = "SHIP"
type = "auto"
checks = ["push"]
[[targets]]
id = "local"
kind = "local"
[[targets]]
id = "railway"
kind = "github-deployment"
title = "Railway"
settings = {{ app = "railway-app" }}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".loops").mkdir(parents=True)
    return folder


def put(project: Path, text: str, name: str = "targets.toml") -> Path:
    path = project / ".loops" / name
    path.write_text(text)
    return path


def loop(project: Path, name: str = "ship-loop") -> LoopDefinition:
    """A loop of the repository, as the catalog gives it."""
    put(project, LOOP.format(id=name), f"{name}.toml")
    return catalog.find(project, name).definition


def refused(text: str) -> Problem:
    with pytest.raises(Problem) as caught:
        parse(text, "targets.toml", TARGETS)
    return caught.value


# --- what it makes of a loop ----------------------------------------------------------------------------------------


def test_without_a_file_the_loop_is_as_it_is_written(project: Path) -> None:
    before = loop(project)
    assert [t.settings for t in before.targets] == [{}, {"app": "railway-app"}]
    assert not read_project_targets(project).exists


def test_settings_are_added_by_id(project: Path) -> None:
    put(project, '[[targets]]\nid = "railway"\nenvironment = "widget / production"\ncap_s = 60\nlevel = "triggered"\n')
    local, railway = loop(project).targets
    assert local == TARGETS[0]
    assert (railway.kind, railway.title) == ("github-deployment", "Railway")
    assert railway.settings == {
        "app": "railway-app",
        "environment": "widget / production",
        "cap_s": 60,
        "level": "triggered",
    }
    assert wanted_level(railway) is TargetLevel.TRIGGERED


def test_another_kind_takes_the_place_and_the_settings(project: Path) -> None:
    put(project, '[[targets]]\nid = "railway"\nkind = "http-health"\nurl = "https://widget.example/health"\n')
    railway = loop(project).targets[1]
    assert (railway.kind, railway.title) == ("http-health", "Railway")
    assert railway.settings == {"url": "https://widget.example/health"}


def test_new_targets_come_after_and_are_checks_of_the_gate_that_decides_on_targets(project: Path) -> None:
    put(project, '[[targets]]\nid = "live"\nkind = "http-health"\ntitle = "Live"\nurl = "http://widget.example/"\n')
    found = loop(project)
    assert [(t.id, t.kind, t.title) for t in found.targets][2:] == [("live", "http-health", "Live")]
    assert {g.id: g.checks for g in found.gates} == {
        "distribution-gate": ("push", "local", "railway", "live"),
        "other-gate": ("push",),
    }


def test_release_goes_to_the_skill_that_pushes(project: Path) -> None:
    put(project, '[release]\ntag = true\nroute = "pull-request"\nmerge = "auto"\n')
    found = loop(project)
    skill = found.skill("SHIP", "git-workflow")
    assert skill is not None
    assert skill.settings == {"remote": "origin", "tag": True, "route": "pull-request", "merge": "auto"}
    assert found.targets == TARGETS


def test_the_shipped_loop_takes_all_of_it(project: Path) -> None:
    put(
        project,
        '[[targets]]\nid = "github-actions"\nworkflow = "ci.yml"\n[[targets]]\nid = "vercel"\napp = "vercel"\n'
        '[[targets]]\nid = "github-release"\ntag = "v{version}"\nmode = "create"\n',
    )
    shipped = catalog.builtin("distribution-loop")
    found = catalog.find(project, "distribution")
    assert shipped is not None
    assert found.origin == "builtin"
    ready = {t.id for t in found.definition.targets if configured(t.kind, t.settings)}
    assert ready >= {"github-actions", "vercel", "github-release"}
    assert "railway" not in ready
    assert [t.id for t in found.definition.targets] == [t.id for t in shipped.targets]
    assert found.definition.gates == shipped.gates
    # The shipped one is shared by everybody: it did not change.
    assert not any(t.settings for t in shipped.targets)


def test_loops_without_targets_do_not_even_read_it(project: Path) -> None:
    put(project, "this is no TOML")
    assert catalog.find(project, "infra-loop").definition == catalog.builtin("infra-loop")


def test_an_entry_for_a_target_of_another_loop_is_left_alone(project: Path) -> None:
    put(project, '[[targets]]\nid = "vercel"\nenvironment = "Production"\n')
    assert [t.id for t in loop(project).targets] == ["local", "railway"]


def test_it_is_no_loop_itself(project: Path) -> None:
    put(project, '[[targets]]\nid = "railway"\n')
    put(project, "neither = 1", "targets.proposed.toml")
    found, problems = catalog.catalog(project)
    assert problems == []
    assert {"targets", "targets.proposed"}.isdisjoint(f.definition.id for f in found)


def test_a_broken_file_stops_the_loop_and_is_one_problem_in_the_list(project: Path) -> None:
    before = loop(project)
    path = put(project, '[[targets]]\nid = "railway"\nenvironmnt = "x"\n')
    with pytest.raises(Problem) as caught:
        catalog.find(project, "ship-loop")
    assert caught.value.where == f"{path}:3"
    found, problems = catalog.catalog(project)
    assert [p.where for p in problems] == [f"{path}:3"]
    assert next(f.definition for f in found if f.definition.id == "ship-loop") == before


def test_only_the_project_folder_counts(project: Path) -> None:
    put(project, '[[targets]]\nid = "github-actions"\nworkflow = "ci.yml"\n')
    (project / ".git").mkdir()
    inner = project / "packages" / "widget"
    inner.mkdir(parents=True)
    assert catalog.find(inner, "distribution").definition == catalog.builtin("distribution-loop")


def test_the_hash_that_trust_is_about_stays_that_of_the_definition(project: Path) -> None:
    put(project, LOOP.format(id="ship-loop"), "ship-loop.toml")
    before = catalog.find(project, "ship-loop").sha256
    put(project, "[release]\ntag = true\n")
    assert catalog.find(project, "ship-loop").sha256 == before


# --- what it may say ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "what", "todo"),
    [
        ("[[targets]\n", 1, "not valid TOML", "fix the syntax"),
        ('\n[target]\nid = "x"\n', 2, "unknown key 'target'", "did you mean 'targets'?"),
        ("# first\n[targets]\nid = 1\n", 2, "list of tables", "write [[targets]]"),
        ("targets = [1]\n", 1, "target 1 is not a table", "[[targets]]"),
        ('[[targets]]\nkind = "local"\n', 1, "target 1 has no 'id'", "local, railway"),
        ("[[targets]]\nid = 3\n", 2, "'id' should be text", ""),
        ('[[targets]]\nid = "../x"\n', 2, "cannot be the id", "letters"),
        ('[[targets]]\nid = "railwai"\n', 2, "has no 'kind'", "did you mean 'railway'?"),
        ('[[targets]]\nid = "mine"\n', 2, "has no 'kind'", "http-health"),
        ('[[targets]]\nid = "mine"\nkind = "github-deploy"\n', 3, "unknown kind", "did you mean 'github-deployment'?"),
        (
            '[[targets]]\nid = "railway"\n\n[[targets]]\nid = "railway"\n',
            5,
            "two targets have the id 'railway'",
            "keep one",
        ),
        ('[[targets]]\nid = "railway"\n# why\nenviroment = "x"\n', 4, "unknown key 'enviroment'", "'environment'?"),
        (
            '[[targets]]\nid = "railway"\nurl = "http://x"\n',
            3,
            "(kind github-deployment) has an unknown key",
            "known keys",
        ),
        ('[[targets]]\nid = "local"\nworkflow = "ci.yml"\n', 3, "(kind local) has an unknown key", "level"),
        (
            '[[targets]]\nid = "railway"\nrun = ["rm", "-rf", "/"]\n',
            3,
            "commands are not allowed here",
            "docs/loops.md",
        ),
        ('[[targets]]\nid = "railway"\nsettings = { app = "x" }\n', 3, "unknown key 'settings'", "beside the id"),
        ('[[targets]]\nid = "railway"\ntitle = 1\n', 3, "'title' cannot be", "text"),
        ('[[targets]]\nid = "railway"\ncap_s = "60"\n', 3, "'cap_s' cannot be", "a number of seconds"),
        ('[[targets]]\nid = "railway"\ncap_s = -1\n', 3, "'cap_s' cannot be", "a number of seconds"),
        ('[[targets]]\nid = "railway"\ncap_s = true\n', 3, "'cap_s' cannot be 'true'", "a number of seconds"),
        ('[[targets]]\nid = "railway"\ncap_s = nan\n', 3, "'cap_s' cannot be", "a number of seconds"),
        ('[[targets]]\nid = "railway"\nrounds = 1.5\n', 3, "'rounds' cannot be", "a whole number"),
        ('[[targets]]\nid = "railway"\nlevel = "expected"\n', 3, "'level' cannot be 'expected'", "confirmed, healthy"),
        ('[[targets]]\nid = "railway"\nenvironment = ""\n', 3, "'environment' cannot be", "text"),
        ('[[targets]]\nid = "railway"\nenvironment = "a\\u001b[31m"\n', 3, "'environment' cannot be", "text"),
        ('[[targets]]\nid = "railway"\nenvironment = 2026-01-02\n', 3, "'environment' cannot be", "text"),
        (
            '[[targets]]\nid = "a"\nkind = "github-actions"\nworkflow = "../ci.yml"\n',
            4,
            "'workflow' cannot be",
            "ci.yml",
        ),
        ('[[targets]]\nid = "a"\nkind = "github-release"\ntag = "a b"\n', 4, "'tag' cannot be", "v{version}"),
        ('[[targets]]\nid = "a"\nkind = "github-release"\nmode = "make"\n', 4, "'mode' cannot be", "confirm, create"),
        ('[[targets]]\nid = "a"\nkind = "http-health"\nurl = "ftp://x"\n', 4, "'url' cannot be", "https://"),
        ('[[targets]]\nid = "a"\nkind = "http-health"\nurl = "https://u:p@x/"\n', 4, "'url' cannot be", "password"),
        ('release = "push"\n', 1, "'release' should be a table", "[release]"),
        ('[release]\nroutes = "push"\n', 2, "unknown key 'routes'", "did you mean 'route'?"),
        ('[release]\nroute = "pr"\n', 2, "'route' cannot be 'pr'", "push, pull-request"),
        ('[release]\ntag = "yes"\n', 2, "'tag' cannot be 'yes'", "true or false"),
        ('[release]\nmerge = "always"\n', 2, "'merge' cannot be", "person, auto"),
        ('targets = [\n  { id = "local" },\n  { id = "railway", x = 1 },\n]\n', 3, "unknown key 'x'", "known keys"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, what: str, todo: str) -> None:
    problem = refused(text)
    assert problem.where.split(":")[:2] == ["targets.toml", str(line)], problem
    assert what in problem.what
    assert todo in problem.todo


@pytest.mark.parametrize("key", ["run", "command", "steps", "script", "shell"])
def test_no_command_may_stand_in_it(key: str) -> None:
    for table in ('[[targets]]\nid = "railway"\n', "[release]\n"):
        problem = refused(f'{table}{key} = "true"\n')
        assert key in problem.what
        assert "commands are not allowed here" in problem.what


def test_everything_that_it_may_say() -> None:
    timed = "interval_s = 0.05\nlongest_interval_s = 1\nappear_s = 0\ncap_s = 1800\nrounds = 0\n"
    found = parse(
        f'[[targets]]\nid = "ci"\nkind = "github-actions"\nworkflow = ".github/workflows/ci.yaml"\njob = "a"\n{timed}'
        f'[[targets]]\nid = "pages"\nkind = "github-deployment"\nenvironment = "Grüße"\napp = "vercel[bot]"\n{timed}'
        f'[[targets]]\nid = "rel"\nkind = "github-release"\ntag = "widget@{{version}}"\nverify = true\n{timed}'
        f'[[targets]]\nid = "live"\nkind = "http-health"\nurl = "http://[::1]:80/health?"\nlevel = "healthy"\n{timed}'
        '[[targets]]\nid = "tarball"\nkind = "tarball"\nlevel = "confirmed"\n'
        '[release]\ntag = false\nroute = "push"\nmerge = "person"\nmerge_method = "squash"\nmerge_wait_s = 1\n',
        "targets.toml",
    )
    assert [e.id for e in found.entries] == ["ci", "pages", "rel", "live", "tarball"]
    assert found.entries[0].settings["interval_s"] == 0.05
    assert found.release["merge_method"] == "squash"


def test_an_empty_file_says_nothing() -> None:
    found = parse("# no output yet\n", "targets.toml")
    assert (found.exists, found.entries, found.release) == (True, (), {})


def test_a_byte_order_mark_is_no_trouble_but_other_bytes_are(project: Path) -> None:
    path = targets_file(project)
    path.write_bytes(b"\xef\xbb\xbf[release]\r\ntag = true\r\n")
    assert read_project_targets(project).release == {"tag": True}
    path.write_bytes(b"[release]\n# \xff\n")
    with pytest.raises(Problem) as caught:
        read_project_targets(project)
    assert caught.value.where == f"{path}:2"


def test_what_is_no_file_is_refused(project: Path) -> None:
    path = targets_file(project)
    path.mkdir()
    with pytest.raises(Problem, match="is not a file"):
        read_project_targets(project)
    path.rmdir()
    path.symlink_to(project / "nowhere")
    with pytest.raises(Problem, match="is not a file"):
        read_project_targets(project)
    path.unlink()
    path.write_bytes(b"#" * (TARGET_SETTINGS.most + 1))
    with pytest.raises(Problem, match="has at most"):
        read_project_targets(project)


def test_the_words_are_those_of_the_targets_themselves() -> None:
    assert all("level" in settings_of(kind) for kind in KINDS)
    ticks = [level for level in TargetLevel if reaches(TargetVerdict(target="x", level=level), TargetLevel.TRIGGERED)]
    assert sorted(LEVELS) == sorted(level.value for level in ticks)


# --- writing --------------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_again_as_it_was() -> None:
    entries = (
        TargetEntry(id="railway", settings={"environment": 'a "quoted" \\ name / ü', "cap_s": 60}),
        TargetEntry(
            id="live", kind="http-health", title="Live", settings={"url": "https://x.example/", "interval_s": 0.5}
        ),
    )
    text = proposal.text_of(entries, {"tag": True, "route": "push"})
    found = parse(text, "targets.toml", TARGETS)
    assert (found.entries, found.release) == (entries, {"tag": True, "route": "push"})
    assert text.count("[[targets]]") == 2


def test_a_file_is_never_written_over(project: Path) -> None:
    (project / ".loops").rmdir()
    first = proposal.write(project, "# one\n")
    assert first == targets_file(project)
    second = proposal.write(project, "# two\n")
    third = proposal.write(project, "# three\n")
    assert first.read_text() == "# one\n"
    assert second == third == project / ".loops/targets.proposed.toml"
    assert third.read_text() == "# three\n"
    assert sorted(p.name for p in (project / ".loops").iterdir()) == ["targets.proposed.toml", "targets.toml"]


def test_a_link_to_nowhere_is_not_written_through(project: Path) -> None:
    targets_file(project).symlink_to(project / "elsewhere.toml")
    assert proposal.write(project, "# one\n").name == "targets.proposed.toml"
    assert not (project / "elsewhere.toml").exists()


def test_merging_is_the_same_however_often() -> None:
    definition = LoopDefinition.model_validate(
        {"id": "x", "phases": [{"id": "P"}], "targets": [t.model_dump() for t in TARGETS]}
    )
    found = parse('[[targets]]\nid = "railway"\nenvironment = "x"\n', "targets.toml", TARGETS)
    once = merge(definition, found)
    assert merge(once, found) == once


# --- what a package and its server need to say ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[[targets]]\nid = "local"\nport = 3000\nhealth = "/up"\nneeds = ["A_B"]\nstart = "serve:prod"', "local"),
        (
            '[[targets]]\nid = "local"\nstart = "none"\nenv = { PORT_OF_APP = "{port}", EMPTY = "" }\ntimeout_s = 5',
            "local",
        ),
        ('[release]\nversion_files = ["src/v.ts", "README.md: v{version}-x"]\nversion_scripts = []', "release"),
        ('[release]\nversion_scripts = ["version", "preversion"]', "release"),
    ],
)
def test_what_can_be_declared(text: str, where: str) -> None:
    found = parse(text, "t.toml", TARGETS)
    given = found.release if where == "release" else found.entries[0].settings
    assert len(given) == text.count("=") - text.count("id =") - text.count("_OF_APP =") - text.count("EMPTY =")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('start = "node server.js"', "start"),
        ('start = ["node"]', "start"),
        ("port = 0", "port"),
        ("port = 70000", "port"),
        ("port = true", "port"),
        ('health = "up"', "health"),
        ("env = { A = 1 }", "env"),
        ('env = { "A B" = "x" }', "env"),
        ('needs = ["A=1"]', "needs"),
        ("needs = 7", "needs"),
    ],
)
def test_what_cannot_be_said_of_a_server(line: str, key: str) -> None:
    with pytest.raises(Problem, match=key) as problem:
        parse(f'[[targets]]\nid = "local"\n{line}\n', "t.toml", TARGETS)
    assert problem.value.where.startswith("t.toml:3")


@pytest.mark.parametrize(
    "line",
    [
        'version_files = ["/etc/passwd"]',
        'version_files = ["../x"]',
        'version_files = "x"',
        "version_files = [7]",
        'version_scripts = ["postversion"]',
        "version_scripts = true",
    ],
)
def test_what_cannot_be_said_of_the_version(line: str) -> None:
    with pytest.raises(Problem, match=line.partition(" ")[0]):
        parse(f"[release]\n{line}\n", "t.toml", TARGETS)
