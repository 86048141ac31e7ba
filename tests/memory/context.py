"""What is known before a run begins, in memory. Implements `ports.RunContext`."""

from pathlib import Path

PATH = Path("/nowhere/project/.loop/context.md")


class MemoryContext:
    """What documents say (`says`), and what of it was written: nothing, until it is loaded."""

    def __init__(self, says: str = "") -> None:
        self.says = says
        self.written = ""
        self.modules: list[str] = []
        """Of each time that it was loaded, the module."""

    def known(self) -> Path | None:
        """The file that was written."""
        return PATH if self.written else None

    async def load(self, module: str) -> str:
        """What the documents say, written once."""
        self.modules.append(module)
        if self.written or not self.says:
            return ""
        self.written = self.says
        return self.says
