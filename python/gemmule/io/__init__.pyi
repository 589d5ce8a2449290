# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.io import weights as weights
from gemmule.io.weights import load as load, load_metadata as load_metadata, save as save


