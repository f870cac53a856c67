"""demo.py: sets everything up with nothing but Python, and says one sentence where that cannot be."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def old_pythons() -> Iterator[str]:
    """Pythons that this project does not support, as far as this machine has any."""
    versions = [f"3.{minor}" for minor in range(6, 11)] + ["3.14", "2.7"]
    for version in versions:
        candidates = [f"python{version}", *map(str, (Path.home() / ".pyenv/versions").glob(f"{version}*/bin/python"))]
        for candidate in candidates:
            found = shutil.which(candidate)
            if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
                yield found
                break


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with demo.py, a lock of one package, and a `bot` that prints its arguments; no network is needed."""
    home = tmp_path / "my project"
    (home / "bot").mkdir(parents=True)
    shutil.copy(ROOT / "demo.py", home)
    (home / "bot" / "__main__.py").write_text("import sys, tiny\nprint(sys.prefix, sys.argv[1:])\n")
    digest = hashlib.sha256(_wheel(tmp_path / "wheels").read_bytes()).hexdigest()
    for lock in ("requirements.lock", "requirements-tracing.lock", "requirements-dev.lock"):
        (home / lock).write_text(f"tiny==1.0 \\\n    --hash=sha256:{digest}\n")
    return home


def _wheel(folder: Path) -> Path:
    folder.mkdir()
    path = folder / "tiny-1.0-py3-none-any.whl"
    files = {
        "tiny.py": "",
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        record = ""
        for name, text in files.items():
            wheel.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(text)}\n"
        wheel.writestr("tiny-1.0.dist-info/RECORD", record + "tiny-1.0.dist-info/RECORD,,\n")
    return path


def start(project: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    quick = {"PYTHONPATH": without(project, "ensurepip")}  # an environment without pip of its own is made in no time
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(project.parent / "wheels")}
    environment = os.environ | quick | index | environ
    command = [sys.executable, "demo.py", *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def without(project: Path, *modules: str) -> str:
    """A folder for PYTHONPATH with which these modules do not exist."""
    folder = project.parent / "-".join(("without", *modules))
    folder.mkdir(exist_ok=True)
    blocked = "".join(f"sys.modules[{module!r}] = None\n" for module in modules)
    (folder / "sitecustomize.py").write_text(f"import sys\n{blocked}")
    return str(folder)


NONE = pytest.param("", marks=pytest.mark.skip("there is no unsupported Python on this machine"))


@pytest.mark.parametrize("python", list(old_pythons()) or [NONE], ids=lambda path: Path(path).parents[1].name)
def test_check_07_old_python_gets_one_sentence_and_no_traceback(python: str) -> None:
    """Whoever starts the demo with an unsupported Python reads what is needed and what to type instead."""
    ended = subprocess.run([python, "demo.py"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "needs Python 3.11, 3.12 or 3.13" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_demo_sets_up_and_becomes_the_demo(project: Path) -> None:
    """From a bare folder to `mixbot demo` in the project's own environment, arguments passed on."""
    ended = start(project, "--no-open", PYTHONPATH="")

    assert ended.returncode == 0, ended.stderr
    assert ".venv and 1 packages" in ended.stdout
    assert ended.stdout.splitlines()[-1] == f"{project / '.venv'} ['demo', '--no-open']"


def test_a_second_set_up_has_nothing_to_do(project: Path) -> None:
    """The lock file's hash is remembered: with neither a package index nor pip, the second run is as good."""
    first = start(project, "--setup", "run")
    second = start(
        project, "--setup", "run", PYTHONPATH=without(project, "ensurepip", "pip"), PIP_FIND_LINKS="/nowhere"
    )

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "installing 1 packages" in first.stdout
    assert second.stdout == ""


def test_set_up_puts_the_command_mixbot_beside_python(project: Path) -> None:
    """`.venv/bin/mixbot` runs this project's bot from any folder, and comes back if it was deleted."""
    start(project, "--setup", "run")
    command = project / ".venv" / "bin" / "mixbot"
    foreign = project.parent / "foreign"
    (foreign / "bot").mkdir(parents=True)
    (foreign / "bot" / "__main__.py").write_text("print('the wrong bot')\n")

    first = subprocess.run([command, "send", "two words"], cwd=foreign, capture_output=True, text=True, check=True)
    command.unlink()
    start(project, "--setup", "run")

    assert first.stdout == f"{project / '.venv'} ['send', 'two words']\n"
    assert command.stat().st_mode & 0o777 == 0o755


def test_what_was_set_up_for_tests_is_enough_to_run(project: Path) -> None:
    """The environment for tests includes everything that the service needs."""
    start(project, "--setup", "dev")

    assert start(project, "--setup", "run").stdout == ""


def test_another_lock_file_is_installed_anew(project: Path) -> None:
    """A change of the lock file is noticed."""
    start(project, "--setup", "run")
    lock = project / "requirements.lock"
    lock.write_text(lock.read_text() + "# changed\n")

    assert "installing" in start(project, "--setup", "run").stdout


def test_T29_a_package_with_another_hash_is_refused(project: Path) -> None:
    """What the index gives must be what was locked."""
    lock = project / "requirements.lock"
    lock.write_text("tiny==1.0 --hash=sha256:" + "0" * 64 + "\n")

    ended = start(project, "--setup", "run")

    assert ended.returncode == 2
    assert "HASHES" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list((project / ".venv").glob("lib/python*/site-packages/tiny.py"))


def test_debian_without_python3_venv_is_coped_with(project: Path) -> None:
    """Where ensurepip is missing, the environment is made without pip, and the system's pip fills it."""
    ended = start(project, PYTHONPATH=without(project, "ensurepip"))

    assert ended.returncode == 0, ended.stderr
    assert not list((project / ".venv").glob("lib/python*/site-packages/pip"))


def test_debian_without_pip_either_gets_the_line_that_helps(project: Path) -> None:
    """Where neither is there, one line says what to install."""
    ended = start(project, PYTHONPATH=without(project, "ensurepip", "pip"))

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "apt install python3-venv" in ended.stderr
