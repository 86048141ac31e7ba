"""The status note of deployments and of infrastructure (the seeds' "note deployment status", "infrastructure changes").

One line for each loop, in a section that a person made for it; the next run of the loop writes over that line alone.
"""

from loop_tui.model.dream.told import CompletedRun

from .markdown import MarkdownList, Section, parse
from .rows import comment, quoted
from .splices import Splice, added_line, line_end_of, spliced
from .words import heading_key

_TITLES = {
    "distribution-loop": ("deployments", "deployment", "deployment status", "distribution status"),
    "infra-loop": ("infrastructure", "infrastructure status", "infrastructure changes"),
}


def note(text: str, run: CompletedRun) -> str:
    """The text with the note of a run; unchanged where its loop has none, and without a section for it."""
    titles = _TITLES.get(run.loop, ())
    section = next((each for each in parse(text).whole() if heading_key(each.title) in titles), None)
    if section is None:
        return text
    mark, own = comment("status", run.loop), comment("by", run.id)
    words = " — ".join(filter(None, (run.date, run.loop, run.module, run.outcome, run.more)))
    line = f"- {quoted(words)} {mark} {own}"
    at = text.find(mark, section.body, section.end)
    if at >= 0:
        start = max(text.rfind(end, 0, at) for end in "\r\n") + 1
        end = min((place for each in "\r\n" if (place := text.find(each, at)) >= 0), default=len(text))
        return text if own in text[at:end] else spliced(text, [Splice(start, end, line)])
    return spliced(text, [_added(text, section, line)])


def _added(text: str, section: Section, line: str) -> Splice:
    """The line behind the last list of the section, or else behind all that it has."""
    lists = [block for block in section.blocks if isinstance(block, MarkdownList)]
    if lists:
        return added_line(text, lists[-1].end, line)
    end = line_end_of(text, section.body)
    kept = text[section.body : section.end].rstrip()
    at = section.body + len(kept)
    if kept or text[at - 1] not in "\r\n":
        return Splice(at, at, f"{end}{end}{line}")
    return Splice(at, at, f"{end}{line}{end}")
