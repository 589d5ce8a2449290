# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.autograd import (
    backward as backward,
    enable_grad as enable_grad,
    grad as grad,
    no_grad as no_grad,
    set_grad_enabled as set_grad_enabled,
)
from gemmule.gradcheck import gradcheck as gradcheck


