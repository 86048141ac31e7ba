"""The text of a Dream State that does not exist yet (SPEC section 7): what a person fills in stands in braces."""

from collections.abc import Iterable

from loop_tui.model.dream.rollup import roll_up
from loop_tui.model.dream.tree import Node, NodeStanding, Tier
from loop_tui.model.text import one_line

_COMPLETIONS = """\
## Recent Completions

| Date | Loop | Module | Outcome | Deliverables |
|------|------|--------|---------|--------------|
"""
_ORGANIZATION = """\
# Organization Dream State: {name}

## Vision

{{what all systems together are for}}

## Active Systems

| System | Status | Progress |
|--------|--------|----------|
{rows}
## Master Checklist
{lists}
"""
_SYSTEM = """\
# System Dream State: {name}

## Vision

{{what this system is for, and when it is done}}

## Modules

| Module | Status | Functions |
|--------|--------|-----------|
{rows}
## Module Checklists
{lists}
## Active Loops

| Loop | Phase | Started |
|------|-------|---------|

## Dependencies

- Depends on: {{other systems}}
- Depended on by: {{other systems}}

"""
_MODULE = """\
# Module Dream State: {name}

## Purpose

{{what this module does}}

## Required Functions

- [ ] {{a function}} — {{what it does}}

## Dependencies

- Depends on: {{other modules}}
- Depended on by: {{other modules}}

## Completion Criteria

{{what has to hold besides the functions}}

"""
_TEXTS = {Tier.ORGANIZATION: _ORGANIZATION, Tier.SYSTEM: _SYSTEM, Tier.MODULE: _MODULE}


def template(tier: Tier, name: str, members: Iterable[Node] = ()) -> str:
    """The text for a tier of that name, with the systems or modules that are known already and their functions."""
    found = [(each, roll_up(each)) for each in members]
    rows = (
        f"| {_plain(node.name)} | {'complete' if rolled.standing is NodeStanding.DONE else 'pending'} | "
        f"{f'{rolled.done}/{rolled.total}' if rolled.total and tier is Tier.SYSTEM else ''} |\n"
        for node, rolled in found
    )
    lists = (f"\n### {_plain(node.name)}\n\n{''.join(map(_item, node.children))}" for node, _ in found)
    text = _TEXTS[tier].format(name=_plain(name), rows="".join(rows), lists="".join(lists))
    return text + _COMPLETIONS


def _item(node: Node) -> str:
    box = "x" if node.standing is NodeStanding.DONE else "-" if node.standing is NodeStanding.DEFERRED else " "
    return f"- [{box}] {_plain(node.text or node.name)}\n"


def _plain(text: str) -> str:
    return one_line(text, 200).replace("|", "\\|").replace("<", "&lt;")
