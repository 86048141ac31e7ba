"""The context of a run from files: Dream States, earlier runs, memory and roadmap (SPEC section 7)."""
