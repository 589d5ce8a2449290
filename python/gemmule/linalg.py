"""Linear algebra after the array API's extension: NumPy (LAPACK) on the tensors' own memory.

Products and what is made of them (:func:`matmul`, :func:`vecdot`, :func:`outer`,
:func:`tensordot`, :func:`cross`, :func:`trace`, :func:`diagonal`, :func:`vector_norm`) record
gradients, as do :func:`inv`, :func:`solve`, :func:`lstsq`, :func:`det` and :func:`slogdet`;
decompositions do not, and say so when asked to.
"""

from typing import NamedTuple

import numpy

from gemmule import _C
from gemmule.autograd import track, track_many
from gemmule.dtypes import as_dtype, finfo
from gemmule.ops.cast import astype
from gemmule.ops.create import diagonal as _diagonal
from gemmule.ops.host import borrow, borrow_all, own
from gemmule.ops.index import _axis
from gemmule.ops.matmul import _product, matmul, vecdot
from gemmule.ops.matmul_einsum import tensordot
from gemmule.ops.reduce import norm as _norm
from gemmule.ops.reduce import sum as _sum
from gemmule.ops.shape import matrix_transpose, moveaxis
from gemmule.ops.shape_join import stack
from gemmule.public import public as _public
from gemmule.tensor import Tensor, check_tensor, raw, wrap

