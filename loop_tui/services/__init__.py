"""Outside systems that several packs use."""
