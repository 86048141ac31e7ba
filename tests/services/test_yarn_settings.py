"""Which registry yarn's own settings name."""

from pathlib import Path

import pytest

from loop_tui.services.registry.yarn_settings import access_of_yarn, registry_of

LATER = """\
# a comment: npmPublishRegistry
npmRegistryServer: "https://all.example/npm"
npmScopes:
  acme:
    npmRegistryServer: https://acme.example/npm   # the company's
  "other":
    npmAlwaysAuth: true
    npmPublishRegistry: 'https://out.example'
yarnPath: .yarn/releases/yarn.cjs
"""
FIRST = 'registry "https://all.example/"\n"@acme:registry" "https://acme.example/"\nlastUpdateCheck 1\n'


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("", "https://all.example/npm"),
        ("@acme", "https://acme.example/npm"),
        ("@other", "https://out.example"),
        ("@none", "https://all.example/npm"),
    ],
)
def test_of_yarn_2_and_later(tmp_path: Path, scope: str, expected: str) -> None:
    (tmp_path / ".yarnrc.yml").write_text(LATER)
    assert registry_of(tmp_path, tmp_path, scope) == expected


@pytest.mark.parametrize(("scope", "expected"), [("", "https://all.example/"), ("@acme", "https://acme.example/")])
def test_of_yarn_1(tmp_path: Path, scope: str, expected: str) -> None:
    (tmp_path / ".yarnrc").write_text(FIRST)
    assert registry_of(tmp_path, tmp_path, scope) == expected


def test_up_to_the_top_and_no_further(tmp_path: Path) -> None:
    package = tmp_path / "top/packages/a"
    package.mkdir(parents=True)
    (tmp_path / ".yarnrc.yml").write_text("npmRegistryServer: https://outside.example\n")
    assert registry_of(package, tmp_path / "top", "") == ""
    (tmp_path / "top/.yarnrc.yml").write_text("npmPublishRegistry: https://top.example\n")
    assert registry_of(package, tmp_path / "top", "") == "https://top.example"


@pytest.mark.parametrize(
    "text", ["", "\0", "npmScopes: {acme: {npmRegistryServer: x}}\n", "npmRegistryServer:\n", ":::\n" * 9]
)
def test_what_names_none(tmp_path: Path, text: str) -> None:
    (tmp_path / ".yarnrc.yml").write_text(text)
    assert registry_of(tmp_path, tmp_path, "@acme") == ""


def test_who_may_see_the_package(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / ".yarnrc.yml").write_text("npmScopes:\n  acme:\n    npmPublishAccess: restricted\n")
    assert access_of_yarn(tmp_path / "package", tmp_path) == ""
    (tmp_path / ".yarnrc.yml").write_text('enableTelemetry: false\nnpmPublishAccess: "public"  # all\n')
    assert access_of_yarn(tmp_path / "package", tmp_path) == "public"
    assert access_of_yarn(tmp_path / "package", tmp_path / "package") == ""
