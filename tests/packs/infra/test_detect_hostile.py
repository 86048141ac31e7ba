"""Hostile projects (SPEC 8): nothing is run, no link is followed, nothing crashes, and the time is bounded."""

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loop_tui.fs.limits import Limit
from loop_tui.model.problem import Problem
from loop_tui.packs.infra.commands.detect import as_json
from loop_tui.packs.infra.detect import files
from loop_tui.packs.infra.detect import sources as named
from loop_tui.packs.infra.detect.project import detect
from loop_tui.packs.infra.detect.values import DetectedProject, FindingTopic

SIZE = 100_000
FLOOR_S = 0.05
EXPRESS = '{"name": "x", "scripts": {"start": "node a.js"}, "dependencies": {"express": "4"}}'


def unread(found: DetectedProject) -> dict[str, str]:
    return {each.statements[0].value: each.statements[0].why for each in found.about(FindingTopic.UNREAD)}


def values(found: DetectedProject, topic: FindingTopic) -> list[str]:
    return [each.value for each in found.about(topic) if each.is_sure]


def test_a_folder_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="not a folder"):
        detect(tmp_path / "none")


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    assert detect(tmp_path) == DetectedProject((), ())


@pytest.mark.parametrize(
    ("name", "text", "where", "why"),
    [
        ("package.json", '{\n  "name": }', "package.json:2", "is not JSON"),
        ("package.json", "[]", "package.json:1", "it should start with a key"),
        ("package.json", '{"scripts": []}', "package.json", '"scripts" is not an object'),
        ("package.json", "[" * 100_000, "package.json", ""),
        ("package.json", '{"a": ' + "9" * 10_000 + "}", "", ""),
        ("pyproject.toml", "[project]\nname = \n", "pyproject.toml:2", "is not valid TOML"),
        ("Cargo.toml", "a" * 10 + "\n[", "Cargo.toml:1", "is not valid TOML"),
        ("compose.yaml", "services:\n  a: [\n", "compose.yaml:3", "is not YAML"),
        ("compose.yaml", "&a [*a]", "compose.yaml:1", "it should start with a key"),
        ("compose.yaml", "? [a]\n: b\n", "", ""),
        ("pnpm-workspace.yaml", "packages: '{'", "", ""),
    ],
)
def test_a_damaged_file_is_a_finding_with_its_line(tmp_path: Path, name: str, text: str, where: str, why: str) -> None:
    (tmp_path / name).write_text(text)
    found = unread(detect(tmp_path))
    assert (where in found and why in found[where]) if where else set(found) <= {f"{name}:1", f"{name}:2", name}


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "package.json").write_text(EXPRESS)
    (outside / "a.js").write_text("process.env.OUTSIDE_SECRET")
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    (project / "package.json").symlink_to(outside / "package.json")
    (project / "all").symlink_to(outside)
    (project / "sub" / "up").symlink_to("..")
    (project / "a.js").symlink_to(outside / "a.js")
    found = detect(project)
    assert found.services == ()
    assert unread(found) == {"package.json": "it is a link, and links are not followed"}


def test_requirements_of_elsewhere_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("psycopg\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / "requirements.txt").write_text(
        f"flask\n-r ../outside.txt\n-r {tmp_path}/outside.txt\n-r requirements.txt\n"
    )
    found = detect(project)
    assert [service.folder for service in found.services] == ["."]
    assert values(found, FindingTopic.DATABASE) == []


def test_pipes_and_folders_in_place_of_files_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "package.json")
    os.mkfifo(tmp_path / "a.py")
    (tmp_path / "Dockerfile").mkdir()
    assert detect(tmp_path) == DetectedProject((), ())


def test_templates_are_no_values(tmp_path: Path) -> None:
    package = {
        "name": "{{ name }}",
        "engines": {"node": "{{ node }}"},
        "scripts": {"start": "node {{ main }}", "test": "<% test %>"},
        "dependencies": {"express": "{{ express }}"},
    }
    (tmp_path / "package.json").write_text(json.dumps(package))
    inner = tmp_path / "{{cookiecutter.slug}}"
    inner.mkdir()
    (inner / "package.json").write_text(EXPRESS)
    [service] = detect(tmp_path).services
    assert (service.folder, service.about(FindingTopic.VERSION), service.about(FindingTopic.START)) == (".", None, None)


@pytest.mark.skipif(os.name != "posix", reason="names of files")
def test_names_are_shown_as_one_line(tmp_path: Path) -> None:
    for name in (b"a\nb", b"\x1b[31mred", b"\xff\xfe"):
        folder = tmp_path / os.fsdecode(name)
        folder.mkdir()
        (folder / "package.json").write_text(EXPRESS)
    told = json.dumps(as_json(detect(tmp_path)))
    assert [sign for sign in ("\\n", "\\u001b", "\\udc") if sign in told] == []
    assert [name for name in ("a b", "red") if f'"folder": "{name}"' not in told] == []


def test_huge_files_are_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"a": "' + "x" * files.MANIFEST_LIMIT.most + '"}')
    (tmp_path / "b.js").write_text("process.env.A\n" * 30_000)
    found = detect(tmp_path)
    assert set(unread(found)) == {"package.json", "b.js"}
    assert values(found, FindingTopic.VARIABLE) == []


