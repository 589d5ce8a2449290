"""Multi-head attention, as a function and as a layer: Vaswani and others, 2017."""

import math

from gemmule import (
    _C,
    concat,
    dropout,
    linear,
    logical_not,
    matmul,
    ones,
    scaled_dot_product_attention,
    softmax,
    triu,
    where,
    zeros,
)
from gemmule.nn import init
from gemmule.nn._sizes import check_sizes
from gemmule.nn.linear import NonDynamicallyQuantizableLinear
from gemmule.nn.module import Module
from gemmule.nn.parameter import Parameter, new_parameter
from gemmule.tensor import check_tensor

__all__ = ["MultiheadAttention"]


def multi_head_attention_forward(
    query,
    key,
    value,
    embed_dim_to_check,
    num_heads,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    training=True,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    use_separate_proj_weight=False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    static_k=None,
    static_v=None,
    average_attn_weights=True,
    is_causal=False,
):
    """What :class:`MultiheadAttention` computes, of (L, N, E), with the weights as arguments."""
    for tensor, name in ((query, "query"), (key, "key"), (value, "value")):
        check_tensor(tensor, "multi_head_attention_forward", name)
    if query.shape[-1:] != (embed_dim_to_check,):
        raise ValueError(
            f"multi_head_attention_forward: queries of size {embed_dim_to_check} are expected, "
            f"got shape {query.shape}"
        )
    if use_separate_proj_weight:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
    else:
        weights = in_proj_weight
    return _multi_head(
        (query, key, value),
        num_heads,
        (weights, in_proj_bias),
        (out_proj_weight, out_proj_bias),
        extra=(bias_k, bias_v, add_zero_attn),
        static=(static_k, static_v),
        masks=(attn_mask, key_padding_mask, is_causal),
        dropout_p=dropout_p if training else 0.0,
        need_weights=need_weights,
        average=average_attn_weights,
        batch_first=False,
    )


def _multi_head(
    inputs,
    num_heads,
    projection,
    out_projection,
    *,
    extra,
    static,
    masks,
    dropout_p,
    need_weights,
    average,
    batch_first,
):
    """(output, weights or None) of attention by heads; the pairs and triples are as in the call."""
    query, key, value = inputs
    _check_inputs(query, key, value, batch_first)
    batched = query.ndim == 3
    if not batched:
        one = 0 if batch_first else 1
        query = query.unsqueeze(one)
        key = query if inputs[1] is inputs[0] else key.unsqueeze(one)
        value = key if inputs[2] is inputs[1] else value.unsqueeze(one)
        inputs = (query, key, value)
        attn_mask, key_padding_mask, is_causal = masks
        if key_padding_mask is not None:
            masks = (attn_mask, key_padding_mask.unsqueeze(0), is_causal)
    q, k, v = _project(*inputs, *projection)
    q = _heads(q, num_heads, batch_first)
    batch, length, size = q.shape[0], q.shape[2], q.shape[3]
    k, v, added = _longer(k, v, extra, batch_first)
    k = _heads(k, num_heads, batch_first) if static[0] is None else _static(static[0], batch)
    v = _heads(v, num_heads, batch_first) if static[1] is None else _static(static[1], batch)
    if extra[2]:
        nothing = zeros((batch, num_heads, 1, size), dtype=k.dtype)
        k, v, added = concat((k, nothing), axis=2), concat((v, nothing), axis=2), added + 1
    visible, is_causal = _merged(masks, (batch, num_heads, length, k.shape[2]), added, need_weights)
    weights = None
    if need_weights:
        weights = _weights(q, k, visible)
        if dropout_p > 0:
            weights = dropout(weights, dropout_p)
        heads = matmul(weights, v)
        if average:
            weights = weights.mean(1)
    else:
        heads = scaled_dot_product_attention(q, k, v, visible, dropout_p, is_causal)
    merged = heads.permute(0, 2, 1, 3) if batch_first else heads.permute(2, 0, 1, 3)
    output = linear(merged.reshape((*merged.shape[:2], num_heads * size)), *out_projection)
    if not batched:
        output = output.squeeze(0 if batch_first else 1)
        weights = None if weights is None else weights.squeeze(0)
    return output, weights


def _check_inputs(query, key, value, batch_first):
    batch = slice(0, 1) if batch_first else slice(1, 2)
    if (
        query.ndim not in (2, 3)
        or not query.ndim == key.ndim == value.ndim
        or key.shape[:-1] != value.shape[:-1]
        or (query.ndim == 3 and query.shape[batch] != key.shape[batch])
    ):
        layout = "(N, L, E)" if batch_first else "(L, N, E)"
        raise ValueError(
            f"MultiheadAttention: query {layout} or (L, E), and key and value likewise of one "
            f"length, are expected, got {query.shape}, {key.shape} and {value.shape}"
        )


