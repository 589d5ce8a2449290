"""The types: mypy --strict over stubs, bodies and a user's code; the extension and its stub."""

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


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """One of mypy's for all, which holds what it read of NumPy."""
    return str(tmp_path_factory.mktemp("mypy"))


def test_mypy_strict(cache):
    pytest.importorskip("mypy")
    done = run("-m", "mypy", "--strict", "--cache-dir", cache, "-p", "gemmule")
    assert "Success: no issues found" in done.stdout, done.stdout


def test_mypy_strict_over_the_bodies(tmp_path, cache):
    """Over a copy of the sources that carries the stubs' annotations, by a mypy.ini there."""
    pytest.importorskip("mypy")
    copy = tmp_path / "copy"
    subprocess.run([sys.executable, ROOT / "tools" / "annotated.py", copy], check=True)

    def mypy():
        return subprocess.run(
            [sys.executable, "-m", "mypy", "--cache-dir", cache, "-p", "gemmule"],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    found = mypy()
    assert "Success: no issues found" in found, found
    # A wrong body is found, on the line that it has in the source.
    source = (ROOT / "python" / "gemmule" / "config.py").read_text().splitlines()
    line = source.index("    return _C.num_threads()") + 1
    wrong = (copy / "gemmule" / "config.py").read_text()
    (copy / "gemmule" / "config.py").write_text(wrong.replace("_C.num_threads()", "_C.isa()"))
    message = 'Incompatible return value type (got "str", expected "int")'
    assert f"gemmule/config.py:{line}: error: {message}" in mypy()


def test_mypy_strict_over_user_code(cache):
    pytest.importorskip("mypy")
    done = run("-m", "mypy", "--strict", "--cache-dir", cache, "user_code.py")
    assert "Success: no issues found" in done.stdout, done.stdout


def test_extension_agrees_with_its_stub():
    pytest.importorskip("mypy")
    done = run("-m", "mypy.stubtest", "gemmule._C")
    assert "Success: no issues found" in done.stdout, done.stdout


def test_stubs_are_up_to_date():
    done = run(str(ROOT / "tools" / "stubs.py"), "--check")
    assert done.returncode == 0, f"run tools/stubs.py\n{done.stdout}{done.stderr}"


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "python" / "gemmule" / "py.typed").exists()
