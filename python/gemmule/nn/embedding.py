"""Embedding layers: rows of a table by their numbers, one by one or in bags."""

import numpy

from gemmule import asarray, embedding, gather, scatter_add, where, zeros
from gemmule.nn import init
from gemmule.nn._sizes import check_sizes
from gemmule.nn.module import Module
from gemmule.nn.parameter import Parameter, new_parameter
from gemmule.tensor import check_tensor

__all__ = ["Embedding", "EmbeddingBag"]


def embedding_bag(
    input,
    weight,
    offsets=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    mode="mean",
    sparse=False,
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=None,
):
    """Sums, means or maxima over bags of a table's rows.

    Args:
        input: (N, L), a bag in each row; or (T,), all bags one behind the other.
        weight: (num_embeddings, embedding_dim).
        offsets: for an input (T,), where each bag starts.
        mode: ``"sum"``, ``"mean"`` or ``"max"``; an empty bag is zero.
        per_sample_weights: for ``"sum"``, a factor for each index, of the input's shape.
        include_last_offset: whether the offsets end with T.
        padding_idx: an index that no bag counts, or None.
        others: as in :class:`Embedding`.

    Raises:
        ValueError: offsets are missing, superfluous or not ascending from 0.
    """
    check_tensor(input, "embedding_bag")
    check_tensor(weight, "embedding_bag", "weight")
    if per_sample_weights is not None:
        check_tensor(per_sample_weights, "embedding_bag", "per_sample_weights")
    bags, starts = _bags(input, offsets, include_last_offset)
    if per_sample_weights is not None and mode != "sum":
        raise ValueError(f"embedding_bag: per_sample_weights go with mode 'sum', not {mode!r}")
    numbers = input.reshape((-1,))
    factors = None if per_sample_weights is None else per_sample_weights.reshape((-1, 1))
    if padding_idx is not None:
        padding_idx %= weight.shape[0]
        kept = numpy.flatnonzero(numbers.numpy() != padding_idx)
        numbers, bags = numbers[asarray(kept)], bags[kept]
        factors = None if factors is None else factors[asarray(kept)]
    rows = embedding(numbers, weight, None, max_norm, norm_type, scale_grad_by_freq, sparse)
    counts = numpy.bincount(bags, minlength=starts)
    if mode == "max":
        return _largest(rows, bags, counts)
    if factors is not None:
        rows = rows * factors
    where_to = asarray(bags).reshape((-1, 1)).expand(rows.shape)
    sums = scatter_add(zeros((starts, weight.shape[1]), dtype=rows.dtype), 0, where_to, rows)
    if mode == "sum":
        return sums
    return sums / asarray(counts.clip(min=1).reshape(-1, 1), dtype=rows.dtype)


def _bags(input, offsets, include_last_offset):
    """(each index's bag, number of bags)."""
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError("embedding_bag: offsets go with an input of one dimension")
        count, length = input.shape
        return numpy.repeat(numpy.arange(count), length), count
    if input.ndim != 1 or offsets is None:
        raise ValueError(
            f"embedding_bag: an input (N, L), or (T,) with offsets, is expected, got {input.shape}"
        )
    check_tensor(offsets, "embedding_bag", "offsets")
    ends = offsets.numpy()
    starts = ends[:-1] if include_last_offset else ends
    if len(starts) == 0 or starts[0] != 0 or (numpy.diff(ends) < 0).any() or ends[-1] > len(input):
        raise ValueError("embedding_bag: offsets must ascend from 0 to the number of indices")
    return numpy.searchsorted(starts, numpy.arange(len(input)), side="right") - 1, len(starts)


def _largest(rows, bags, counts):
    """The maxima of each bag's rows."""
    if not len(bags):
        return zeros((len(counts), rows.shape[1]), dtype=rows.dtype)
    # (bags, longest): the row of each place; places beyond a bag's end repeat its last row.
    longest = numpy.arange(max(counts.max(), 1))
    firsts = counts.cumsum() - counts
    places = firsts[:, None] + numpy.minimum(longest, (counts[:, None] - 1).clip(min=0))
    places = asarray(places.clip(max=len(bags) - 1).reshape(-1, 1)).expand(-1, rows.shape[1])
    spread = gather(rows, 0, places).reshape((len(counts), len(longest), rows.shape[1]))
    return where(asarray(counts[:, None] > 0), spread.max(1).values, 0.0)


