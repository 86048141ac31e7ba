"""Apps that are looked at in process."""

from tests.quick_screens import quick_screens as quick_screens
