"""torch.autograd: gemmule's tape."""

from gemmule.autograd import backward, enable_grad, grad, no_grad, set_grad_enabled
from gemmule.function import Function
from gemmule.gradcheck import gradcheck