class _Table(Module):
    """What both share: a table of num_embeddings rows, one of which may stay zero."""

    max_norm: float | None
    norm_type: float
    scale_grad_by_freq: bool

    def _set_table(self, num_embeddings, embedding_dim, padding_idx, weight, freeze, device, dtype):
        check_sizes(self, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ValueError(
                    f"{type(self).__name__}: padding_idx {padding_idx} is out of range for "
                    f"{num_embeddings} embeddings"
                )
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        if weight is None:
            self.weight = new_parameter((num_embeddings, embedding_dim), device, dtype)
            self.weight.requires_grad_(not freeze)
            self.reset_parameters()
            return
        if weight.shape != (num_embeddings, embedding_dim):
            raise ValueError(
                f"{type(self).__name__}: a weight of shape {(num_embeddings, embedding_dim)} is "
                f"expected, got {weight.shape}"
            )
        self.weight = Parameter(weight, requires_grad=not freeze)

    def reset_parameters(self):
        """Draw new normal values; the row at padding_idx becomes zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            init.zeros_(self.weight.detach()[self.padding_idx])

    def _options(self):
        text = ""
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            text += f", norm_type={self.norm_type}"
        if self.scale_grad_by_freq:
            text += f", scale_grad_by_freq={self.scale_grad_by_freq}"
        return text


class Embedding(_Table):
    """The rows of a learned table whose numbers the input holds.

    Args:
        num_embeddings: rows of the table.
        embedding_dim: their length.
        padding_idx: a row that is zero at first and gets no gradient, or None.
        max_norm: rows that are looked up are first shrunk, in place, to this norm at most; or None.
        norm_type: p of that norm.
        scale_grad_by_freq: whether to divide a row's gradient by how often it was looked up.
        sparse: accepted for PyTorch's sake; gradients are dense.

    Attributes:
        weight: (num_embeddings, embedding_dim), at first standard normal.
    """

    def __init__(
        self,
        num_embeddings,
        embedding_dim,
        padding_idx=None,
        max_norm=None,
        norm_type=2.0,
        scale_grad_by_freq=False,
        sparse=False,
        _weight=None,
        _freeze=False,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        self._set_table(num_embeddings, embedding_dim, padding_idx, _weight, _freeze, device, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings,
        freeze=True,
        padding_idx=None,
        max_norm=None,
        norm_type=2.0,
        scale_grad_by_freq=False,
        sparse=False,
    ):
        """An Embedding whose table is the given matrix, not learned where `freeze`."""
        if embeddings.ndim != 2:
            raise ValueError(f"from_pretrained: a matrix is expected, got shape {embeddings.shape}")
        rows, columns = embeddings.shape
        return cls(
            rows,
            columns,
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
            _weight=embeddings,
            _freeze=freeze,
        )

    def forward(self, input):
        return embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    def extra_repr(self):
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            text += f", padding_idx={self.padding_idx}"
        return text + self._options() + (", sparse=True" if self.sparse else "")


class EmbeddingBag(_Table):
    """Sums, means or maxima over bags of a table's rows.

    Args:
        mode: ``"sum"``, ``"mean"`` or ``"max"``.
        include_last_offset: whether the offsets end with the number of indices.
        padding_idx: a row that no bag counts, or None.
        others: as in :class:`Embedding`.

    Attributes:
        weight: (num_embeddings, embedding_dim), at first standard normal.
    """

    def __init__(
        self,
        num_embeddings,
        embedding_dim,
        max_norm=None,
        norm_type=2.0,
        scale_grad_by_freq=False,
        mode="mean",
        sparse=False,
        _weight=None,
        include_last_offset=False,
        padding_idx=None,
        device=None,
        dtype=None,
    ):
        super().__init__()
        if mode not in ("sum", "mean", "max"):
            raise ValueError(f"EmbeddingBag: mode is 'sum', 'mean' or 'max', got {mode!r}")
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self._set_table(num_embeddings, embedding_dim, padding_idx, _weight, False, device, dtype)

    def forward(self, input, offsets=None, per_sample_weights=None):
        return embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self):
        text = f"{self.num_embeddings}, {self.embedding_dim}{self._options()}, mode={self.mode!r}"
        return text if self.padding_idx is None else f"{text}, padding_idx={self.padding_idx}"
