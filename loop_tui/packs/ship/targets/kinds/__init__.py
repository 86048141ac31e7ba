"""The kinds of targets, a file each; `packs.ship.TARGETS` says which is which."""
