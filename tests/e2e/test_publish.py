"""From a project to the registry's own word for it, by one command."""

import json
import signal
import subprocess

import psutil
import pytest

from tests.npm_tools import use_manager
from tests.projects import Project, wait_for
from tests.registry import Hold, Registry, files_with, integrity, pack

SETTINGS = '[[targets]]\nid = "npm-registry"\npublish = "here"\ninterval_s = 0.2\nlongest_interval_s = 1\n'
MANAGED = {"pnpm": "pnpm@9.15.9", "yarn1": "yarn@1.22.22", "yarn4": "yarn@4.18.1"}
"""What `packageManager` says, by the name that tests give the manager."""


def publishing(project: Project, name: str, **more: object) -> None:
    """Let a project publish under a name of its own."""
    document = project.package() | {"name": name} | more
    settings = project.folder / ".loops/targets.toml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(SETTINGS)
    project.git("add", ".loops/targets.toml")
    project.commit("feat: publish it", package__json=json.dumps(document, indent=2) + "\n")


def committed_lock(project: Project, program: str) -> None:
    """Let a project have the lock file that its manager writes."""
    subprocess.run([program, "install", "--mode=skip-build"], cwd=project.folder, check=True, capture_output=True)
    project.git("add", "yarn.lock")
    project.commit("chore: install")


def is_out(project: Project, registry: Registry, name: str) -> None:
    """Its one new version has the integrity of the tarball that was verified, by npm's own word."""
    version = str(project.package()["version"])
    (tarball,) = project.archives()[0].with_suffix("").rglob("*.tgz")
    argv = ["npm", "view", f"{name}@{version}", "dist.integrity"]
    said = subprocess.run(argv, cwd=project.folder, capture_output=True, text=True, check=True).stdout.strip()
    assert said == integrity(tarball)
    assert list(registry.versions(name)) == [version]
    assert registry.door.publishes.count(name) == 1
    assert registry.door.again == [], "what is out is never sent again"


def test_published_headless(feature: Project, registry: Registry) -> None:
    publishing(feature, "e2e-published")
    said = feature.cli("run", "--yes")
    assert f"npm registry: confirmed: e2e-published@0.8.0 at {registry.url}" in said
    is_out(feature, registry, "e2e-published")
    assert registry.token not in said
    assert registry.token not in feature.archives()[0].read_text()


@pytest.mark.long
@pytest.mark.parametrize("taken", [False, True])
def test_build_metadata_is_no_part_of_what_a_registry_has(feature: Project, registry: Registry, taken: bool) -> None:
    """npm drops it, so the version may be taken whatever stands behind the plus sign."""
    name = f"e2e-metadata-{taken}".lower()
    publishing(feature, name, version="0.8.0+5")
    if taken:
        registry.put(pack(feature.world.root / "other/project", name, "0.8.0"))
    said = feature.cli("run", "--yes", code=int(taken))
    assert (f"{name}@0.8.0 is at" if taken else f"confirmed: {name}@0.8.0 at") in said
    assert taken or "dist-tag latest" in said
    assert "mismatch" not in said
    assert list(registry.versions(name)) == ["0.8.0"]
    assert registry.door.publishes.count(name) == int(not taken)


@pytest.mark.long
def test_signed_out_stops_before_anything_is_changed(feature: Project, registry: Registry) -> None:
    publishing(feature, "e2e-out")
    registry.door.signed_out = True
    said = feature.cli("run", "--yes", code=1)
    assert f"npm login --registry {registry.url}" in said
    assert feature.package()["version"] == "0.7.0"


@pytest.mark.long
@pytest.mark.parametrize("manager", ["pnpm", "yarn1", "yarn4"])
def test_with_the_projects_own_manager(
    feature: Project, registry: Registry, monkeypatch: pytest.MonkeyPatch, manager: str
) -> None:
    program = use_manager(manager, monkeypatch)
    name = f"@e2e/{manager}"
    publishing(feature, name, packageManager=MANAGED[manager], publishConfig={"access": "public"})
    if manager == "yarn4":
        committed_lock(feature, program)
    feature.cli("run", "--yes")
    is_out(feature, registry, name)


