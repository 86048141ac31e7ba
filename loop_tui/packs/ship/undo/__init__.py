"""Taking back what a run committed and wrote, while nobody else can have it."""
