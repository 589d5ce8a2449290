# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.autograd import backward as backward
from gemmule.autograd import enable_grad as enable_grad
from gemmule.autograd import grad as grad
from gemmule.autograd import no_grad as no_grad
from gemmule.autograd import set_grad_enabled as set_grad_enabled
from gemmule.gradcheck import gradcheck as gradcheck


