# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.io import weights as weights
from gemmule.io.weights import load as load
from gemmule.io.weights import load_metadata as load_metadata
from gemmule.io.weights import save as save