def test_what_lies_beyond_the_limits_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loop_tui.packs.infra.detect.code.MOST_SOURCES", 2)
    for name in ("a.js", "b.js", "c.js", "sub/d.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"process.env.{name[-4].upper()}")
    found = detect(tmp_path)
    assert values(found, FindingTopic.VARIABLE) == ["A", "B"]
    assert unread(found) == {".": "2 source files beyond the limit: what they name is not known"}
    monkeypatch.setattr(files, "MOST_NAMES", 2)
    assert "names" in unread(detect(tmp_path))["."]


def test_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a program was started")

    for name in ("fork", "posix_spawn", "execve", "system"):
        monkeypatch.setattr(os, name, refuse)
    monkeypatch.setattr("subprocess.Popen", refuse)
    (tmp_path / "package.json").write_text(EXPRESS)
    (tmp_path / "setup.py").write_text("raise SystemExit(1)")
    (tmp_path / "manage.py").write_text("raise SystemExit(1)")
    (tmp_path / "requirements.txt").write_text("django")
    assert len(detect(tmp_path).services) == 2


WORDS = st.sampled_from(
    [
        *("process.env", "os.environ", "{", "}", "(", ")", "[", "]", '"', "'", "`", "\n", " ", ":", "=", ".", ",", "/"),
        *(
            "FROM",
            "EXPOSE",
            "ENV",
            "$",
            "${",
            "\\",
            "class A(BaseSettings):\n",
            "    a: int\n",
            "listen(",
            "port:",
            "3000",
        ),
        *(
            "services:",
            "- ",
            "#",
            "//",
            "-r ",
            "postgres://",
            "createEnv(",
            "A_B",
            "path(",
            "health",
            "#[clap(env)]",
            "\0",
        ),
        *(
            '"scripts":',
            '"dependencies":',
            '"express"',
            "[project]\n",
            "[workspace]\n",
            "members",
            "*",
            "**",
            "&a",
            "*a",
        ),
        *("require (", "go 1.2", "\ufeff", "\ud7ff", "é", "\x1b[0m", "web: ", "9" * 5000),
    ]
)
NAMES = (
    *("package.json", "pyproject.toml", "Cargo.toml", "go.mod", "compose.yaml", "Dockerfile", "pnpm-workspace.yaml"),
    *(
        "requirements.txt",
        ".tool-versions",
        "rust-toolchain.toml",
        "Procfile",
        "Makefile",
        "a.ts",
        "a.py",
        "a.rs",
        "a.go",
    ),
    *(".env.example", "schema.prisma", "manage.py", "urls.py", "fly.toml", "vite.config.ts", "Pipfile", ".nvmrc"),
)
GARBAGE = st.one_of(st.binary(max_size=300), st.lists(WORDS, max_size=60).map(lambda words: "".join(words).encode()))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), GARBAGE, min_size=1, max_size=6))
def test_garbage_never_crashes(tmp_path: Path, contents: dict[str, bytes]) -> None:
    for name in NAMES:
        (tmp_path / name).unlink(missing_ok=True)
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    found = detect(tmp_path)
    json.dumps(as_json(found))
    assert found == detect(tmp_path), "the same files give the same findings"
    assert all(each.statements for each in found.findings)


@pytest.mark.parametrize(
    "piece",
    [
        "process.env[",
        "{a,",
        "os.environ.get(",
        "#[clap(env ",
        "listen({",
        "\\\n",
        "class A(BaseSettings):\n ",
        "uvicorn.run(",
        'a.Group("',
        "bind ",
        "env!(",
        "  A_B:",
        "postgres:/",
        "@Controller(",
        'var("PORT")',
        "environ[ ",
        "///x\n",
        "$",
        "# ",
    ],
)
@pytest.mark.parametrize("name", ["a.ts", "a.py", "a.rs", "a.go", "Dockerfile", "Makefile"])
def test_twice_the_text_costs_no_more_than_twice(
    tmp_path: Path, name: str, piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loop_tui.packs.infra.detect.code.SOURCE_LIMIT", Limit(2 * SIZE, "source"))
    (tmp_path / "package.json").write_text('{"dependencies": {"express": "1"}, "scripts": {"start": "x"}}')
    (tmp_path / "requirements.txt").write_text("fastapi")
    (tmp_path / "go.mod").write_text("module a.b/c\nrequire github.com/gin-gonic/gin v1.0.0\n")
    (tmp_path / "main.go").write_text("package main\n")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "a"\n[dependencies]\naxum = "1"\n')
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.rs").write_text("")
    row = (piece * files.LONGEST_LINE)[: files.LONGEST_LINE] + "\n"

    def cost(size: int) -> float:
        (tmp_path / name).write_text(row * (size // len(row)))
        began = time.process_time()
        detect(tmp_path)
        return time.process_time() - began

    # As in tests/linear.py: CPU time is compared with itself, and what costs nothing is not compared.
    assert any((double := cost(2 * SIZE)) < FLOOR_S or double < 3 * cost(SIZE) for _ in range(3))


def test_tests_and_examples_are_told_apart() -> None:
    tests = (
        "test/a.js",
        "src/__tests__/a.ts",
        "a.test.ts",
        "test_a.py",
        "a_test.go",
        "x/examples/y/a.py",
        "push-examples/a.js",
    )
    assert [path for path in tests if not named.is_test(path)] == []
    assert [path for path in ("src/a.js", "latest/a.py", "contest.py", "attest/a.go") if named.is_test(path)] == []


def test_a_program_in_go_starts_in_the_file_that_holds_main(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module a.b/c\nrequire github.com/gin-gonic/gin v1.0.0\n")
    (tmp_path / "doc.go").write_text("// Words.\npackage main\n")
    (tmp_path / "server.go").write_text("package main\n\nfunc main() {\n}\n")
    (tmp_path / "internal/gen").mkdir(parents=True)
    (tmp_path / "internal/gen/main.go").write_text("package main\nfunc main() {}\n")
    [service] = detect(tmp_path).services
    entry = service.about(FindingTopic.ENTRY)
    assert entry is not None
    assert str(entry.statements[0].place) == "server.go:3"
