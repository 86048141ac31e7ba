"""What is known before a run begins: the context that its skills and agents are given (SPEC section 7)."""
