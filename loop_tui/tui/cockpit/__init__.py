"""The cockpit: phase tree, log and gate panel of one run."""
