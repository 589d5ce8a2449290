"""Layers that multiply by a matrix."""

import math

from gemmule import linear, matmul
from gemmule.nn import init
from gemmule.nn._sizes import check_sizes
from gemmule.nn.module import Module
from gemmule.nn.parameter import new_parameter
from gemmule.tensor import check_tensor

__all__ = ["Bilinear", "Identity", "Linear"]


def bilinear(input1, input2, weight, bias=None):
    """y_o = x₁ᵀ·W_o·x₂ + b_o. See :class:`Bilinear`."""
    check_tensor(input1, "bilinear", "input1")
    check_tensor(input2, "bilinear", "input2")
    check_tensor(weight, "bilinear", "weight")
    if (
        weight.ndim != 3
        or input1.shape[:-1] != input2.shape[:-1]
        or (*input1.shape[-1:], *input2.shape[-1:]) != weight.shape[1:]
    ):
        raise ValueError(
            f"bilinear: inputs of shapes {input1.shape} and {input2.shape} do not fit weight of "
            f"shape {weight.shape}"
        )
    outputs, in1, in2 = weight.shape
    shape = (*input1.shape[:-1], outputs)
    # (N, in1)·(in1, outputs·in2), then each (outputs, in2) by its x₂.
    rows = input1.reshape((-1, in1))
    middle = matmul(rows, weight.permute(1, 0, 2).reshape((in1, outputs * in2)))
    right = input2.reshape((-1, in2, 1))
    result = matmul(middle.reshape((-1, outputs, in2)), right).reshape(shape)
    return result if bias is None else result + bias


class Identity(Module):
    """Its input, unchanged; takes and ignores any arguments."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input


class Linear(Module):
    """y = x·Wᵀ + b.

    Args:
        in_features: size of the input's last dimension.
        out_features: size of the output's.
        bias: whether to add b.

    Attributes:
        weight: (out_features, in_features), at first uniform within ±1/√in_features.
        bias: (out_features,), likewise, or None.
    """

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        check_sizes(self, in_features=in_features, out_features=out_features)
        self.in_features = in_features
        self.out_features = out_features
        self.weight = new_parameter((out_features, in_features), device, dtype)
        if bias:
            self.bias = new_parameter((out_features,), device, dtype)
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        """Draw new initial values."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        return linear(input, self.weight, self.bias)

    def extra_repr(self):
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class NonDynamicallyQuantizableLinear(Linear):
    """Linear under the name that MultiheadAttention's output projection has in PyTorch."""


class Bilinear(Module):
    """y_o = x₁ᵀ·W_o·x₂ + b_o for two inputs (..., in1_features) and (..., in2_features).

    Attributes:
        weight: (out_features, in1_features, in2_features), at first within ±1/√in1_features.
        bias: (out_features,), likewise, or None.
    """

    def __init__(
        self, in1_features, in2_features, out_features, bias=True, device=None, dtype=None
    ):
        super().__init__()
        check_sizes(
            self, in1_features=in1_features, in2_features=in2_features, out_features=out_features
        )
        if in1_features <= 0:
            raise ValueError(f"Bilinear: in1_features must be > 0, got {in1_features}")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        shape = (out_features, in1_features, in2_features)
        self.weight = new_parameter(shape, device, dtype)
        if bias:
            self.bias = new_parameter((out_features,), device, dtype)
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        """Draw new initial values."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1, input2):
        return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self):
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
