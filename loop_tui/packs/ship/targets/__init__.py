"""Where a run delivers to: one small module a kind of target, imported when a definition names the kind.

Such a module has one function, `confirm(ctx, target, shipment) -> TargetVerdict` (`runners.targets`). A kind that no
pack has (a definition may name those of a newer version) is reported as not configured, never as delivered.
"""
