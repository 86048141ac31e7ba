"""Where Dream States are found, and what registries in JSON say."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_tui.model.dream.rollup import roll_up
from loop_tui.model.dream.tree import Node, NodeStanding, Tier
from loop_tui.storage.dream import places
from loop_tui.storage.dream.hierarchy import read_hierarchy
from loop_tui.storage.dream.places import find_places
from loop_tui.storage.dream.registries import read_dream_json, read_modules, read_roadmap_json
from tests.conftest import World

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("modules", "name", "functions", "status", "done", "layer", "unlocks", "dependsOn", "path", "x")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def module(top: Path, folder: str) -> Path:
    """The document of a module, made."""
    path = top / folder / ".claude/DREAM-STATE.md"
    path.parent.mkdir(parents=True)
    path.write_text("- [ ] a\n")
    return path


def test_modules_are_found_below_the_top_but_not_in_other_places(tmp_path: Path) -> None:
    found = [module(tmp_path, "apps/web"), module(tmp_path, "src/auth")]
    module(tmp_path, "node_modules/dep")
    module(tmp_path, ".hidden/x")
    module(tmp_path, "other/src")
    (tmp_path / "other/.git").write_text("gitdir: elsewhere")
    (tmp_path / "linked").symlink_to(tmp_path / "src", target_is_directory=True)
    module(tmp_path, "a/b/c/d/e/f/g")
    places_ = find_places(tmp_path)
    assert list(places_.modules) == found
    assert places_.system == tmp_path / ".claude/DREAM-STATE.md"
    assert not places_.is_cut


def test_a_project_of_many_folders_is_looked_into_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MOST_FOLDERS", 3)
    for name in "abcdef":
        (tmp_path / name).mkdir()
    assert find_places(tmp_path).is_cut


def test_the_home_of_the_organization_is_no_system(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOP_TUI_HOME", str(world.home / ".claude"))
    module(world.home, ".")
    module(world.home, "code/shop")
    found = find_places(world.home)
    assert (found.system, found.modules) == (None, ())
    assert find_places(world.home / "code/shop").system == world.home / "code/shop/.claude/DREAM-STATE.md"


@given(_json)
def test_any_json_is_read(data: object) -> None:
    read_modules(data, "")
    read_roadmap_json(data)
    roll_up(read_dream_json(data, "shop", "").root)


def test_the_forms_of_a_registry_are_the_same() -> None:
    forms = (
        [{"name": "auth", "path": "src/auth"}],
        {"modules": [{"id": "auth", "path": "src/auth"}]},
        {"modules": {"auth": {"path": "src/auth"}}},
    )
    for form in forms:
        assert [(node.name, node.folder) for node in read_modules(form, "")] == [("auth", "src/auth")]
    assert [node.name for node in read_modules(["auth", 3, None, {"path": "x"}], "")] == ["auth"]


def test_a_dream_state_in_json_has_functions_and_their_standing() -> None:
    data = {
        "system": "shop",
        "vision": "Sell.",
        "modules": [
            {"id": "auth", "status": "complete", "functions": [{"name": "login — by mail", "complete": True}]},
            {"id": "cart", "status": "in-progress", "functions": [{"name": "add", "complete": False}]},
            {"id": "fax", "deferred": True},
            {"id": "mail", "functions": "2/3"},
        ],
    }
    found = read_dream_json(data, "folder", "x.json")
    rolled = roll_up(found.root)
    assert (found.root.name, found.vision) == ("shop", "Sell.")
    assert (rolled.done, rolled.total, rolled.deferred) == (3, 5, 1)
    assert [child.standing for child in rolled.children] == [
        NodeStanding.DONE,
        NodeStanding.OPEN,
        NodeStanding.DEFERRED,
        NodeStanding.OPEN,
    ]
    assert found.root.children[0].children[0] == Node(
        Tier.FUNCTION, "login", "login — by mail", NodeStanding.DONE, document="x.json"
    )


def test_a_roadmap_in_json_has_layers_and_what_unlocks_what() -> None:
    data = {
        "modules": [
            {"name": "base", "layer": 0, "status": "complete", "unlocks": ["top"]},
            {"name": "top", "layer": 1, "status": "planned", "dependsOn": ["side"]},
            {"name": "side", "layer": 1, "status": "deferred"},
        ]
    }
    found = read_roadmap_json(data)
    assert [(group.title, [item.name for item in group.items]) for group in found.groups] == [
        ("Layer 0", ["base"]),
        ("Layer 1", ["top", "side"]),
    ]
    assert found.groups[1].items[0].depends_on == ("side", "base")
    assert found.groups[1].items[1].standing is NodeStanding.DEFERRED


def test_a_registry_adds_what_the_document_does_not_list(tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude/DREAM-STATE.md").write_text("# System Dream State: shop\n## Modules\n### auth\n- [x] login\n")
    registry = [{"name": "auth", "path": "src/auth", "functions": "1/2"}, {"name": "cart", "status": "pending"}]
    (tmp_path / ".claude/modules.json").write_text(json.dumps(registry))
    found = read_hierarchy(find_places(tmp_path))
    assert found.root is not None
    assert [(child.node.name, child.node.folder) for child in found.root.children] == [
        ("auth", "src/auth"),
        ("cart", ""),
    ]
    assert [(each.name, each.said) for each in found.root.differs] == [("auth", "registry 1/2")]
    assert [why.path for why in found.root.why] == [("cart",)]
