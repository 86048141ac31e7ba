"""A dry run tells the whole plan and leaves no trace: tree, git folder, remote and home are hashed before and after."""

import hashlib
import json
import os
from typing import Any

import pytest

from tests.projects import Project
from tests.stopped import refuse


def fingerprint(project: Project) -> dict[str, str]:
    """Every file, folder and link of the test's world: kind, mode, time of change, target or content."""
    found = {}
    for path in sorted(project.world.root.rglob("*")):
        facts = path.lstat()
        if path.is_symlink():
            content = str(path.readlink())
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        # What is put into the folder for temporary files is taken out of it again.
        changed = 0 if path == project.world.tmp else facts.st_mtime_ns
        found[str(path.relative_to(project.world.root))] = f"{facts.st_mode:o} {changed} {content}"
    assert "widget/.git/index" in found
    assert "widget.git/HEAD" in found
    return found


def planned(project: Project, *argv: str) -> dict[str, Any]:
    """The plan as JSON, after both forms were printed and nothing was found changed."""
    before = fingerprint(project)
    said = project.here("run", *argv, "--dry-run")
    assert "Dry run of" in said
    plan = json.loads(project.here("run", *argv, "--dry-run", "--json"))
    assert isinstance(plan, dict)
    assert plan["dry_run"] is True
    assert fingerprint(project) == before
    return plan


def commands(plan: dict[str, Any]) -> dict[str, list[str]]:
    return {skill["skill"]: skill["runs"] for skill in plan["skills"]}


def test_the_fingerprint_sees_an_index_that_was_refreshed(feature: Project) -> None:
    os.utime(feature.folder / "server.js", (1, 1))
    before = fingerprint(feature)
    feature.git("status")
    assert fingerprint(feature) != before


