"""Secrets that a person types, or that come on standard input: never an argument, never shown (SPEC section 8)."""

from __future__ import annotations

import sys
import warnings

from loop_tui.model.answers import MOST_SECRET_BYTES, secret_complaint
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask, typed
from loop_tui.model.text import one_line

from .show import aside


def read_secret(name: str, text: str = "") -> str:
    """A secret for the question of that id: typed without echo in a terminal, else the next line of standard input.

    `text` is what is asked in a terminal, until something was typed that can be a secret. Raises Problem when standard
    input has none, and where a terminal would show it.
    """
    where = one_line(name, 60)
    if sys.stdin is None:
        raise Problem("there is no standard input to read the secret from", where, _HOW, code=Code.USAGE)
    if not sys.stdin.isatty():
        return _line(where)
    while True:
        secret = _typed(mask(one_line(text or where, 400)), where)
        typed(secret)
        wrong = secret_complaint(secret)
        if not wrong:
            return secret
        aside(f"{wrong}: type it again")


_HOW = "`loop-tui answer ID - < FILE`, or in a terminal"


def _line(where: str) -> str:
    data = sys.stdin.buffer.readline(MOST_SECRET_BYTES + 3)
    try:
        secret = data.rstrip(b"\r\n").decode()
    except UnicodeDecodeError:
        raise Problem("standard input is not text", where, _HOW, code=Code.USAGE) from None
    typed(secret)
    if wrong := secret_complaint(secret):
        raise Problem(wrong, where, _HOW, code=Code.USAGE)
    return secret


def _typed(text: str, where: str) -> str:
    import getpass

    try:
        with warnings.catch_warnings():
            # It would go on with echo.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(f"{text} (not shown) ")
    except (EOFError, getpass.GetPassWarning):
        raise Problem("this terminal cannot hide what you type", where, _HOW, code=Code.USAGE) from None
