"""The fixtures of a real npm project."""

from tests.projects import feature as feature
from tests.projects import project as project
from tests.projects import template as template
from tests.stopped import kept as kept
from tests.stopped import stopped as stopped
