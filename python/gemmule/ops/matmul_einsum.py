"""einsum: a planner over matmul. Nothing is computed here but permutations and reshapes.

Two operands at a time, letters are sorted into four groups,

    batch     in both and kept       rows      in the left only, kept
    summed    in both, not kept      columns   in the right only, kept

and ``(batch, rows, summed) · (batch, summed, columns)`` is one matmul. Letters of one operand alone
that are not kept are summed first. More operands are joined pairwise, the cheapest pair first.

Source of the notation: Einstein, 1916; NumPy's ``einsum``.
"""

import math

from gemmule.ops.create import diagonal
from gemmule.ops.matmul import matmul
from gemmule.tensor import check_tensor, methods

__all__ = ["einsum", "kron", "tensordot"]


def _parse(equation, operands):
    """Letters of every operand and of the result; an ellipsis becomes letters of its own."""
    if not isinstance(equation, str):
        raise TypeError(f"einsum: expected a str for 'equation', got {type(equation).__name__}")
    equation = equation.replace(" ", "")
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise ValueError(
            f"einsum: {equation!r} names {len(terms)} operands, but {len(operands)} are given"
        )
    spare = iter(range(0x100, 0x200))  # letters no equation is written in
    widest = 0
    for term, x in zip(terms, operands, strict=True):
        if "..." in term:
            widest = max(widest, x.ndim - len(term.replace("...", "")))
    dots = "".join(chr(next(spare)) for _ in range(widest))
    expanded = []
    for i, (term, x) in enumerate(zip(terms, operands, strict=True)):
        letters = term.replace("...", "")
        if term.count("...") > 1 or not all(c.isalpha() and c.isascii() for c in letters):
            raise ValueError(f"einsum: operand {i} of {equation!r} is no sequence of letters")
        count = x.ndim - len(letters)
        if count < 0 or (count and "..." not in term):
            raise ValueError(
                f"einsum: operand {i} has shape {x.shape}, but {term!r} names {len(letters)} axes"
            )
        expanded.append(term.replace("...", dots[len(dots) - count :] if count else ""))
    if arrow:
        result = right.replace("...", dots)
        if "..." not in right and widest:
            raise ValueError(f"einsum: {equation!r} has an ellipsis that its result lacks")
    else:
        joined = "".join(expanded)
        result = dots + "".join(sorted({c for c in joined if joined.count(c) == 1} - set(dots)))
    for c in result:
        if result.count(c) > 1 or not any(c in term for term in expanded):
            raise ValueError(
                f"einsum: letter {c!r} of the result of {equation!r} is unknown or there twice"
            )
    return expanded, result


def _sizes(terms, operands):
    """The size of each letter; sizes of 1 broadcast."""
    sizes: dict[str, int] = {}
    for i, (term, x) in enumerate(zip(terms, operands, strict=True)):
        own: dict[str, int] = {}
        for c, size in zip(term, x.shape, strict=True):
            if own.setdefault(c, size) != size:
                raise ValueError(
                    f"einsum: letter {c!r} stands for sizes {own[c]} and {size} of operand {i}, "
                    f"shape {x.shape}"
                )
            known = sizes.get(c, 1)
            if known not in (1, size) and size != 1:
                raise ValueError(
                    f"einsum: letter {c!r} has size {known}, but size {size} in operand {i} of "
                    f"shape {x.shape}"
                )
            sizes[c] = size if known == 1 else known
    return sizes


