"""Elementwise functions of one tensor."""

from gemmule import _C
from gemmule.autograd import before_write, recording, track, track_write
from gemmule.devices import filled_like
from gemmule.ops.out import copied, into
from gemmule.tensor import as_array, methods, raw, wrap

__all__ = [
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "bitwise_invert",
    "ceil",
    "conj",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "imag",
    "log",
    "log1p",
    "log2",
    "log10",
    "negative",
    "positive",
    "real",
    "reciprocal",
    "round",
    "rsqrt",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
]

# Looked up once: an attribute of the module costs a tenth of a small call.
_copy = _C.copy
_abs, _square, _sqrt, _exp, _log = _C.abs, _C.square, _C.sqrt, _C.exp, _C.log
_tanh, _sigmoid, _negative = _C.tanh, _C.sigmoid, _C.negative

# ---- of any number ------------------------------------------------------------------------------


def negative(x, /, *, out=None):
    """-x, elementwise; unsigned integers wrap.

    Args:
        x: tensor of numbers.
        out: a tensor to write the result into.

    Raises:
        TypeError: x is of bool.
    """
    if out is not None:
        return into(out, "negative", _C.negative, (x,))
    return track(_negative(raw(x)), (x,), _negative_vjp, ())


def _negative_vjp(gs, needs):
    return (-gs[0],)


def positive(x, /, *, out=None):
    """A copy of x. Written into `out` if given."""
    if out is not None:
        return copied(out, "positive", _copy, (x,))
    return track(_copy(raw(x)), (x,), _positive_vjp, ())


def _positive_vjp(gs, needs):
    return (gs[0],)


def conj(x, /):
    """A copy of x, which is its own complex conjugate: there are no complex dtypes."""
    return positive(x)


def real(x, /):
    """A copy of x, which is all real: there are no complex dtypes."""
    return positive(x)


def imag(x, /):
    """Zeros, the imaginary part of x: there are no complex dtypes."""
    a = as_array(x, "imag", "x")
    return wrap(filled_like(a, 0))


def abs(x, /, *, out=None):
    """|x|, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "abs", _C.abs, (x,))
    a = raw(x)
    return track(_abs(a), (x,), _abs_vjp, (a,))


def _abs_vjp(gs, needs, x):
    return (_C.abs_backward(gs[0], x),)


def sign(x, /, *, out=None):
    """-1, 0 or 1 as x is below, at or above 0, elementwise; NaN stays. Its gradient is 0.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "sign", _C.sign, (x,))
    return track(_C.sign(raw(x)), (x,), _steps_vjp, ())


def _steps_vjp(gs, needs):
    return (filled_like(gs[0], 0),)


def square(x, /, *, out=None):
    """x², elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "square", _C.square, (x,))
    a = raw(x)
    return track(_square(a), (x,), _square_vjp, (a,))


def _square_vjp(gs, needs, x):
    return (_C.square_backward(gs[0], x),)


def bitwise_invert(x, /, *, out=None):
    """~x of integers, not x of bool, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "bitwise_invert", _C.bitwise_invert, (x,))
    return wrap(_C.bitwise_invert(raw(x)))


# ---- to integers; the gradient is 0 -------------------------------------------------------------


def floor(x, /, *, out=None):
    """The largest integer at most x, elementwise, in x's dtype. Its gradient is 0.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "floor", _C.floor, (x,))
    return track(_C.floor(raw(x)), (x,), _steps_vjp, ())


def ceil(x, /, *, out=None):
    """The smallest integer at least x, elementwise, in x's dtype. Its gradient is 0.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "ceil", _C.ceil, (x,))
    return track(_C.ceil(raw(x)), (x,), _steps_vjp, ())


