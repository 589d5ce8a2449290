# Written by tools/stubs.py.
from gemmule.autograd import (
  backward as backward, enable_grad as enable_grad, grad as grad, no_grad as no_grad,
  set_grad_enabled as set_grad_enabled
)
from gemmule.function import Function as Function
from gemmule.gradcheck import gradcheck as gradcheck
