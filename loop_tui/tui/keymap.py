"""The person's keys: checked against the registry of actions, so that none is lost and none means two things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.keys import KEY_TO_UNICODE_NAME, Keys, _character_to_key

from loop_tui.control.preferences import OwnCommand, UserSettings
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.tui.actions import (
    ACTIONS,
    APP,
    DIALOG,
    DREAM,
    GATE,
    HISTORY,
    HOME,
    KEYS,
    LOG,
    MOVES,
    OWN,
    PANES,
    PLAN,
    REPLAY,
    RUN,
    TREE,
    WELCOME,
    UserAction,
)

_SCREENS = (RUN, PANES, APP, OWN)
_TOGETHER = (
    *((one, other) for one in _SCREENS for other in _SCREENS),
    *((screen, pane) for screen in _SCREENS for pane in (TREE, LOG, GATE)),
    (HOME, APP),
    (HISTORY, APP),
    (DREAM, APP),
    (WELCOME, APP),
    *((REPLAY, place) for place in (*_SCREENS, TREE, LOG, GATE)),
    (DIALOG, KEYS),
    (DIALOG, PLAN),
    (DIALOG, MOVES),
)
"""Places whose keys count at the same time."""
_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+[": "escape", "ctrl+h": "backspace", "ctrl+j": "enter"}
"""What terminals cannot tell from another key."""
_NAMES = {key.value for key in Keys} | set(KEY_TO_UNICODE_NAME)


def checked(keys: Mapping[str, str], lines: Mapping[str, int], path: str) -> tuple[dict[str, str], list[Problem]]:
    """The keymap that can be used, action id to keys, and a Problem with file and line for each entry that cannot."""
    good: dict[str, str] = {}
    problems: list[Problem] = []
    known = {action.id: action for action in ACTIONS}
    for name, wanted in keys.items():
        where = f"{path}:{lines.get(name, 1)}"
        if name not in known:
            problems.append(
                Problem(
                    f"unknown action {name!r}",
                    where,
                    "`loop-tui config keys` lists them",
                    code=Code.SETTINGS_INVALID,
                )
            )
            continue
        parts = [normal(part) for part in wanted.split(",") if part.strip() or part == " "]
        wrong = next((part for part in parts if _wrong(part)), None)
        if wrong is not None or not parts:
            problems.append(
                Problem(
                    f"{name}: {_wrong(wrong or '')}",
                    where,
                    'write keys like "x", "ctrl+g" or "f"',
                    code=Code.SETTINGS_INVALID,
                )
            )
            continue
        trial = {**good, name: ",".join(parts)}
        other = _clash(known[name], trial)
        if other is not None:
            key, taken = other
            problems.append(
                Problem(
                    f"{name}: {key!r} already means {taken.id!r} there",
                    where,
                    "give one of them another key",
                    code=Code.SETTINGS_INVALID,
                )
            )
            continue
        good = trial
    return good, problems


def checked_commands(
    commands: Iterable[OwnCommand], keymap: Mapping[str, str], path: str
) -> tuple[list[UserAction], list[Problem]]:
    """The person's own commands as actions, and a Problem with file and line for each whose key cannot be used."""
    good: list[UserAction] = []
    problems: list[Problem] = []
    taken = dict(keymap)
    for command in commands:
        parts = [normal(part) for part in command.keys.split(",") if part.strip() or part == " "]
        name = f"commands.{command.id}"
        made = UserAction(name, ",".join(parts), f"own('{command.id}')", command.title, OWN, writes=True)
        what = next((found for part in parts or [""] if (found := _wrong(part))), "")
        if not what:
            other = _clash(UserAction(name, "", "", "", OWN), {**taken, name: made.keys}, (*ACTIONS, *good))
            what = f"{other[0]!r} already means {other[1].id!r} there" if other is not None else ""
        if what:
            where, todo = f"{path}:{command.line}", "give it another key"
            problems.append(Problem(f"{name}: {what}", where, todo, code=Code.SETTINGS_INVALID))
        else:
            good.append(made)
    return good, problems


def own_commands_of(settings: UserSettings, wrong: Iterable[Problem], keymap: Mapping[str, str]) -> list[UserAction]:
    """The person's own commands as actions. `wrong` is what was wrong with the settings.

    Raises Problem for the first command that cannot be used: a key that does not do what its owner put on it is no
    surprise to have in the middle of a run.
    """
    problems = [problem for problem in wrong if problem.what.startswith("commands")]
    own, clashes = checked_commands(settings.commands, keymap, str(settings.path))
    problems += clashes
    if problems:
        first, more = problems[0], len(problems) - 1
        rest = f"; {more} more: `loop-tui config show` lists all" if more else ""
        raise Problem(first.what, first.where, f"{first.todo or 'fix it, or remove it'}{rest}", code=first.code)
    return own


def normal(key: str) -> str:
    """A key as Textual names it: `?` is `question_mark`."""
    key = key if key == " " else key.strip()
    if key == " ":
        return "space"
    return _character_to_key(key) if len(key) == 1 else key


def _wrong(key: str) -> str:
    """Why a key cannot be used, or nothing."""
    if not key:
        return "it needs a key"
    if key in _SAME:
        return f"terminals cannot tell {key} from {_SAME[key]}"
    bare = key.rpartition("+")[2]
    if len(bare) == 1 or bare in _NAMES or bare.replace("_", " ").upper() in _UNICODE or key in _NAMES:
        return ""
    return f"there is no key {key!r}"


_UNICODE = {name.replace("_", " ").upper() for name in KEY_TO_UNICODE_NAME} | {
    "SLASH", "AMPERSAND", "QUESTION MARK", "COLON", "COMMA", "FULL STOP", "PLUS", "MINUS", "EQUALS SIGN",
    "LEFT SQUARE BRACKET", "RIGHT SQUARE BRACKET", "LESS THAN SIGN", "GREATER THAN SIGN", "NUMBER SIGN", "ASTERISK",
    "EXCLAMATION MARK", "AT", "SEMICOLON", "TILDE", "UNDERSCORE", "VERTICAL LINE", "BACKSLASH", "PERCENT SIGN",
    "DOLLAR SIGN", "CIRCUMFLEX ACCENT", "LEFT PARENTHESIS", "RIGHT PARENTHESIS", "APOSTROPHE", "QUOTATION MARK",
    "LEFT CURLY BRACKET", "RIGHT CURLY BRACKET", "GRAVE ACCENT",
}  # fmt: skip


def _clash(
    action: UserAction, keymap: Mapping[str, str], known: Iterable[UserAction] = ACTIONS
) -> tuple[str, UserAction] | None:
    """The first key of an action that means something else in the same place, and what; None when all is well.

    Two shipped keys may lie over each other on purpose, as escape does; nothing that a person sets may.
    """
    mine = set(keymap[action.id].split(","))
    for other in _beside(action, known):
        theirs = set((keymap.get(other.id) or other.keys).split(","))
        shared = sorted(mine & theirs)
        shipped = set(action.keys.split(",")) & set(other.keys.split(","))
        if shared and not set(shared) <= shipped:
            return shared[0], other
    return None


def _beside(action: UserAction, known: Iterable[UserAction]) -> Iterable[UserAction]:
    for other in known:
        together = (action.where, other.where) in _TOGETHER or (other.where, action.where) in _TOGETHER
        if other.id != action.id and (other.where == action.where or together):
            yield other
