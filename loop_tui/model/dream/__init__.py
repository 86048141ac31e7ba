"""Dream States: what an organization, a system and a module are for, and what of it is done (SPEC section 7)."""
