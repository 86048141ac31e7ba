"""The nouns of loop-tui: definitions, states, events and evidence, as frozen models without I/O."""