def test_offline_signed_out_and_with_a_dirty_tree(feature: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    feature.git("remote", "set-url", "origin", "https://github.example.invalid/acme/widget.git")
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    monkeypatch.setenv("GH_CONFIG_DIR", str(feature.world.home / "no-gh"))
    os.utime(feature.folder / "server.js", (1, 1))
    (feature.folder / "check.js").write_text("console.log('changed');\n")
    (feature.folder / "later.txt").write_text("untracked\n")
    (feature.folder / ".env").write_text("A=1\n")
    (feature.folder / "build.js").chmod(0o755)
    feature.git("add", "build.js")
    plan = planned(feature)
    assert not (feature.folder / ".loop").exists()
    assert not feature.state_file.exists()
    bump = plan["bump"]
    assert (bump["before"], bump["after"], bump["level"]) == ("0.7.0", "0.8.0", "minor")
    assert [c["subject"] for c in bump["commits"]] == ["feat: say more"]
    assert "new feature" in bump["why"]
    shipping = plan["shipping"]
    assert [(f["letter"], f["path"]) for f in shipping["files"]] == [
        ("M", "build.js"),
        ("M", "check.js"),
        ("M", "package.json"),
    ]
    assert shipping["message"] == "chore(release): v0.8.0"
    assert shipping["untracked"] == [".env", "later.txt"]
    assert shipping["secret_looking"] == [".env"]
    assert (shipping["remote"], shipping["branch"]) == ("origin", "main")
    runs = commands(plan)
    assert runs["code-verification"] == ["npm run build", "npm test", "npm run lint"]
    assert "0.7.0 -> 0.8.0 in package.json: only the bytes of the version" in runs["release-planner"]
    assert "git push origin HEAD:refs/heads/main" in runs["git-workflow"]
    targets = {t["target"]: t for t in plan["targets"]}
    assert targets["tarball"]["configured"] is True
    assert targets["commands-sync"]["configured"] is False
    assert targets["railway"]["why"].startswith("not configured")
    assert plan["next"] == "INIT starts"


def test_at_each_point_of_a_run_it_tells_what_follows_and_the_run_does_just_that(feature: Project) -> None:
    """Fresh, waiting, answered, written, committed; then shipped as told, and the archive knows the usual times."""
    plan = planned(feature)
    assert all(s["usual_ms"] is None for s in plan["skills"])
    files = [f["path"] for f in plan["shipping"]["files"]]

    feature.here("run", code=3)
    plan = planned(feature)
    assert plan["run"] == "active"
    assert str(plan["next"]).startswith("waiting for you: Bump version 0.7.0 -> 0.8.0?")
    assert plan["bump"]["after"] == "0.8.0"

    feature.here("answer", "-", "1.0.0", "--no-go")
    bump = planned(feature)["bump"]
    assert (bump["after"], bump["decided"]) == ("1.0.0", True)

    hook = refuse(feature, "pre-commit")
    feature.here("run", "--resume", "--yes", code=1)
    plan = planned(feature)
    assert plan["run"] == "failed"
    assert plan["bump"]["why"] == "written by this run"
    assert commands(plan)["release-planner"] == []
    assert plan["shipping"]["message"] == "chore(release): v1.0.0"
    message = plan["shipping"]["message"]

    hook = hook.rename(hook.with_name("pre-push"))
    feature.here("run", "--resume", "--yes", code=1)
    plan = planned(feature)
    assert plan["shipping"]["made"] == feature.git("rev-parse", "HEAD")
    assert plan["shipping"]["pushed"] is False
    assert commands(plan)["git-workflow"][0].startswith("git push origin")

    hook.unlink()
    feature.here("run", "--resume", "--yes")
    assert feature.package()["version"] == bump["after"]
    assert feature.git("log", "-1", "--format=%s") == message
    assert feature.git("show", "--format=", "--name-only", "HEAD").split() == files

    feature.commit("fix: again")
    plan = planned(feature)
    assert plan["bump"]["after"] == "1.0.1"
    assert all(s["usual_ms"] is not None for s in plan["skills"])
    targets = {t["target"]: t["usual_ms"] for t in plan["targets"]}
    assert targets["local"] is not None
    assert plan["usual_ms"] == sum(s["usual_ms"] for s in plan["skills"])
    assert "usually" in feature.here("run", "--dry-run")


def test_nothing_that_counts_raises_no_version(project: Project) -> None:
    project.commit("docs: words", words__txt="words\n")
    plan = planned(project)
    assert plan["bump"]["after"] == plan["bump"]["before"] == "0.7.0"
    assert plan["shipping"]["files"] == []
    assert "is shipped unchanged" in plan["shipping"]["note"]


def test_what_has_to_be_mended_is_said(feature: Project) -> None:
    feature.git("checkout", "--quiet", "--detach")
    plan = planned(feature)
    assert any("HEAD is detached" in f["words"] for f in plan["findings"] if f["fatal"])
    assert "To fix first" in feature.here("run", "--dry-run")


def test_a_loop_without_a_release_shows_its_phases(project: Project) -> None:
    plan = planned(project, "infra-loop")
    assert plan["bump"] is None
    assert plan["shipping"] is None
    assert len(plan["skills"]) == 10


def test_secrets_and_control_sequences_in_commits_are_not_printed(feature: Project) -> None:
    token = "ghp_" + "a1B2" * 9
    feature.commit(f"feat: \x1b[31mred {token}")
    for argv in (("run", "--dry-run"), ("run", "--dry-run", "--json")):
        said = feature.here(*argv)
        assert token not in said
        assert "\x1b" not in said


def test_what_becomes_of_the_changelog_is_told(feature: Project) -> None:
    changelog = feature.folder / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## [Unreleased]\n")
    feature.commit("docs: a changelog")
    plan = planned(feature)
    words = "unreleased becomes 0.8.0 with entries proposed from the commits; you are shown the diff and asked"
    assert plan["bump"]["changelog"] == words
    assert f"CHANGELOG.md: {words}" in commands(plan)["release-planner"]
    assert "CHANGELOG.md" in [change["path"] for change in plan["shipping"]["files"]]
    changelog.write_text("# 0.7.0\n")
    plan = planned(feature)
    assert plan["bump"]["changelog"].startswith("unchanged: it is not in the form of Keep a Changelog")
    assert "version 0.8.0" not in [c["note"] for c in plan["shipping"]["files"] if c["path"] == "CHANGELOG.md"]


def test_which_tag_is_made_is_told_and_why_none(feature: Project) -> None:
    """The project has v0.7.0."""
    plan = planned(feature)
    assert (plan["bump"]["tag"], plan["bump"]["untagged"]) == ("v0.8.0", "")
    assert "git tag -a v0.8.0 at the shipped commit, and its push" in commands(plan)["git-workflow"]
    feature.git("tag", "-d", "v0.7.0")
    why = "there is no release tag yet; set tag = true in [release] of .loops/targets.toml to create them"
    plan = planned(feature)
    assert plan["bump"]["untagged"] == why
    assert f"no tag: {why}" in commands(plan)["git-workflow"]


REGISTRY = "https://registry.example.invalid/"
_TARGET = '[[targets]]\nid = "npm-registry"\npublish = "here"\n'


def set_targets(project: Project, text: str) -> None:
    settings = project.folder / ".loops/targets.toml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(text)


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """npm's settings as a person has them, who is not set to be offline; a look reaches no registry anyway."""
    monkeypatch.delenv("NPM_CONFIG_OFFLINE")


@pytest.mark.usefixtures("online")
def test_what_is_published_where_is_told_and_that_the_registry_was_not_asked(feature: Project) -> None:
    """By npm's own settings, the scope's first; nothing is left behind by asking npm for them (`planned`)."""
    (feature.folder / ".npmrc").write_text(f"registry={REGISTRY}\n")
    set_targets(feature, f'{_TARGET}access = "public"\n')
    plan = planned(feature)
    (publish,) = plan["publishes"]
    assert (publish["package"], publish["version"], publish["registry"]) == ("widget", "0.8.0", REGISTRY)
    assert (publish["dist_tag"], publish["access"]) == ("latest", "public")
    runs = commands(plan)["distribute"]
    assert runs[0] == f"publishes widget@0.8.0 at {REGISTRY}, dist-tag latest, access public: this cannot be undone"
    assert runs[1].startswith("npm publish widget-0.8.0.tgz ")
    assert f"who is signed in at {REGISTRY}, and whether the version is free there" in plan["not_asked"]
    said = feature.here("run", "--dry-run")
    assert runs[0] in said
    assert plan["not_asked"][-1] in said


@pytest.mark.usefixtures("online")
def test_a_workflow_that_publishes_is_not_told_as_our_publish(feature: Project) -> None:
    set_targets(feature, _TARGET.replace('"here"', '"workflow"') + f'registry = "{REGISTRY}"\n')
    plan = planned(feature)
    runs = commands(plan)["distribute"]
    assert runs[0].startswith(f"a workflow publishes widget@0.8.0 at {REGISTRY}")
    assert not [line for line in runs if line.startswith("npm publish")]
    assert not [line for line in plan["not_asked"] if "signed in at" in line]


@pytest.mark.usefixtures("online")
def test_a_registry_that_npm_hides_is_said(feature: Project) -> None:
    (feature.folder / ".npmrc").write_text("registry=https://me:secret@registry.example.invalid/\n")
    set_targets(feature, _TARGET)
    (publish,) = (plan := planned(feature))["publishes"]
    assert publish["registry"] == ""
    assert "npm hides its setting registry" in commands(plan)["distribute"][0]
    assert "me:secret" not in json.dumps(plan)


def test_without_a_registry_nothing_is_published(feature: Project) -> None:
    plan = planned(feature)
    assert plan["publishes"] == []
    assert commands(plan)["distribute"] == ["each target below"]
