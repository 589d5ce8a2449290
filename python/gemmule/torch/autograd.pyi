# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.autograd import backward as backward
from gemmule.autograd import enable_grad as enable_grad
from gemmule.autograd import grad as grad
from gemmule.autograd import no_grad as no_grad
from gemmule.autograd import set_grad_enabled as set_grad_enabled
from gemmule.gradcheck import gradcheck as gradcheck


