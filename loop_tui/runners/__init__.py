"""How a skill is done, a file each, and what a pack may register."""
