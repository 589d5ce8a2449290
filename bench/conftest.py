"""Makes a pytest-benchmark test of every engine of every row of a ``bench_<stem>.py``."""

import importlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_generate_tests(metafunc):
    if metafunc.function.__name__ == "test_row":
        rows = importlib.import_module(metafunc.module.__name__).rows()
        cases = [(row, engine) for row in rows for engine in row.engines]
        ids = [f"{row.name}-{engine}" for row, engine in cases]
        metafunc.parametrize(("row", "engine"), cases, ids=ids)


@pytest.fixture
def run(benchmark, row, engine):
    """Run one engine of one row through pytest-benchmark, grouped by row."""
    benchmark.group = row.name
    return lambda: benchmark(row.engines[engine])
