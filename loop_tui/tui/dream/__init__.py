"""The screen of Dream States: what is done of organization, systems and modules, and why the rest is not."""
