import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name, *args):
    """An example's output. One thread: the same bits, and the time does not hang on other work."""
    command = [sys.executable, str(EXAMPLES / name), *args]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_digits(tmp_path):
    pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'gemmule[demo]'")
    pytest.importorskip("safetensors", reason="needs safetensors: pip install 'gemmule[demo]'")
    weights = tmp_path / "digits.safetensors"
    lines = run("train_digits.py", "--weights", str(weights)).splitlines()
    assert weights.stat().st_size > 200_000
    trained = re.fullmatch(r"trained (\d+) epochs in ([\d.]+) s", lines[0])
    assert trained and float(trained[2]) < 30
    # eight rows of sixteen characters, then what the digit is
    assert all(len(line) == 16 for line in lines[1:9]) and any("@" in line for line in lines[1:9])
    assert re.fullmatch(r"this is a (\d) \(labelled \1\)", lines[9])
    accuracy = re.fullmatch(r"test accuracy (0\.\d{3}|1\.000)", lines[10])
    assert accuracy and float(accuracy[1]) >= 0.98
    assert re.fullmatch(r"training speed [\d,]+ samples/s(, PyTorch [\d,]+ samples/s)?", lines[11])
    assert len(lines) == 12


def test_gpt():
    lines = run("train_gpt.py", "--steps", "60", "--batch", "4", "--length", "40").splitlines()
    first, last = (float(re.search(r"loss ([\d.]+)", line)[1]) for line in lines[1:3])
    assert lines[1].startswith("step 50:") and lines[2].startswith("step 60:")
    assert last < first < 4 and lines[3].startswith("def ")