def trunc(x, /, *, out=None):
    """The nearest integer towards 0, elementwise, in x's dtype. Its gradient is 0.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "trunc", _C.trunc, (x,))
    return track(_C.trunc(raw(x)), (x,), _steps_vjp, ())


def round(x, /, *, decimals=0, out=None):
    """The nearest integer, elementwise, in x's dtype; halves go to the even one. Its gradient is 0.

    Args:
        x: tensor.
        decimals: digits kept behind the point; negative ones are cleared before it.
        out: a tensor to write the result into.
    """
    if out is not None:
        return into(out, "round", _rounded, (x,), decimals)
    return track(_rounded(as_array(x, "round", "x"), decimals), (x,), _steps_vjp, ())


def _rounded(a, decimals, out=None):
    if decimals == 0 or not a.dtype.is_floating_point:
        return _C.round(a, out)
    if decimals > 0:
        return _C.divide(_C.round(a * 10.0**decimals), 10.0**decimals, out)
    return _C.multiply(_C.round(a / 10.0**-decimals), 10.0**-decimals, out)


# ---- in floating point: integers and bool become float32 ----------------------------------------


def exp(x, /, *, out=None):
    """e to the power of x, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "exp", _C.exp, (x,))
    y = _exp(raw(x))
    return track(y, (x,), _exp_vjp, (y,))


def _exp_vjp(gs, needs, y):
    return (gs[0] * y,)


def exp2(x, /, *, out=None):
    """2 to the power of x, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "exp2", _C.exp2, (x,))
    y = _C.exp2(raw(x))
    return track(y, (x,), _exp2_vjp, (y,))


def _exp2_vjp(gs, needs, y):
    return (_C.exp2_backward(gs[0], y),)


def expm1(x, /, *, out=None):
    """e to the power of x, minus 1, without the loss of digits near 0, elementwise.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "expm1", _C.expm1, (x,))
    y = _C.expm1(raw(x))
    return track(y, (x,), _expm1_vjp, (y,))


def _expm1_vjp(gs, needs, y):
    return (_C.expm1_backward(gs[0], y),)


def log(x, /, *, out=None):
    """The natural logarithm of x: -inf at 0, NaN below, elementwise.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "log", _C.log, (x,))
    a = raw(x)
    return track(_log(a), (x,), _log_vjp, (a,))


def _log_vjp(gs, needs, x):
    return (gs[0] / x,)


def log1p(x, /, *, out=None):
    """The natural logarithm of 1 + x, without the loss of digits near 0, elementwise.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "log1p", _C.log1p, (x,))
    a = raw(x)
    return track(_C.log1p(a), (x,), _log1p_vjp, (a,))


def _log1p_vjp(gs, needs, x):
    return (_C.log1p_backward(gs[0], x),)


def log2(x, /, *, out=None):
    """The logarithm of x to base 2, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "log2", _C.log2, (x,))
    a = raw(x)
    return track(_C.log2(a), (x,), _log2_vjp, (a,))


def _log2_vjp(gs, needs, x):
    return (_C.log2_backward(gs[0], x),)


def log10(x, /, *, out=None):
    """The logarithm of x to base 10, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "log10", _C.log10, (x,))
    a = raw(x)
    return track(_C.log10(a), (x,), _log10_vjp, (a,))


def _log10_vjp(gs, needs, x):
    return (_C.log10_backward(gs[0], x),)


def sqrt(x, /, *, out=None):
    """The square root of x: NaN below 0, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "sqrt", _C.sqrt, (x,))
    y = _sqrt(raw(x))
    return track(y, (x,), _sqrt_vjp, (y,))


def _sqrt_vjp(gs, needs, y):
    return (_C.sqrt_backward(gs[0], y),)


def rsqrt(x, /, *, out=None):
    """1 / √x, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "rsqrt", _C.rsqrt, (x,))
    y = _C.rsqrt(raw(x))
    return track(y, (x,), _rsqrt_vjp, (y,))


def _rsqrt_vjp(gs, needs, y):
    return (_C.rsqrt_backward(gs[0], y),)


def reciprocal(x, /, *, out=None):
    """1 / x, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "reciprocal", _C.reciprocal, (x,))
    y = _C.reciprocal(raw(x))
    return track(y, (x,), _reciprocal_vjp, (y,))


def _reciprocal_vjp(gs, needs, y):
    return (_C.reciprocal_backward(gs[0], y),)


def sin(x, /, *, out=None):
    """The sine of x in radians, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "sin", _C.sin, (x,))
    a = raw(x)
    return track(_C.sin(a), (x,), _sin_vjp, (a,))


