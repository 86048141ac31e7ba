"""The next move: what is worth doing now, the evidence, and a score where it was measured (SPEC section 7)."""
