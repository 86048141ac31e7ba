"""Publishing is proposed where the repository shows it, and only hinted at elsewhere."""

import json
import tomllib
from pathlib import Path

import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.targets.detect_registry import PUBLISHES, RegistryProposal, propose
from loop_tui.packs.ship.targets.project_file import parse
from loop_tui.packs.ship.targets.proposal import text_of


def proposed(project: Path, *publishing: str, pushed: tuple[str, ...] = (), **more: object) -> RegistryProposal:
    (project / "package.json").write_text(json.dumps({"name": "widget", "version": "1.0.0", **more}))
    return propose(project, publishing, pushed, ())


def settings(proposal: RegistryProposal) -> list[dict[str, object]]:
    return [dict(entry.settings) for entry in proposal.entries]


def test_where_package_json_or_a_workflow_shows_it(tmp_path: Path) -> None:
    config = {"access": "public"}
    assert settings(proposed(tmp_path, publishConfig=config)) == [{"publish": "here"}]
    by_tag = proposed(tmp_path, "release.yml", publishConfig=config)
    assert settings(by_tag) == [{"publish": "workflow"}], "a push does not start it: it is not followed"
    by_push = proposed(tmp_path, "release.yml", pushed=("ci.yml", "release.yml"))
    assert settings(by_push) == [{"publish": "workflow", "workflow": "release.yml"}]
    text = text_of(by_push.entries, {})
    (entry,) = parse(text, "targets.toml").entries
    assert entry.settings == {"publish": "workflow", "workflow": "release.yml"}


def test_elsewhere_there_are_only_comments(tmp_path: Path) -> None:
    proposal = proposed(tmp_path)
    assert proposal.entries == ()
    text = text_of((), {}, proposal.commented)
    assert tomllib.loads(text) == {}
    taken = text.replace("# [[", "[[").replace("# id", "id").replace("# publish", "publish")
    known = TargetDefinition(id="npm-registry", kind="npm-registry")
    (entry,) = parse(taken, "targets.toml", (known,)).entries
    assert entry.settings == {"publish": "here"}


def test_a_private_package_publishes_nothing(tmp_path: Path) -> None:
    assert proposed(tmp_path, "release.yml", private=True, publishConfig={}) == RegistryProposal()


def test_what_is_configured_is_not_proposed_again(tmp_path: Path) -> None:
    known = TargetDefinition(id="npm-registry", kind="npm-registry", settings={"publish": "here"})
    proposed(tmp_path)
    assert propose(tmp_path, ("release.yml",), (), (known,)) == RegistryProposal()


@pytest.mark.parametrize(
    ("text", "publishes"),
    [
        ("      - run: npm publish --provenance", True),
        ("      - run: pnpm -r publish", True),
        ("run: yarn npm publish", True),
        ("uses: JS-DevTools/npm-publish@v3", True),
        ("run: npx changeset publish", True),
        ("run: npm run build  # publish later", False),
        ("run: npm test", False),
    ],
)
def test_which_workflows_publish(text: str, publishes: bool) -> None:
    assert bool(PUBLISHES.search(text)) is publishes