def _sin_vjp(gs, needs, x):
    return (_C.sin_backward(gs[0], x),)


def cos(x, /, *, out=None):
    """The cosine of x in radians, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "cos", _C.cos, (x,))
    a = raw(x)
    return track(_C.cos(a), (x,), _cos_vjp, (a,))


def _cos_vjp(gs, needs, x):
    return (_C.cos_backward(gs[0], x),)


def tan(x, /, *, out=None):
    """The tangent of x in radians, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "tan", _C.tan, (x,))
    y = _C.tan(raw(x))
    return track(y, (x,), _tan_vjp, (y,))


def _tan_vjp(gs, needs, y):
    return (_C.tan_backward(gs[0], y),)


def asin(x, /, *, out=None):
    """The angle in [-π/2, π/2] whose sine is x: NaN beyond ±1, elementwise.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "asin", _C.asin, (x,))
    a = raw(x)
    return track(_C.asin(a), (x,), _asin_vjp, (a,))


def _asin_vjp(gs, needs, x):
    return (_C.asin_backward(gs[0], x),)


def acos(x, /, *, out=None):
    """The angle in [0, π] whose cosine is x: NaN beyond ±1, elementwise.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "acos", _C.acos, (x,))
    a = raw(x)
    return track(_C.acos(a), (x,), _acos_vjp, (a,))


def _acos_vjp(gs, needs, x):
    return (_C.acos_backward(gs[0], x),)


def atan(x, /, *, out=None):
    """The angle in [-π/2, π/2] whose tangent is x, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "atan", _C.atan, (x,))
    a = raw(x)
    return track(_C.atan(a), (x,), _atan_vjp, (a,))


def _atan_vjp(gs, needs, x):
    return (_C.atan_backward(gs[0], x),)


def sinh(x, /, *, out=None):
    """The hyperbolic sine of x, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "sinh", _C.sinh, (x,))
    a = raw(x)
    return track(_C.sinh(a), (x,), _sinh_vjp, (a,))


def _sinh_vjp(gs, needs, x):
    return (_C.sinh_backward(gs[0], x),)


def cosh(x, /, *, out=None):
    """The hyperbolic cosine of x, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "cosh", _C.cosh, (x,))
    a = raw(x)
    return track(_C.cosh(a), (x,), _cosh_vjp, (a,))


def _cosh_vjp(gs, needs, x):
    return (_C.cosh_backward(gs[0], x),)


def tanh(x, /, *, out=None):
    """The hyperbolic tangent of x, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "tanh", _C.tanh, (x,))
    y = _tanh(raw(x))
    return track(y, (x,), _tanh_vjp, (y,))


def _tanh_vjp(gs, needs, y):
    return (_C.tanh_backward(gs[0], y),)


def asinh(x, /, *, out=None):
    """The inverse of the hyperbolic sine, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "asinh", _C.asinh, (x,))
    a = raw(x)
    return track(_C.asinh(a), (x,), _asinh_vjp, (a,))


def _asinh_vjp(gs, needs, x):
    return (_C.asinh_backward(gs[0], x),)


def acosh(x, /, *, out=None):
    """The inverse of the hyperbolic cosine: NaN below 1, elementwise.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "acosh", _C.acosh, (x,))
    a = raw(x)
    return track(_C.acosh(a), (x,), _acosh_vjp, (a,))


def _acosh_vjp(gs, needs, x):
    return (_C.acosh_backward(gs[0], x),)


def atanh(x, /, *, out=None):
    """The inverse of the hyperbolic tangent: NaN beyond ±1, elementwise.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "atanh", _C.atanh, (x,))
    a = raw(x)
    return track(_C.atanh(a), (x,), _atanh_vjp, (a,))


def _atanh_vjp(gs, needs, x):
    return (_C.atanh_backward(gs[0], x),)


def erf(x, /, *, out=None):
    """The error function, 2/√π ∫₀ˣ e^(-t²) dt, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "erf", _C.erf, (x,))
    a = raw(x)
    return track(_C.erf(a), (x,), _erf_vjp, (a,))


