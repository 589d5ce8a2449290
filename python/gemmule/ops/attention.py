"""Scaled dot-product attention, in tiles: the matrix of scores is never held in memory.

Source: Vaswani et al., "Attention is all you need", 2017; in tiles with a running softmax: Milakov
and Gimelshein, "Online normalizer calculation for softmax", 2018, and Dao et al., "FlashAttention",
2022.
"""

import math

from gemmule import _C
from gemmule.autograd import recording, track
from gemmule.ops.compare import where
from gemmule.ops.create import arange
from gemmule.ops.dropout import dropout
from gemmule.ops.matmul import matmul
from gemmule.ops.precision import lowered
from gemmule.ops.reduce import amax
from gemmule.ops.shape import matrix_transpose
from gemmule.ops.shape_join import repeat_interleave
from gemmule.ops.softmax import softmax
from gemmule.tensor import as_array, raw

__all__ = ["scaled_dot_product_attention"]

_attention, _attention_backward = _C.attention, _C.attention_backward
_infinity = math.inf


@lowered
def scaled_dot_product_attention(
    query,
    key,
    value,
    attn_mask=None,
    dropout_p=0.0,
    is_causal=False,
    scale=None,
    enable_gqa=False,
):
    """softmax(scale · query · keyᵀ + mask) · value.

    With `dropout_p`, or where `attn_mask` requires grad, it is composed of matmul and softmax and
    does hold the matrix of scores; else memory grows with L + S alone.

    Args:
        query: shape (…, L, E), float32 or float64.
        key: shape (…, S, E), of the same dtype.
        value: shape (…, S, Ev), of the same dtype.
        attn_mask: broadcastable to (…, L, S): bool, true for what takes part, or numbers of the
            same dtype added to the scaled scores. A query for which nothing takes part (false or
            -inf for every key) gives 0; one whose every key has the same finite number added,
            were it the lowest float, is not masked at all.
        dropout_p: probability with which a weight is set to 0.
        is_causal: query i sees the keys 0 … i only; with `attn_mask`, those of them that it
                lets through.
        scale: 1/√E if None.
        enable_gqa: the third axis from the end counts heads; key and value may have fewer than
            query, by a whole factor, and each serves as many neighbouring heads of query.

    Returns:
        Shape (…, L, Ev); all leading axes are broadcast.

    Raises:
        TypeError: the dtypes differ.
        ValueError: the shapes do not fit.
    """
    op = "scaled_dot_product_attention"
    q, k, v = as_array(query, op, "query"), as_array(key, op, "key"), as_array(value, op, "value")
    if scale is None:
        scale = 1.0 / math.sqrt(q.shape[-1]) if q.ndim and q.shape[-1] else 1.0
    mask = None if attn_mask is None else raw(attn_mask)
    if dropout_p != 0.0 or (mask is not None and recording((attn_mask,))):
        _C.attention_check(q, k, v, enable_gqa, mask)
        return _composed(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)
    out, rows = _attention(q, k, v, is_causal, scale, enable_gqa, mask)
    return track(
        out,
        (query, key, value),
        _scaled_dot_product_attention_vjp,
        (q, k, v, out, rows, is_causal, scale, enable_gqa, mask),
    )


def _scaled_dot_product_attention_vjp(gs, needs, q, k, v, out, rows, causal, scale, gqa, mask):
    # D = Σ dO∘O, P = softmax(S): dV = Pᵀ·dO, dS = P∘(dO·Vᵀ - D), dQ = dS·K, dK = dSᵀ·Q
    return _attention_backward(gs[0], q, k, v, out, rows, causal, scale, gqa, mask)


def _composed(query, key, value, mask, dropout_p, causal, scale, gqa):
    """The same by whole matrices of scores."""
    if gqa:
        groups = query.shape[-3] // key.shape[-3]
        key = repeat_interleave(key, groups, key.ndim - 3)
        value = repeat_interleave(value, groups, value.ndim - 3)
    scores = matmul(query * scale, matrix_transpose(key))
    if mask is not None:
        hides = raw(mask).dtype is _C.bool_
        scores = where(mask, scores, -_infinity) if hides else scores + mask
    if causal:
        rows, columns = scores.shape[-2:]
        scores = where(arange(rows).reshape((rows, 1)) >= arange(columns), scores, -_infinity)
    if mask is None or scores.shape[-1] == 0:
        weights = softmax(scores, -1)
    else:
        # A row without a key would give NaN, and NaN gradients to what it shares.
        empty = amax(scores.detach(), -1, keepdim=True) == -_infinity
        weights = where(empty, 0.0, softmax(where(empty, 0.0, scores), -1))
    return matmul(dropout(weights, dropout_p), value)
