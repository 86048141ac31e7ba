"""The names that loops go by. Needed before anything is read, so nothing heavy is imported here."""

DEFAULT_LOOP = "distribution-loop"
"""The loop that is meant where none is named, and none has a run."""

ALIASES = {"infrastructure-loop": "infra-loop", "loop-composer": "meta-loop"}


def canonical_id(loop: str) -> str:
    """The id a loop goes by, with its aliases resolved (SPEC section 2)."""
    return ALIASES.get(loop, loop)


def short_name(loop: str) -> str:
    """The loop's id without `-loop`, as it stands in the name of its state file (SPEC section 3)."""
    return canonical_id(loop).removesuffix("-loop")


_SAME_DOCUMENT = (("INFRASTRUCTURE-PLAN.md", "INFRA-PLAN.md"), ("REQUIREMENTS.md", "INFRA-REQUIREMENTS.md"))
"""Documents that go by two names (SPEC section 2): the first is the one that we write."""


def deliverable_names(name: str) -> tuple[str, ...]:
    """The names that a deliverable may have, the one that was asked for first."""
    for names in _SAME_DOCUMENT:
        if name in names:
            return (name, *(other for other in names if other != name))
    return (name,)
