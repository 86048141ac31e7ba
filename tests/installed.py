"""The wheel of this checkout, and an environment that it is installed in."""

import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*argv: str | Path, cwd: Path) -> str:
    """What a program printed; the test fails when the program does."""
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, f"{argv}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def built(source: Path, folder: Path) -> Path:
    """The wheel of a project, built without any network."""
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source, cwd=folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return built(ROOT, tmp_path_factory.mktemp("wheel"))


@dataclass(frozen=True)
class Installed:
    """An environment that has the wheel and nothing of this checkout but the dependencies."""

    bin: Path
    elsewhere: Path

    def pip_install(self, wheel: Path) -> None:
        """Install one more wheel, without its dependencies."""
        options = ("--quiet", "--no-deps", "--no-index")
        run(
            sys.executable, "-m", "pip", "--python", self.bin / "python", "install", *options, wheel, cwd=self.elsewhere
        )

    def python(self, code: str) -> str:
        """What a piece of Python prints there."""
        return run(self.bin / "python", "-c", code, cwd=self.elsewhere)


def environment(wheel: Path, folder: Path) -> Installed:
    """The wheel in an empty environment; its dependencies are lent by a path file, so that no network is needed."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    venv.create(folder / "env", symlinks=True)
    python = folder / "env" / "bin" / "python"
    made = Installed(python.parent, elsewhere)
    made.pip_install(wheel)
    own = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    (own / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return made


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment that has the wheel and nothing else of ours."""
    return environment(wheel, tmp_path_factory.mktemp("installed"))