__all__ = [
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


class EighResult(NamedTuple):
    """What :func:`eigh` gives."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class QRResult(NamedTuple):
    """What :func:`qr` gives."""

    Q: Tensor
    R: Tensor


class SlogdetResult(NamedTuple):
    """What :func:`slogdet` gives."""

    sign: Tensor
    logabsdet: Tensor


class SVDResult(NamedTuple):
    """What :func:`svd` gives."""

    U: Tensor
    S: Tensor
    Vh: Tensor


def _check(op, x, square=False):
    """Raise unless x is a stack of (square) matrices of floating point."""
    check_tensor(x, op, "x")
    shape = x.shape
    if len(shape) < 2 or (square and shape[-1] != shape[-2]):
        kind = "square matrices (…, n, n)" if square else "matrices (…, m, n)"
        raise ValueError(f"{op}: expected {kind}, got shape {shape}")
    if x.dtype is not _C.float32 and x.dtype is not _C.float64:
        raise TypeError(f"{op}: expected float32 or float64, got {x.dtype.name}")


def _on_host(name, function, *arrays):
    """An Array of what NumPy makes of Arrays, through the launch door."""
    return own(_C.host_op(name, function, *[numpy.asarray(a) for a in arrays]))


# ---- systems -------------------------------------------------------------------------------------


def inv(x, /):
    """Inverses of square matrices.

    Args:
        x: shape (…, n, n), float32 or float64.

    Raises:
        ValueError: a matrix is singular (NumPy's LinAlgError), or not square.
    """
    _check("inv", x, square=True)
    y = _on_host("inv", numpy.linalg.inv, raw(x))
    return track(y, (x,), _inv_vjp, (y,))


def _inv_vjp(gs, needs, y):
    # Y = X⁻¹: dX = -Yᵀ·G·Yᵀ.
    t = _C.transpose(y)
    return (-_product(_product(t, gs[0]), t),)


def solve(x1, x2, /):
    """The solutions y of x1·y = x2.

    Args:
        x1: shape (…, n, n), float32 or float64.
        x2: shape (n,), a vector for every matrix, or (…, n, k).

    Raises:
        ValueError: a matrix is singular (NumPy's LinAlgError), or the shapes do not fit.
    """
    _check("solve", x1, square=True)
    if not isinstance(x2, Tensor) or x2.ndim == 0 or x2.shape[-2:][0] != x1.shape[-1]:
        got = x2.shape if isinstance(x2, Tensor) else type(x2).__name__
        raise ValueError(
            f"solve: x1 of shape {x1.shape} needs {x1.shape[-1]} rows in x2, got {got}"
        )
    if x2.ndim == 1:
        return solve(x1, x2[:, None])[..., 0]
    dtype = _C.promote_types(x1.dtype, x2.dtype)
    if not dtype.is_floating_point or not x2.dtype.is_floating_point:
        raise TypeError(f"solve: expected float32 or float64, got {x2.dtype.name}")
    a, b = _C.astype(raw(x1), dtype), _C.astype(raw(x2), dtype)
    y = _on_host("solve", _solve, a, b)
    return track(y, (x1, x2), _solve_vjp, (a, y))


def _solve(a, b):
    # NumPy before 2.0 took a stack of matrices for vectors where b has one axis less than a.
    return numpy.linalg.solve(a, b.reshape((1,) * (a.ndim - b.ndim) + b.shape))


def _solve_vjp(gs, needs, a, y):
    # A·Y = B: dB = A⁻ᵀ·G, dA = -dB·Yᵀ.
    db = _on_host("solve", _solve, _C.transpose(a), gs[0])
    return -_product(db, _C.transpose(y)) if needs[0] else None, db


class LstsqResult(NamedTuple):
    """What :func:`lstsq` gives."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


def lstsq(x1, x2, /, rcond=None):
    """The y that makes x1·y closest to x2: the least sum of squares, and of several the shortest y.

    Args:
        x1: matrix (m, n), float32 or float64.
        x2: a vector (m,), or (m, k).
        rcond: singular values below rcond · the largest are taken as 0; None is max(m, n) times the
            dtype's epsilon.

    Returns:
        (solution, residuals, rank, singular_values): (n,) or (n, k); the sums of squares left over,
        (1,) or (k,), empty unless rank = n < m; (), int64; (min(m, n),). The solution and the
        residuals have a gradient, that of a rank which stays as it is; the others have none.

    Raises:
        TypeError: the dtypes are others, or two.
        ValueError: shapes do not fit, or `rcond` is negative.
    """
    _check("lstsq", x1)
    check_tensor(x2, "lstsq", "x2")
    if x1.ndim != 2 or x2.ndim not in (1, 2) or x2.shape[0] != x1.shape[0]:
        raise ValueError(
            "lstsq: expected a matrix (m, n) and a right side (m,) or (m, k), got shapes "
            f"{x1.shape} and {x2.shape}"
        )
    if x1.dtype is not x2.dtype:
        raise TypeError(f"lstsq: x1 is {x1.dtype.name}, but x2 is {x2.dtype.name}")
    a, b = raw(x1), raw(x2)
    least = max(x1.shape) * finfo(x1.dtype).eps if rcond is None else float(rcond)
    if not least >= 0:  # NumPy takes -1 for an epsilon of its own, and pinv does not
        raise ValueError(f"lstsq: rcond must be at least 0, or None, got {rcond}")
    found = _C.host_op("lstsq", _lstsq, numpy.asarray(a), numpy.asarray(b), least)
    y, residuals, rank, values = (own(part) for part in found)
    solution, squares = track_many((y, residuals), (x1, x2), _lstsq_vjp, (a, b, y, least))
    return LstsqResult(solution, squares, wrap(rank), wrap(values))


def _lstsq(a, b, rcond):
    solution, residuals, rank, values = numpy.linalg.lstsq(a, b, rcond)
    return solution, residuals, numpy.asarray(rank, numpy.int64), values


def _lstsq_vjp(gs, needs, a, b, y, rcond):
    # With P = A⁺ of a rank that stays, Y = P·B and R = B - A·Y:
    # dP = -P·dA·P + P·Pᵀ·dAᵀ·(I - A·P) + (I - P·A)·dAᵀ·Pᵀ·P  (Golub and Pereyra, 1973), so that
    # dB = Pᵀ·G and dA = -Pᵀ·G·Yᵀ + R·(P·Pᵀ·G)ᵀ + Pᵀ·Y·(G - P·A·G)ᵀ.
    # The residuals Σ R² are least in Y, so that dY does not count: dB = 2·R·G and dA = -2·R·G·Yᵀ.
    given = (None if g is None else numpy.asarray(g) for g in gs)
    found = _C.host_op("lstsq", _lstsq_gradients, *given, *map(numpy.asarray, (a, b, y)), rcond)
    return tuple(own(part) if needed else None for part, needed in zip(found, needs, strict=True))


def _lstsq_gradients(g, squares, a, b, y, rcond):
    shape = b.shape
    columns = shape[1] if b.ndim == 2 else 1
    b, y = (part.reshape(len(part), columns) for part in (b, y))
    rest = b - a @ y
    da, db = numpy.zeros_like(a), numpy.zeros_like(b)
    if g is not None:
        g = g.reshape(y.shape)
        p = numpy.linalg.pinv(a, rcond)
        db = p.T @ g
        da = rest @ (p @ db).T - db @ y.T + p.T @ y @ (g - p @ (a @ g)).T
    if squares is not None and squares.size:  # empty where the rank leaves no residuals
        flow = 2 * rest * squares
        da, db = da - flow @ y.T, db + flow
    return da, db.reshape(shape)


def det(x, /):
    """Determinants of square matrices (…, n, n): shape (…)."""
    _check("det", x, square=True)
    a = raw(x)
    y = _on_host("det", numpy.linalg.det, a)
    return track(y, (x,), _det_vjp, (a, y))


def _det_vjp(gs, needs, a, y):
    # d det X = det X · tr(X⁻¹ dX): a singular X has no such gradient, and LAPACK says so.
    g = gs[0] * y
    return (_C.reshape(g, (*g.shape, 1, 1)) * _C.transpose(_on_host("det", numpy.linalg.inv, a)),)


def slogdet(x, /):
    """Sign and logarithm of the magnitude of determinants; 0 and -inf of singular matrices."""
    _check("slogdet", x, square=True)
    a = raw(x)
    sign, logarithm = _C.host_op("slogdet", numpy.linalg.slogdet, numpy.asarray(a))
    outputs = (own(sign), own(logarithm))
    return SlogdetResult(*track_many(outputs, (x,), _slogdet_vjp, (a,)))


def _slogdet_vjp(gs, needs, a):
    # d log|det X| = tr(X⁻¹ dX); the sign is constant.
    g = gs[1]
    if g is None:
        return (_C.zeros(a.shape, a.dtype),)
    inverse = _on_host("slogdet", numpy.linalg.inv, a)
    return (_C.reshape(g, (*g.shape, 1, 1)) * _C.transpose(inverse),)


def matrix_power(x, n, /):
    """Square matrices to an integer power; of their inverses if it is negative."""
    _check("matrix_power", x, square=True)
    return borrow("matrix_power", numpy.linalg.matrix_power, x, int(n))


def pinv(x, /, *, rtol=None):
    """Moore-Penrose pseudo-inverses, singular values below rtol · the largest taken as 0.

    Args:
        x: shape (…, m, n).
        rtol: a number or a tensor of shape (…); None is max(m, n) times the dtype's epsilon.
    """
    _check("pinv", x)
    return borrow("pinv", numpy.linalg.pinv, x, _tolerance(x, rtol))


def matrix_rank(x, /, *, rtol=None):
    """How many singular values of matrices exceed rtol · the largest (int64). See :func:`pinv`."""
    _check("matrix_rank", x)
    return borrow("matrix_rank", _rank, x, _tolerance(x, rtol))


def _rank(a, rtol):
    values = numpy.linalg.svd(a, compute_uv=False)
    if values.shape[-1] == 0:
        return numpy.zeros(values.shape[:-1], numpy.int64)
    above = values > values[..., :1] * numpy.asarray(rtol)[..., None]
    return numpy.count_nonzero(above, axis=-1).astype(numpy.int64)


def _tolerance(x, rtol):
    if rtol is None:
        return numpy.asarray(max(x.shape[-2:]) * finfo(x.dtype).eps, x.dtype.name)
    if isinstance(rtol, Tensor):
        return rtol.detach().numpy()
    return numpy.asarray(float(rtol), x.dtype.name)


# ---- decompositions ------------------------------------------------------------------------------


def cholesky(x, /, *, upper=False):
    """The lower triangular L with L·Lᵀ = x, or the upper U with Uᵀ·U = x.

    Args:
        x: symmetric positive definite matrices (…, n, n).

    Raises:
        ValueError: a matrix is not positive definite (NumPy's LinAlgError).
    """
    _check("cholesky", x, square=True)
    lower = borrow("cholesky", numpy.linalg.cholesky, x)
    return matrix_transpose(lower).contiguous() if upper else lower


def eigh(x, /):
    """Eigenvalues, ascending, and eigenvectors (in columns) of symmetric matrices (…, n, n)."""
    _check("eigh", x, square=True)
    return EighResult(*borrow_all("eigh", _eigh, x))


def _eigh(a):
    return tuple(numpy.linalg.eigh(a))


def eigvalsh(x, /):
    """Eigenvalues of symmetric matrices (…, n, n), ascending: shape (…, n)."""
    _check("eigvalsh", x, square=True)
    return borrow("eigvalsh", numpy.linalg.eigvalsh, x)


def qr(x, /, *, mode="reduced"):
    """Q·R = x with orthonormal columns in Q and triangular R.

    Args:
        x: shape (…, m, n).
        mode: ``"reduced"``: Q of shape (…, m, min(m, n)); ``"complete"``: (…, m, m).
    """
    _check("qr", x)
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode must be 'reduced' or 'complete', got {mode!r}")
    return QRResult(*borrow_all("qr", _qr, x, mode))


def _qr(a, mode):
    return tuple(numpy.linalg.qr(a, "complete" if mode == "complete" else "reduced"))


def svd(x, /, *, full_matrices=True):
    """U·diag(S)·Vh = x, S descending.

    Args:
        x: shape (…, m, n).
        full_matrices: False gives min(m, n) columns of U and rows of Vh only.
    """
    _check("svd", x)
    return SVDResult(*borrow_all("svd", _svd, x, bool(full_matrices)))


def _svd(a, full_matrices):
    return tuple(numpy.linalg.svd(a, full_matrices=full_matrices))


def svdvals(x, /):
    """Singular values of matrices (…, m, n), descending: shape (…, min(m, n))."""
    _check("svdvals", x)
    return borrow("svdvals", _svdvals, x)


def _svdvals(a):
    return numpy.linalg.svd(a, compute_uv=False)


# ---- norms, products, diagonals ------------------------------------------------------------------


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    """Norms of matrices (…, m, n): shape (…).

    Args:
        ord: ``"fro"`` (the root of the sum of squares), ``"nuc"`` (the sum of singular values),
            1, -1 (largest, smallest column sum), inf, -inf (row sum), 2, -2 (singular value).
        keepdims: keep the two axes, with size 1.
    """
    _check("matrix_norm", x)
    if ord == "fro":
        return _norm(x, 2, (-2, -1), keepdims)
    if ord != "nuc" and ord not in (1, -1, 2, -2, float("inf"), float("-inf")):
        raise ValueError(f"matrix_norm: ord must be 'fro', 'nuc', ±1, ±2 or ±inf, got {ord!r}")
    return borrow("matrix_norm", _matrix_norm, x, ord, bool(keepdims))


def _matrix_norm(a, order, keepdims):
    return numpy.asarray(numpy.linalg.norm(a, order, (-2, -1), keepdims), a.dtype)


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """The norm (Σ |x|^ord)^(1/ord) over axes. See :func:`gemmule.norm`.

    Args:
        x: floating-point tensor.
        axis: an int, several, or None for all elements.
        keepdims: keep the axes, with size 1.
        ord: any number; ±inf: largest, smallest magnitude; 0: how many are not 0.
    """
    if isinstance(axis, tuple) and not axis:
        return abs(x) if ord != 0 else astype(x != 0, x.dtype)
    return _norm(x, ord, axis, keepdims)


def outer(x1, x2, /):
    """All products of two vectors: shape (n, m)."""
    check_tensor(x1, "outer", "x1")
    check_tensor(x2, "outer", "x2")
    for x in (x1, x2):
        if x.ndim != 1:
            raise ValueError(f"outer: expected vectors, got shapes {x1.shape} and {x2.shape}")
    return x1[:, None] * x2


def cross(x1, x2, /, *, axis=-1):
    """Cross products of vectors of 3 elements along an axis.

    Raises:
        ValueError: an axis has another size.
    """
    check_tensor(x1, "cross", "x1")
    check_tensor(x2, "cross", "x2")
    axes = [_axis("cross", axis, x.ndim) for x in (x1, x2)]
    for x, at in zip((x1, x2), axes, strict=True):
        if x.shape[at] != 3:
            raise ValueError(f"cross: axis {axis} of shape {x.shape} has size {x.shape[at]}, not 3")
    a, b = moveaxis(x1, axis, -1), moveaxis(x2, axis, -1)
    parts = []
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        parts.append(a[..., j] * b[..., k] - a[..., k] * b[..., j])
    # axis counts from the end: from the front it means the same only for equal ranks.
    return stack(parts, axis=axis)


def diagonal(x, /, *, offset=0):
    """A view of the diagonals of matrices (…, m, n)."""
    return _diagonal(x, offset, -2, -1)


def trace(x, /, *, offset=0, dtype=None):
    """The sums of the diagonals of matrices (…, m, n): shape (…). Integers as in :func:`sum`."""
    return _sum(
        diagonal(x, offset=offset), axis=-1, dtype=None if dtype is None else as_dtype(dtype)
    )


_public(globals(), __name__)
