"""Non-linear activations, element by element; softmax.py has those along a dimension."""

from collections.abc import Callable

from gemmule import sigmoid, tanh
from gemmule.nn import functional as F
from gemmule.nn import init
from gemmule.nn.module import Module
from gemmule.nn.parameter import new_parameter
from gemmule.tensor import Tensor

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]


class _Plain(Module):
    """A function without arguments."""

    _function: Callable[..., Tensor]

    def forward(self, input):
        return self._function(input)


class _Inplace(Module):
    """A function whose one argument is whether it may overwrite its input."""

    _function: Callable[..., Tensor]

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        return self._function(input, inplace=self.inplace)

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


class ReLU(_Inplace):
    """max(0, x)."""

    _function = staticmethod(F.relu)


class Sigmoid(_Plain):
    """1 / (1 + exp(−x))."""

    _function = staticmethod(sigmoid)


class Tanh(_Plain):
    """tanh(x)."""

    _function = staticmethod(tanh)


class SELU(_Inplace):
    """scale · (max(0, x) + min(0, α(exp(x) − 1))): Klambauer and others, 2017."""

    _function = staticmethod(F.selu)


class SiLU(_Inplace):
    """x · sigmoid(x)."""

    _function = staticmethod(F.silu)


class Mish(_Inplace):
    """x · tanh(softplus(x)): Misra, 2019."""

    _function = staticmethod(F.mish)


class Hardswish(_Inplace):
    """x · min(max(x + 3, 0), 6) / 6: Howard and others, 2019."""

    _function = staticmethod(F.hardswish)

    def extra_repr(self):
        return ""


class Hardsigmoid(_Inplace):
    """min(max(x / 6 + 1/2, 0), 1)."""

    _function = staticmethod(F.hardsigmoid)

    def extra_repr(self):
        return ""


class LogSigmoid(_Plain):
    """log(1 / (1 + exp(−x)))."""

    _function = staticmethod(F.logsigmoid)


class Softsign(_Plain):
    """x / (1 + |x|)."""

    _function = staticmethod(F.softsign)


class Tanhshrink(_Plain):
    """x − tanh(x)."""

    _function = staticmethod(F.tanhshrink)


class Hardtanh(Module):
    """x, limited to [min_val, max_val]."""

    def __init__(self, min_val=-1.0, max_val=1.0, inplace=False, min_value=None, max_value=None):
        super().__init__()
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace
        if self.max_val <= self.min_val:
            raise ValueError(
                f"{type(self).__name__}: max_val {self.max_val} must exceed min_val {self.min_val}"
            )

    def forward(self, input):
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self):
        return f"min_val={self.min_val}, max_val={self.max_val}{_suffix(self.inplace)}"


class ReLU6(Hardtanh):
    """min(max(0, x), 6)."""

    def __init__(self, inplace=False):
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


def _suffix(inplace):
    return ", inplace=True" if inplace else ""


class ELU(Module):
    """x where x > 0, else α(exp(x) − 1): Clevert and others, 2015."""

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input):
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self):
        return f"alpha={self.alpha}{_suffix(self.inplace)}"


class CELU(ELU):
    """max(0, x) + min(0, α(exp(x/α) − 1)): Barron, 2017."""

    def forward(self, input):
        return F.celu(input, self.alpha, self.inplace)


class LeakyReLU(Module):
    """x where x > 0, else negative_slope · x."""

    def __init__(self, negative_slope=0.01, inplace=False):
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input):
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self):
        return f"negative_slope={self.negative_slope}{_suffix(self.inplace)}"


class RReLU(Module):
    """x where x > 0, else a · x with `a` random in [lower, upper) in training and their mean in
    evaluation: Xu and others, 2015."""

    def __init__(self, lower=1.0 / 8, upper=1.0 / 3, inplace=False):
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input):
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self):
        return f"lower={self.lower}, upper={self.upper}{_suffix(self.inplace)}"


class Threshold(Module):
    """x where x > threshold, else value."""

    def __init__(self, threshold, value, inplace=False):
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input):
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self):
        return f"threshold={self.threshold}, value={self.value}{_suffix(self.inplace)}"


class GELU(Module):
    """x · Φ(x), Φ being the normal distribution: Hendrycks and Gimpel, 2016.

    Args:
        approximate: ``"none"``, or ``"tanh"`` for the approximation by tanh.
    """

    def __init__(self, approximate="none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, input):
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self):
        return f"approximate={self.approximate!r}"


class GLU(Module):
    """a · sigmoid(b), a and b being the halves of the input along `dim`."""

    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return F.glu(input, self.dim)

    def extra_repr(self):
        return f"dim={self.dim}"


class _Shrink(Module):
    _function: Callable[..., Tensor]

    def __init__(self, lambd=0.5):
        super().__init__()
        self.lambd = lambd

    def forward(self, input):
        return self._function(input, self.lambd)

    def extra_repr(self):
        return str(self.lambd)


class Hardshrink(_Shrink):
    """x where |x| > lambd, else 0."""

    _function = staticmethod(F.hardshrink)


class Softshrink(_Shrink):
    """x moved towards 0 by lambd, stopping there."""

    _function = staticmethod(F.softshrink)


class Softplus(Module):
    """log(1 + exp(beta · x)) / beta; x itself where beta · x > threshold."""

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input):
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self):
        return f"beta={self.beta}, threshold={self.threshold}"


class PReLU(Module):
    """x where x > 0, else weight · x: He and others, 2015.

    Args:
        num_parameters: 1, or one for each channel, the input's dimension 1.
        init: the weight's first value.
    """

    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = new_parameter((num_parameters,), device, dtype)
        self.reset_parameters()

    def reset_parameters(self):
        """Set the weight to its first value."""
        init.constant_(self.weight, self.init)

    def forward(self, input):
        return F.prelu(input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.num_parameters}"
