"""Run every check_op case at every ISA of this CPU and at 1, 2, 3 and 8 threads.

The test suite does so for three shapes of each operation; this takes the full product and some
minutes. Arguments go to pytest: python tools/soak.py tests/test_conv.py
"""

import os
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "pytest", *(sys.argv[1:] or ["tests"])]
    environment = {**os.environ, "GEMMULE_SOAK": "1"}
    sys.exit(subprocess.call(command, cwd=root, env=environment))
