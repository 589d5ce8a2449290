"""The committed stubs: mypy --strict over the package and a user's code; the built extension."""

import os
import subprocess
import sys
from pathlib import Path

import gemmule
import pytest

ROOT = Path(__file__).resolve().parent.parent
# For mypy the stubs of the checkout; what runs is whatever gemmule the tests import.
PLACES = {
    "MYPYPATH": str(ROOT / "python"),
    "PYTHONPATH": str(Path(gemmule.__file__).parent.parent),
}


def run(*command):
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT / "tests" / "typing",
        env={**os.environ, **PLACES},
        capture_output=True,
        text=True,
        check=False,
    )


def test_mypy_strict(tmp_path):
    pytest.importorskip("mypy")
    done = run("-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "-p", "gemmule")
    assert "Success: no issues found" in done.stdout, done.stdout


def test_mypy_strict_over_user_code(tmp_path):
    pytest.importorskip("mypy")
    done = run("-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "user_code.py")
    assert "Success: no issues found" in done.stdout, done.stdout


def test_extension_agrees_with_its_stub():
    pytest.importorskip("mypy")
    done = run("-m", "mypy.stubtest", "gemmule._C")
    assert "Success: no issues found" in done.stdout, done.stdout


@pytest.mark.skipif(
    not sys.modules["gemmule.tensor"].__file__.endswith(".py"),
    reason="reads the sources of a build with Cython off",
)
def test_stubs_are_up_to_date():
    done = run(str(ROOT / "tools" / "stubs.py"), "--check")
    assert done.returncode == 0, f"run tools/stubs.py\n{done.stdout}{done.stderr}"


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "python" / "gemmule" / "py.typed").exists()