def _erf_vjp(gs, needs, x):
    return (_C.erf_backward(gs[0], x),)


def erfc(x, /, *, out=None):
    """1 - erf(x), without the loss of digits where that is small, elementwise.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "erfc", _C.erfc, (x,))
    a = raw(x)
    return track(_C.erfc(a), (x,), _erfc_vjp, (a,))


def _erfc_vjp(gs, needs, x):
    return (_C.erfc_backward(gs[0], x),)


def sigmoid(x, /, *, out=None):
    """1 / (1 + e^-x), elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "sigmoid", _C.sigmoid, (x,))
    y = _sigmoid(raw(x))
    return track(y, (x,), _sigmoid_vjp, (y,))


def _sigmoid_vjp(gs, needs, y):
    return (_C.sigmoid_backward(gs[0], y),)


# ---- in place -----------------------------------------------------------------------------------


def _over(x, name, op, vjp):
    """op(x) into x's own memory, for a rule that reads the result (or nothing)."""
    before_write(x, name)
    a = raw(x)
    op(a, a)
    return track_write(x, (x,), vjp, () if vjp in _WITHOUT else (a,))


_WITHOUT = (_negative_vjp, _steps_vjp)


def _over_saving(x, name, op, vjp):
    """The same for a rule that reads x as it was before."""
    before_write(x, name)
    a = raw(x)
    saved = (_copy(a),) if recording((x,)) else ()
    op(a, a)
    return track_write(x, (x,), vjp, saved)


class _InPlace:
    """Tensor's, under the names that Python's messages then give."""

    def ceil_(self):
        return _over(self, "ceil_", _C.ceil, _steps_vjp)

    def exp_(self):
        return _over(self, "exp_", _C.exp, _exp_vjp)

    def exp2_(self):
        return _over(self, "exp2_", _C.exp2, _exp2_vjp)

    def expm1_(self):
        return _over(self, "expm1_", _C.expm1, _expm1_vjp)

    def floor_(self):
        return _over(self, "floor_", _C.floor, _steps_vjp)

    def neg_(self):
        return _over(self, "neg_", _C.negative, _negative_vjp)

    def reciprocal_(self):
        return _over(self, "reciprocal_", _C.reciprocal, _reciprocal_vjp)

    def rsqrt_(self):
        return _over(self, "rsqrt_", _C.rsqrt, _rsqrt_vjp)

    def sigmoid_(self):
        return _over(self, "sigmoid_", _C.sigmoid, _sigmoid_vjp)

    def sign_(self):
        return _over(self, "sign_", _C.sign, _steps_vjp)

    def sqrt_(self):
        return _over(self, "sqrt_", _C.sqrt, _sqrt_vjp)

    def tan_(self):
        return _over(self, "tan_", _C.tan, _tan_vjp)

    def tanh_(self):
        return _over(self, "tanh_", _C.tanh, _tanh_vjp)

    def trunc_(self):
        return _over(self, "trunc_", _C.trunc, _steps_vjp)

    def abs_(self):
        return _over_saving(self, "abs_", _C.abs, _abs_vjp)

    def acos_(self):
        return _over_saving(self, "acos_", _C.acos, _acos_vjp)

    def acosh_(self):
        return _over_saving(self, "acosh_", _C.acosh, _acosh_vjp)

    def asin_(self):
        return _over_saving(self, "asin_", _C.asin, _asin_vjp)

    def asinh_(self):
        return _over_saving(self, "asinh_", _C.asinh, _asinh_vjp)

    def atan_(self):
        return _over_saving(self, "atan_", _C.atan, _atan_vjp)

    def atanh_(self):
        return _over_saving(self, "atanh_", _C.atanh, _atanh_vjp)

    def cos_(self):
        return _over_saving(self, "cos_", _C.cos, _cos_vjp)

    def cosh_(self):
        return _over_saving(self, "cosh_", _C.cosh, _cosh_vjp)

    def erf_(self):
        return _over_saving(self, "erf_", _C.erf, _erf_vjp)

    def erfc_(self):
        return _over_saving(self, "erfc_", _C.erfc, _erfc_vjp)

    def log_(self):
        return _over_saving(self, "log_", _C.log, _log_vjp)

    def log1p_(self):
        return _over_saving(self, "log1p_", _C.log1p, _log1p_vjp)

    def log2_(self):
        return _over_saving(self, "log2_", _C.log2, _log2_vjp)

    def log10_(self):
        return _over_saving(self, "log10_", _C.log10, _log10_vjp)

    def sin_(self):
        return _over_saving(self, "sin_", _C.sin, _sin_vjp)

    def sinh_(self):
        return _over_saving(self, "sinh_", _C.sinh, _sinh_vjp)

    def square_(self):
        return _over_saving(self, "square_", _C.square, _square_vjp)


