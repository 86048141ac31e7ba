"""What several screens show of a run, made from its snapshot: pure, without widgets."""