def _project(query, key, value, weights, bias):
    """Queries, keys and values through their linear layers; what is equal goes through one."""
    if isinstance(weights, tuple):
        biases = (None, None, None) if bias is None else bias.chunk(3)
        inputs = (query, key, value)
        return [linear(x, w, b) for x, w, b in zip(inputs, weights, biases, strict=True)]
    if key is value and query is key:
        return linear(query, weights, bias).chunk(3, -1)
    e = query.shape[-1]
    if key is value:
        rest = None if bias is None else bias[e:]
        k, v = linear(key, weights[e:], rest).chunk(2, -1)
        return linear(query, weights[:e], None if bias is None else bias[:e]), k, v
    biases = (None, None, None) if bias is None else bias.chunk(3)
    inputs = (query, key, value)
    return [linear(x, w, b) for x, w, b in zip(inputs, weights.chunk(3), biases, strict=True)]


def _heads(x, num_heads, batch_first):
    """(N, L, E) or (L, N, E) as (N, num_heads, L, E / num_heads)."""
    split = x.reshape((*x.shape[:2], num_heads, x.shape[2] // num_heads))
    return split.permute(0, 2, 1, 3) if batch_first else split.permute(1, 2, 0, 3)


def _static(x, batch):
    return x.reshape((batch, -1, *x.shape[1:]))


def _longer(k, v, extra, batch_first):
    """Keys and values with the learned ones at the end, and how many that adds."""
    bias_k, bias_v, _ = extra
    if bias_k is None:
        return k, v, 0
    axis, batch = (1, k.shape[0]) if batch_first else (0, k.shape[1])
    shape = (batch, 1, k.shape[2]) if batch_first else (1, batch, k.shape[2])
    return (
        concat((k, bias_k.expand(shape)), axis=axis),
        concat((v, bias_v.expand(shape)), axis=axis),
        1,
    )


def _merged(masks, shape, added, need_weights):
    """(mask for scaled_dot_product_attention, is_causal) of attn_mask and key_padding_mask.

    There, unlike here, True in a mask lets a pair through. Keys that were added at the end are
    seen by all.
    """
    attn_mask, key_padding_mask, is_causal = masks
    batch, heads, length, keys = shape
    own = keys - added
    if is_causal and not need_weights and key_padding_mask is None and not added:
        return None, True
    if is_causal and attn_mask is None:
        attn_mask = triu(ones((length, own)), k=1) != 0
    hidden = []
    if attn_mask is not None:
        if attn_mask.shape not in ((length, own), (batch * heads, length, own)):
            raise ValueError(
                f"MultiheadAttention: attn_mask of shape {(length, own)} or "
                f"{(batch * heads, length, own)} is expected, got {attn_mask.shape}"
            )
        size = (1, 1) if attn_mask.ndim == 2 else (batch, heads)
        hidden.append(attn_mask.reshape((*size, length, own)))
    if key_padding_mask is not None:
        if key_padding_mask.shape != (batch, own):
            raise ValueError(
                f"MultiheadAttention: key_padding_mask of shape {(batch, own)} is expected, "
                f"got {key_padding_mask.shape}"
            )
        hidden.append(key_padding_mask.reshape((batch, 1, 1, own)))
    if not hidden:
        return None, False
    if any(mask.dtype is not _C.bool_ for mask in hidden):
        hidden = [_additive(mask) for mask in hidden]
    if added:
        hidden = [
            concat((mask, zeros((*mask.shape[:3], added), dtype=mask.dtype)), axis=3)
            for mask in hidden
        ]
    if hidden[0].dtype is _C.bool_:
        return logical_not(hidden[0] if len(hidden) == 1 else hidden[0] | hidden[1]), False
    return (hidden[0] if len(hidden) == 1 else hidden[0] + hidden[1]), False


def _additive(mask):
    """A mask that hides where it is True as one that is added to the logits."""
    return where(mask, float("-inf"), 0.0) if mask.dtype is _C.bool_ else mask


def _weights(q, k, visible):
    """softmax(q·kᵀ / √size), the whole (L, S) matrix."""
    logits = matmul(q * (1 / math.sqrt(q.shape[-1])), k.transpose(-2, -1))
    if visible is not None:
        if visible.dtype is _C.bool_:
            logits = where(visible, logits, float("-inf"))
        else:
            logits = logits + visible
    return softmax(logits, -1)


class MultiheadAttention(Module):
    """Attention of queries to keys and values by several heads, each with its own projections.

    Args:
        embed_dim: size of queries and output; each head has embed_dim / num_heads of it.
        num_heads: how many heads.
        dropout: probability with which an attention weight becomes zero in training.
        bias: whether the projections have biases.
        add_bias_kv: whether a learned key and value is added to the sequence.
        add_zero_attn: whether a zero key and value is added to the sequence.
        kdim, vdim: size of keys and values; None is embed_dim.
        batch_first: whether inputs are (N, L, E) rather than (L, N, E).

    Attributes:
        in_proj_weight: (3·embed_dim, embed_dim), or q_proj_weight, k_proj_weight and v_proj_weight
            where kdim or vdim differ; at first Xavier uniform.
        in_proj_bias: (3·embed_dim,), at first zero, or None.
        out_proj: the Linear layer at the end.
    """

    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim,
        num_heads,
        dropout=0.0,
        bias=True,
        add_bias_kv=False,
        add_zero_attn=False,
        kdim=None,
        vdim=None,
        batch_first=False,
        device=None,
        dtype=None,
    ):
        super().__init__()
        check_sizes(self, embed_dim=embed_dim, num_heads=num_heads)
        if embed_dim <= 0 or num_heads <= 0 or embed_dim % num_heads:
            raise ValueError(
                f"MultiheadAttention: embed_dim {embed_dim} must be a positive multiple of "
                f"num_heads {num_heads}"
            )
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        place = (device, dtype)
        if self._qkv_same_embed_dim:
            self.in_proj_weight = new_parameter((3 * embed_dim, embed_dim), *place)
            for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight"):
                self.register_parameter(name, None)
        else:
            self.q_proj_weight = new_parameter((embed_dim, embed_dim), *place)
            self.k_proj_weight = new_parameter((embed_dim, self.kdim), *place)
            self.v_proj_weight = new_parameter((embed_dim, self.vdim), *place)
            self.register_parameter("in_proj_weight", None)
        in_proj_bias = new_parameter((3 * embed_dim,), *place) if bias else None
        self.register_parameter("in_proj_bias", in_proj_bias)
        self.out_proj = NonDynamicallyQuantizableLinear(
            embed_dim, embed_dim, bias=bias, device=device, dtype=dtype
        )
        for name in ("bias_k", "bias_v"):
            row = new_parameter((1, 1, embed_dim), *place) if add_bias_kv else None
            self.register_parameter(name, row)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self):
        weights = self._in_weights()
        for weight in weights if isinstance(weights, tuple) else (weights,):
            init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        if self.bias_k is not None and self.bias_v is not None:
            init.xavier_normal_(self.bias_k)
            init.xavier_normal_(self.bias_v)

    def _in_weights(self):
        if self._qkv_same_embed_dim:
            return self.in_proj_weight
        return self.q_proj_weight, self.k_proj_weight, self.v_proj_weight

    def forward(
        self,
        query,
        key,
        value,
        key_padding_mask=None,
        need_weights=True,
        attn_mask=None,
        average_attn_weights=True,
        is_causal=False,
    ):
        """Attend.

        Args:
            query: (L, N, embed_dim), or (N, L, embed_dim) with batch_first, or (L, embed_dim).
            key, value: likewise of length S and sizes kdim and vdim.
            key_padding_mask: (N, S) or (S,); True, or what is added to the logits, hides a key.
            need_weights: whether to give the attention weights too; without them it is faster and
                takes no (L, S) matrix.
            attn_mask: (L, S) or (N·num_heads, L, S), likewise for pairs.
            average_attn_weights: whether to give the weights' mean over the heads.
            is_causal: a hint that `attn_mask` is the causal one.

        Returns:
            (output, weights): weights are None, (N, L, S) or (N, num_heads, L, S).
        """
        return _multi_head(
            (query, key, value),
            self.num_heads,
            (self._in_weights(), self.in_proj_bias),
            (self.out_proj.weight, self.out_proj.bias),
            extra=(self.bias_k, self.bias_v, self.add_zero_attn),
            static=(None, None),
            masks=(attn_mask, key_padding_mask, is_causal),
            dropout_p=self.dropout if self.training else 0.0,
            need_weights=need_weights,
            average=average_attn_weights,
            batch_first=self.batch_first,
        )