def _round_(self, *, decimals=0):
    """The in-place form of round."""
    before_write(self, "round_")
    a = raw(self)
    _rounded(a, decimals, a)
    return track_write(self, (self,), _steps_vjp, ())


def _round_method(self, decimals=0):
    """See :func:`round`; also what Python's round() calls."""
    return round(self, decimals=decimals or 0)


methods(
    {
        "__neg__": negative,
        "__pos__": positive,
        "__abs__": abs,
        "__invert__": bitwise_invert,
        "__round__": _round_method,
        "abs": abs,
        "absolute": abs,
        "acos": acos,
        "acosh": acosh,
        "arccos": acos,
        "arccosh": acosh,
        "arcsin": asin,
        "arcsinh": asinh,
        "arctan": atan,
        "arctanh": atanh,
        "asin": asin,
        "asinh": asinh,
        "atan": atan,
        "atanh": atanh,
        "bitwise_not": bitwise_invert,
        "ceil": ceil,
        "cos": cos,
        "cosh": cosh,
        "erf": erf,
        "erfc": erfc,
        "exp": exp,
        "exp2": exp2,
        "expm1": expm1,
        "floor": floor,
        "log": log,
        "log1p": log1p,
        "log2": log2,
        "log10": log10,
        "neg": negative,
        "negative": negative,
        "positive": positive,
        "reciprocal": reciprocal,
        "round": _round_method,
        "round_": _round_,
        "rsqrt": rsqrt,
        "sigmoid": sigmoid,
        "sign": sign,
        "sin": sin,
        "sinh": sinh,
        "sqrt": sqrt,
        "square": square,
        "tan": tan,
        "tanh": tanh,
        "trunc": trunc,
        "fix": trunc,
        "ceil_": _InPlace.ceil_,
        "exp_": _InPlace.exp_,
        "exp2_": _InPlace.exp2_,
        "expm1_": _InPlace.expm1_,
        "floor_": _InPlace.floor_,
        "neg_": _InPlace.neg_,
        "reciprocal_": _InPlace.reciprocal_,
        "rsqrt_": _InPlace.rsqrt_,
        "sigmoid_": _InPlace.sigmoid_,
        "sign_": _InPlace.sign_,
        "sqrt_": _InPlace.sqrt_,
        "tan_": _InPlace.tan_,
        "tanh_": _InPlace.tanh_,
        "trunc_": _InPlace.trunc_,
        "abs_": _InPlace.abs_,
        "acos_": _InPlace.acos_,
        "acosh_": _InPlace.acosh_,
        "asin_": _InPlace.asin_,
        "asinh_": _InPlace.asinh_,
        "atan_": _InPlace.atan_,
        "atanh_": _InPlace.atanh_,
        "cos_": _InPlace.cos_,
        "cosh_": _InPlace.cosh_,
        "erf_": _InPlace.erf_,
        "erfc_": _InPlace.erfc_,
        "log_": _InPlace.log_,
        "log1p_": _InPlace.log1p_,
        "log2_": _InPlace.log2_,
        "log10_": _InPlace.log10_,
        "sin_": _InPlace.sin_,
        "sinh_": _InPlace.sinh_,
        "square_": _InPlace.square_,
    }
)