def _diagonal(term, x):
    """Repeated letters of one operand: their diagonal, a view."""
    for c in term:
        while term.count(c) > 1:
            first = term.index(c)
            second = term.index(c, first + 1)
            x = diagonal(x, 0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + c
    return term, x


def _arrange(term, x, order):
    """x with its axes in the order of the letters in `order`, and size-1 axes for missing ones."""
    axes = [term.index(c) for c in order if c in term]
    if axes != list(range(x.ndim)):
        x = x.permute(axes)
    shape = [x.shape[axes.index(term.index(c))] if c in term else 1 for c in order]
    return x if len(shape) == x.ndim else x.reshape(shape)


def _keep(term, x, kept):
    """Sum over the letters that nobody else needs."""
    lost = [i for i, c in enumerate(term) if c not in kept]
    if lost:
        x = x.sum(tuple(lost))
        term = "".join(c for c in term if c in kept)
    return term, x


def _pair(term_a, a, term_b, b, kept, sizes):
    """The product of two operands, summed over what is not kept."""
    term_a, a = _keep(term_a, a, kept | set(term_b))
    term_b, b = _keep(term_b, b, kept | set(term_a))
    shared = [c for c in term_a if c in term_b]
    batch = "".join(c for c in shared if c in kept)
    summed = "".join(c for c in shared if c not in kept)
    rows = "".join(c for c in term_a if c not in term_b)
    columns = "".join(c for c in term_b if c not in term_a)
    result = batch + rows + columns
    both = ((term_a, a), (term_b, b))
    broadcast = any(x.shape[t.index(c)] != sizes[c] for c in shared for t, x in both)
    if broadcast or not summed:
        # A size of 1 meets a larger one, or nothing is summed: an elementwise product.
        order = batch + rows + columns + summed
        product = _arrange(term_a, a, order) * _arrange(term_b, b, order)
        return _keep(order, product, set(result))

    def group(letters):
        return math.prod(map(sizes.__getitem__, letters))

    inner = group(summed)
    left = _arrange(term_a, a, batch + rows + summed).reshape((group(batch), group(rows), inner))
    right = _arrange(term_b, b, batch + summed + columns)
    right = right.reshape((group(batch), inner, group(columns)))
    if not batch:
        left, right = left.reshape((group(rows), inner)), right.reshape((inner, group(columns)))
    return result, matmul(left, right).reshape(tuple(map(sizes.__getitem__, result)))


def einsum(equation, *operands):
    """Sums of products over named axes.

    Args:
        equation: such as ``"bij,bjk->bik"``; each letter is an axis, those missing on the right are
            summed. Without ``->`` the letters that occur once are kept, in alphabetical order. An
            ellipsis stands for leading axes that broadcast.
        operands: one tensor for each term (or one list of them).

    Raises:
        ValueError: the equation and the shapes disagree.

    Example:
        >>> import gemmule
        >>> gemmule.einsum("ij,j->i", gemmule.ones(2, 3), gemmule.ones(3)).tolist()
        [3.0, 3.0]
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    xs = list(operands)
    for i, x in enumerate(xs):
        check_tensor(x, "einsum", f"operands[{i}]")
    terms, result = _parse(equation, xs)
    sizes = _sizes(terms, xs)
    for i in range(len(xs)):
        terms[i], xs[i] = _diagonal(terms[i], xs[i])
    while len(xs) > 1:
        i, j = _cheapest(terms, sizes)
        others = [t for k, t in enumerate(terms) if k not in (i, j)]
        kept = set(result).union(*others)
        term, x = _pair(terms[i], xs[i], terms[j], xs[j], kept, sizes)
        for k in (j, i):
            del terms[k], xs[k]
        terms.append(term)
        xs.append(x)
    term, x = _keep(terms[0], xs[0], set(result))
    x = _arrange(term, x, result)
    shape = tuple(map(sizes.__getitem__, result))
    return x if x.shape == shape else x.expand(shape)


def _cheapest(terms, sizes):
    """The pair whose product has the fewest terms (the first of equals)."""
    pairs = [(i, j) for j in range(1, len(terms)) for i in range(j)]
    return min(
        pairs, key=lambda pair: math.prod(sizes[c] for c in {*terms[pair[0]], *terms[pair[1]]})
    )


def tensordot(x1, x2, /, *, axes=2):
    """Sums of products over pairs of axes.

    Args:
        axes: how many last axes of x1 meet the first of x2, or a pair of sequences of axes.

    Raises:
        IndexError: there is no such axis.
        ValueError: sizes that meet differ.
    """
    check_tensor(x1, "tensordot", "x1")
    check_tensor(x2, "tensordot", "x2")
    if isinstance(axes, int):
        if not 0 <= axes <= min(x1.ndim, x2.ndim):
            raise IndexError(
                f"tensordot: {axes} axes are out of range for shapes {x1.shape} and {x2.shape}"
            )
        left, right = list(range(x1.ndim - axes, x1.ndim)), list(range(axes))
    else:
        left, right = ([a] if isinstance(a, int) else list(a) for a in axes)
        for x, own in ((x1, left), (x2, right)):
            for i, a in enumerate(own):
                if not -x.ndim <= a < x.ndim:
                    raise IndexError(f"tensordot: axis {a} is out of range for shape {x.shape}")
                own[i] = a % x.ndim
    if [x1.shape[a] for a in left] != [x2.shape[a] for a in right]:
        raise ValueError(
            f"tensordot: axes {left} of shape {x1.shape} do not meet axes {right} of {x2.shape}"
        )
    rows = [a for a in range(x1.ndim) if a not in left]
    columns = [a for a in range(x2.ndim) if a not in right]
    inner = math.prod(x1.shape[a] for a in left)
    a = x1.permute([*rows, *left]).reshape((math.prod(x1.shape[i] for i in rows), inner))
    b = x2.permute([*right, *columns]).reshape((inner, math.prod(x2.shape[i] for i in columns)))
    shape = [x1.shape[i] for i in rows] + [x2.shape[i] for i in columns]
    return matmul(a, b).reshape(shape)


def kron(input, other):
    """The Kronecker product: `other` times each element of `input`, in its place.

    Args:
        input, other: tensors of any dtype, of shapes (a₁, …) and (b₁, …) of at most 8 axes; the
            shorter one has axes of size 1 put in front.

    Returns:
        Shape (a₁·b₁, …), of the dtype that ``input * other`` has.

    Raises:
        TypeError: one is no Tensor.
        ValueError: one has more than 8 axes.

    Example:
        >>> gemmule.kron(gemmule.tensor([1, 10]), gemmule.tensor([[1], [2]]))
        tensor([[ 1, 10],
                [ 2, 20]])
    """
    check_tensor(input, "kron")
    check_tensor(other, "kron", "other")
    ndim = max(input.ndim, other.ndim)
    if ndim > 8:  # each axis takes two on the way, and there are at most 16
        raise ValueError(
            "kron: expected at most 8 dimensions for 'input' and 'other', got shapes "
            f"{input.shape} and {other.shape}"
        )
    left = (1,) * (ndim - input.ndim) + input.shape
    right = (1,) * (ndim - other.ndim) + other.shape
    # (a₁, 1, a₂, 1, …) · (1, b₁, 1, b₂, …)
    a = input.reshape([size for n in left for size in (n, 1)])
    b = other.reshape([size for n in right for size in (1, n)])
    return (a * b).reshape([m * n for m, n in zip(left, right, strict=True)])


methods({"kron": kron})