@pytest.mark.parametrize("when", [pytest.param("comes", marks=pytest.mark.long), "went through"])
def test_a_driver_that_is_killed_while_it_publishes(feature: Project, registry: Registry, when: str) -> None:
    """Killed with SIGKILL as the registry gets the publish; npm, which it started, may do its work or not."""
    name = f"e2e-killed-{when.replace(' ', '-')}"
    publishing(feature, name)
    run = subprocess.Popen(
        feature.argv("run", "--yes"), cwd=feature.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    if when == "comes":
        registry.door.on_publish = lambda _: run.send_signal(signal.SIGKILL)
    else:
        registry.door.on_done = lambda: run.send_signal(signal.SIGKILL)
    run.wait()
    assert run.returncode == -signal.SIGKILL
    registry.door.on_publish = lambda _: None
    registry.door.on_done = lambda: None
    feature.cli("run", "--resume", "--yes")
    is_out(feature, registry, name)


@pytest.mark.long
@pytest.mark.parametrize("order", ["as sent", "the later one first"])
def test_two_publishes_that_are_on_their_way_at_once(feature: Project, registry: Registry, order: str) -> None:
    """What a killed driver's npm sent may be on its way for longer than anybody waits: the registry takes one."""
    name = f"e2e-two-{order.replace(' ', '-')}"
    publishing(feature, name)
    door, holds = registry.door, [Hold(), Hold()]
    coming = iter(holds)
    door.on_publish = lambda _: next(coming)()
    first = feature.start("run", "--yes")
    wait_for(holds[0].arrived.is_set, "the first publish is at the door")
    first.kill()
    first.wait()
    second = feature.start("run", "--resume", "--yes")
    wait_for(lambda: holds[1].arrived.is_set() or second.poll() is not None, "the second publish is at the door")
    for hold in holds if order == "as sent" else reversed(holds):
        before = door.handled
        hold.released.set()
        wait_for(lambda before=before: door.handled > before, "that publish is over")  # type: ignore[misc]
    assert second.wait() == 0
    assert len(door.again) == 1
    door.again.clear()
    is_out(feature, registry, name)


@pytest.mark.long
@pytest.mark.parametrize("when", ["demanded", "sent", "taken"])
def test_killed_around_the_one_time_password(feature: Project, registry: Registry, when: str) -> None:
    """The registry demands one, gets it, or has taken the publish: driver and npm die before it answers."""
    name = f"e2e-otp-{when}"
    publishing(feature, name)
    door = registry.door
    door.otp = "914406"
    place = {"demanded": "on_refusal", "sent": "on_publish", "taken": "on_done"}[when]
    if when != "demanded":
        assert "One-time password" in feature.cli("run", "--yes", code=3)
    hold = Hold()
    setattr(door, place, hold)
    argv = feature.argv("run", *(() if when == "demanded" else ("--resume",)), "--yes", "--secret", "otp")
    with subprocess.Popen(argv, cwd=feature.folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as run:
        assert run.stdin is not None
        run.stdin.write(b"914406\n")
        run.stdin.close()
        wait_for(lambda: hold.arrived.is_set() or run.poll() is not None, "it is at the door")
        started = psutil.Process(run.pid).children(recursive=True)
        for process in (psutil.Process(run.pid), *started):
            process.kill()
    setattr(door, place, lambda *_: None)
    door.lost = int(when == "sent")
    hold.released.set()
    wait_for(lambda: door.open_ == 0, "nothing is on its way any more")
    _typing(feature, "914406", 0, "run", "--resume", "--yes", "--secret", "otp")
    is_out(feature, registry, name)
    assert files_with("914406", feature.world.root) == []


@pytest.mark.long
def test_the_one_time_password_from_standard_input_is_nowhere_afterwards(feature: Project, registry: Registry) -> None:
    """One that is refused is asked for anew; the run goes on where it was when the right one is given."""
    publishing(feature, "e2e-otp")
    registry.door.otp = "914406"
    said = _typing(feature, "000111", 3, "run", "--yes", "--secret", "otp")
    assert "rejected that one-time password" in said
    assert "--secret, with the name otp-e2e-otp@0.8.0-2: the secret is read" in said, (
        "what is to be typed is not masked"
    )
    said += _typing(feature, "914406", 0, "run", "--resume", "--yes", "--secret", "otp")
    is_out(feature, registry, "e2e-otp")
    assert registry.door.passwords == ["", "000111", "914406"]
    for password in ("914406", "000111"):
        assert password not in said
        assert files_with(password, feature.world.root) == []


def _typing(project: Project, text: str, code: int, *argv: str) -> str:
    done = subprocess.run(
        project.argv(*argv), cwd=project.folder, input=f"{text}\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr
