"""What every model shares."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen value: unknown fields are refused, so that a typo is an error and never a silent loss."""

    # Built when first used: a command that needs few models starts without waiting for the others.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
