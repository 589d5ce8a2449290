"""Rows of a table by index, and indices as one-hot rows."""

from gemmule import _C
from gemmule.autograd import track
from gemmule.tensor import as_array, raw, wrap

__all__ = ["embedding", "one_hot"]

_embedding, _backward = _C.embedding, _C.embedding_backward


def embedding(
    input,
    weight,
    padding_idx=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    sparse=False,
):
    """The rows of `weight` that `input` names, as torch.nn.functional.embedding.

    Args:
        input: integer tensor of any shape (…), each in [0, rows).
        weight: tensor (rows, width), any dtype.
        padding_idx: a row that gets no gradient; negative counts from the end.
        max_norm: scale the rows that are looked up, in place, to a norm of at most this first.
        norm_type: p of that norm, above 0, or infinity.
        scale_grad_by_freq: divide each row's gradient by how often it was looked up.
        sparse: accepted for PyTorch's sake; the gradient is dense.

    Returns:
        Tensor (…, width).

    Raises:
        IndexError: an index is outside [0, rows); the message names it and its position.
        TypeError: the indices are no integers.
        ValueError: `weight` has not two dimensions, or `padding_idx` is outside it.

    Example:
        >>> import gemmule
        >>> weight = gemmule.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
        >>> gemmule.embedding(gemmule.tensor([2, 0]), weight).tolist()
        [[4.0, 5.0], [0.0, 1.0]]
    """
    indices, table = as_array(input, "embedding"), as_array(weight, "embedding", "weight")
    if max_norm is not None:
        _C.embedding_renorm(table, indices, max_norm, norm_type)
    rows = table.shape[0] if table.ndim else 0
    padding = -1
    if padding_idx is not None:
        padding = padding_idx + rows if padding_idx < 0 else padding_idx
        if not 0 <= padding < rows:
            raise ValueError(
                f"embedding: padding_idx {padding_idx} is outside the {rows} rows of weight"
            )
    return track(
        _embedding(table, indices),
        (weight,),
        _embedding_vjp,
        (indices, rows, padding, scale_grad_by_freq),
    )


def _embedding_vjp(gs, needs, indices, rows, padding, mean):
    return (_backward(gs[0], indices, rows, padding, mean),)


def one_hot(tensor, num_classes=-1):
    """A 1 at each index and 0 elsewhere, as torch.nn.functional.one_hot.

    Args:
        tensor: integer tensor of any shape (…), each in [0, num_classes).
        num_classes: size of the new last dimension; -1 takes the largest index plus 1.

    Returns:
        int64 tensor (…, num_classes).

    Raises:
        IndexError: an index is outside [0, num_classes).
        TypeError: the indices are no integers.
    """
    return wrap(_C.one_hot(raw(tensor), num_classes))
