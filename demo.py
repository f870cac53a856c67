"""Set up and start the demo, with nothing but Python: `python3 demo.py` (or `make demo`).

Makes `.venv`, installs what the lock file says, hashes checked, writes the command `.venv/bin/mixbot`, and starts
`mixbot demo`. The second time there is nothing to install. `demo.py --setup run` only sets up; `--setup tracing` brings
OpenTelemetry, too, and `--setup dev` the tools for tests; `--venv DIR` puts it elsewhere.
It uses the standard library alone, and any Python can read it, so that an old one can say what is missing.
"""

import hashlib
import os
import subprocess
import sys
import time

OLDEST, NEWEST = (3, 11), (3, 13)
LOCKS = {"run": "requirements.lock", "tracing": "requirements-tracing.lock", "dev": "requirements-dev.lock"}
HERE = os.path.dirname(os.path.abspath(__file__))
NEEDS_VENV = "Python cannot make virtual environments here. On Debian or Ubuntu: apt install python3-venv"

COMMAND = """#!/bin/sh
# mixbot, from whatever folder it is called; written by demo.py
PYTHONPATH=%s${PYTHONPATH:+:$PYTHONPATH} exec %s -P -m bot "$@"
"""
WINDOWS_COMMAND = """@echo off
setlocal
set "PYTHONPATH=%s"
"%s" -P -m bot %%*
"""


def main(arguments):
    """Set up, and then become `mixbot demo`; returns the exit code if that is the end."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        sys.stderr.write(wrong_python() + "\n")
        return 2
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    only_set_up = option(arguments, "--setup")
    folder = os.path.join(HERE, option(arguments, "--venv") or ".venv")
    if only_set_up is not None and only_set_up not in LOCKS:
        sys.stderr.write("--setup takes run, tracing or dev\n")
        return 2
    started = time.time()
    if only_set_up is None:
        say("Python %d.%d.%d" % sys.version_info[:3], "ok")
    try:
        packages = set_up(folder, only_set_up or "run")
    except SetUpFailed as error:
        sys.stderr.write("%s\n" % error)
        return 2
    if only_set_up is not None:
        return 0
    say("%s and %d packages" % (os.path.basename(folder), packages), "ok   %.1f s" % (time.time() - started))
    sys.stdout.flush()
    return become([python_of(folder), "-m", "bot", "demo"] + arguments)


class SetUpFailed(Exception):
    """Something is missing that only a person can bring; the text says what."""


def wrong_python():
    """One sentence for somebody whose Python is too old or too new."""
    found = "%d.%d" % sys.version_info[:2]
    names = ["python%d.%d" % (3, minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    there = [name for name in names if works(name)]
    hint = "start it with %s demo.py" % there[0] if there else "install python3.11 or newer"
    return "mixbot needs Python 3.11, 3.12 or 3.13 and this is Python %s: %s." % (found, hint)


def works(name):
    """Whether a command by that name is there and is a Python."""
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.call([name, "-c", ""], stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False


def option(arguments, name):
    """Take `name VALUE` out of the arguments; None if it is not there."""
    if name not in arguments:
        return None
    place = arguments.index(name)
    value = arguments[place + 1] if place + 1 < len(arguments) else ""
    del arguments[place : place + 2]
    return value


def set_up(folder, kind):
    """Make `folder` hold what the lock file says; returns how many packages that are."""
    with open(os.path.join(HERE, LOCKS[kind]), "rb") as lock:
        content = lock.read()
    packages = sum(1 for line in content.splitlines() if line[:1].isalnum() and b"==" in line)
    if up_to_date(folder, kind):
        write_command(folder)
        return packages
    make_environment(folder)
    sys.stdout.write("  \u25b8 installing %d packages, once ...\n" % packages)
    sys.stdout.flush()
    install(folder, os.path.join(HERE, LOCKS[kind]))
    write_command(folder)
    with open(stamp(folder, kind), "w") as mark:
        mark.write(fingerprint(kind))
    return packages


def up_to_date(folder, kind):
    """Whether the environment was made by this Python from this lock file, or from the one that includes it."""
    for enough in (kind, "dev"):
        try:
            with open(stamp(folder, enough)) as mark:
                if mark.read() == fingerprint(enough) and os.path.exists(python_of(folder)):
                    return True
        except (IOError, OSError):
            continue
    return False


def stamp(folder, kind):
    return os.path.join(folder, "set-up-" + kind)


def fingerprint(kind):
    """Changes with the lock file, the Python, and the place: an environment cannot be moved."""
    with open(os.path.join(HERE, LOCKS[kind]), "rb") as lock:
        content = lock.read()
    return hashlib.sha256(content + sys.version.encode() + HERE.encode()).hexdigest()


def python_of(folder):
    return os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")


def make_environment(folder):
    """Make the virtual environment; where Debian left out the means to put pip into it, without pip."""
    if os.path.exists(python_of(folder)) and works(python_of(folder)) and version_of(folder) == sys.version:
        return
    command = [sys.executable, "-m", "venv", "--clear", folder]
    if not has("ensurepip"):
        if not has("pip"):
            raise SetUpFailed(NEEDS_VENV)
        command.insert(-1, "--without-pip")
    if not has("venv") or subprocess.call(command) != 0:
        raise SetUpFailed(NEEDS_VENV)


def version_of(folder):
    return subprocess.check_output([python_of(folder), "-c", "import sys; sys.stdout.write(sys.version)"]).decode()


def install(folder, lock):
    """Install from the lock file: every hash is checked, and nothing is built."""
    own = subprocess.call([python_of(folder), "-c", "import pip"], stderr=subprocess.DEVNULL) == 0
    pip = [python_of(folder), "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", python_of(folder)]
    flags = ["-qq", "--disable-pip-version-check", "--no-input", "--no-compile", "--require-hashes"]
    flags += ["--only-binary", ":all:"]
    if subprocess.call(pip + ["install"] + flags + ["-r", lock], cwd=folder) != 0:
        name = os.path.basename(lock)
        raise SetUpFailed("Installing from %s did not work; pip says above why. Is the network there?" % name)


def write_command(folder):
    """Put `mixbot` beside the environment's python; it works from every folder, and on a PATH."""
    python = python_of(folder)
    if os.name == "nt":
        path, text = os.path.join(folder, "Scripts", "mixbot.cmd"), WINDOWS_COMMAND % (HERE, python)
    else:
        path, text = os.path.join(folder, "bin", "mixbot"), COMMAND % (quoted(HERE), quoted(python))
    try:
        with open(path) as there:
            if there.read() == text:
                return
    except (IOError, OSError, ValueError):
        pass
    with open(path + ".new", "w") as command:
        command.write(text)
    os.chmod(path + ".new", 0o755)
    os.replace(path + ".new", path)


def quoted(path):
    """For a shell, whatever is in the name of a folder."""
    return "'" + path.replace("'", "'\\''") + "'"


def has(module):
    """Whether this Python has a module, without running it."""
    import importlib.util

    return importlib.util.find_spec(module) is not None


def say(what, result):
    sys.stdout.write("  \u25b8 %-42s%s\n" % (what, result))
    sys.stdout.flush()


def become(command):
    """Replace this process, so that signals reach the right one; Windows can only wait for a child."""
    os.chdir(HERE)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # often set for other reasons; each start would take seconds longer
    if os.name == "nt":
        return subprocess.call(command)
    return os.execv(command[0], command)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
