"""Transformer layers: Vaswani and others, 2017."""

import copy
from collections.abc import Callable

from gemmule import equal, full, triu
from gemmule.nn import functional as F
from gemmule.nn import init
from gemmule.nn.attention import MultiheadAttention
from gemmule.nn.container import ModuleList
from gemmule.nn.dropout import Dropout
from gemmule.nn.linear import Linear
from gemmule.nn.module import Module
from gemmule.nn.norm import LayerNorm
from gemmule.tensor import Tensor

__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]

_ACTIVATIONS = {"relu": F.relu, "gelu": F.gelu}


def _activation(activation):
    """A function from its name; functions and modules are themselves."""
    if not isinstance(activation, str):
        return activation
    if activation not in _ACTIVATIONS:
        raise ValueError(f"activation must be 'relu' or 'gelu', got {activation!r}")
    return _ACTIVATIONS[activation]


def _causal_mask(size, dtype=None):
    """(size, size): −∞ above the diagonal, 0 elsewhere."""
    return triu(full((size, size), float("-inf"), dtype=dtype), k=1)


def _is_causal(mask, hint, length):
    """Whether a mask hides exactly what comes later; the hint, where given, is believed."""
    if hint is not None:
        return hint
    if mask is None or mask.shape != (length, length):
        return False
    causal = _causal_mask(length)
    return bool(equal(mask, causal if mask.is_floating_point() else causal != 0).all())


def _repeated(layer, count):
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


class _Layer(Module):
    """The feed-forward part that encoder and decoder layers share."""

    activation: Callable[[Tensor], Tensor]

    def _add_feed_forward(self, d_model, dim_feedforward, dropout, bias, place):
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **place)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **place)

    def _feed_forward(self, x):
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Self-attention, then two linear layers; each with dropout, a residual and a layer norm.

    Args:
        d_model: size of the sequence's elements.
        nhead: heads of the attention.
        dim_feedforward: size between the two linear layers.
        dropout: probability.
        activation: ``"relu"``, ``"gelu"`` or a function, between the two linear layers.
        layer_norm_eps: eps of the norms.
        batch_first: whether inputs are (N, L, E) rather than (L, N, E).
        norm_first: whether norms come before attention and feed-forward rather than after.
        bias: whether linear layers and norms have biases.
    """

    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation=F.relu,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        place = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first, **place
        )
        self._add_feed_forward(d_model, dim_feedforward, dropout, bias, place)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **place)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **place)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        """Encode (L, N, E), or (N, L, E) with batch_first; masks as in MultiheadAttention."""
        masks = (src_mask, src_key_padding_mask, is_causal)
        if self.norm_first:
            src = src + self._attend(self.norm1(src), *masks)
            return src + self.dropout2(self._feed_forward(self.norm2(src)))
        src = self.norm1(src + self._attend(src, *masks))
        return self.norm2(src + self.dropout2(self._feed_forward(src)))

    def _attend(self, x, mask, key_padding_mask, is_causal):
        output, _ = self.self_attn(
            x,
            x,
            x,
            attn_mask=mask,
            key_padding_mask=key_padding_mask,
            need_weights=False,
            is_causal=is_causal,
        )
        return self.dropout1(output)


class TransformerEncoder(Module):
    """Encoder layers one after the other.

    Args:
        encoder_layer: a TransformerEncoderLayer, copied for each.
        num_layers: how many.
        norm: a layer at the end, or None.
        enable_nested_tensor, mask_check: accepted for PyTorch's sake; nothing depends on them.
    """

    def __init__(
        self, encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True
    ):
        super().__init__()
        self.layers = _repeated(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        """Encode; `is_causal` None finds out by itself whether `mask` is the causal one."""
        length = src.shape[-2 if _batch_first(self.layers) or src.ndim == 2 else 0]
        is_causal = _is_causal(mask, is_causal, length)
        for layer in self.layers:
            src = layer(
                src,
                src_mask=mask,
                src_key_padding_mask=src_key_padding_mask,
                is_causal=is_causal,
            )
        return src if self.norm is None else self.norm(src)


def _batch_first(layers):
    attention = getattr(layers[0], "self_attn", None) if len(layers) else None
    return getattr(attention, "batch_first", False)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to an encoder's output, then two linear layers; each with dropout,
    a residual and a layer norm. Arguments are those of :class:`TransformerEncoderLayer`."""

    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation=F.relu,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        place = {"device": device, "dtype": dtype}
        attention = {"dropout": dropout, "bias": bias, "batch_first": batch_first, **place}
        self.self_attn = MultiheadAttention(d_model, nhead, **attention)
        self.multihead_attn = MultiheadAttention(d_model, nhead, **attention)
        self._add_feed_forward(d_model, dim_feedforward, dropout, bias, place)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **place)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **place)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **place)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self,
        tgt,
        memory,
        tgt_mask=None,
        memory_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        tgt_is_causal=False,
        memory_is_causal=False,
    ):
        """Decode `tgt`, looking at `memory`; masks as in MultiheadAttention."""
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = (memory_mask, memory_key_padding_mask, memory_is_causal)
        if self.norm_first:
            x = self.norm1(tgt)
            tgt = tgt + self.dropout1(_attended(self.self_attn, x, x, *own))
            x = self.norm2(tgt)
            tgt = tgt + self.dropout2(_attended(self.multihead_attn, x, memory, *other))
            return tgt + self.dropout3(self._feed_forward(self.norm3(tgt)))
        tgt = self.norm1(tgt + self.dropout1(_attended(self.self_attn, tgt, tgt, *own)))
        seen = _attended(self.multihead_attn, tgt, memory, *other)
        tgt = self.norm2(tgt + self.dropout2(seen))
        return self.norm3(tgt + self.dropout3(self._feed_forward(tgt)))


def _attended(attention, query, memory, mask, key_padding_mask, is_causal):
    return attention(
        query,
        memory,
        memory,
        attn_mask=mask,
        key_padding_mask=key_padding_mask,
        need_weights=False,
        is_causal=is_causal,
    )[0]


class TransformerDecoder(Module):
    """Decoder layers one after the other. See :class:`TransformerEncoder`."""

    def __init__(self, decoder_layer, num_layers, norm=None):
        super().__init__()
        self.layers = _repeated(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt,
        memory,
        tgt_mask=None,
        memory_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        tgt_is_causal=None,
        memory_is_causal=False,
    ):
        """Decode; `tgt_is_causal` None finds out by itself whether `tgt_mask` is the causal one."""
        length = tgt.shape[-2 if _batch_first(self.layers) or tgt.ndim == 2 else 0]
        tgt_is_causal = _is_causal(tgt_mask, tgt_is_causal, length)
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=tgt_is_causal,
                memory_is_causal=memory_is_causal,
            )
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder and a decoder. Arguments are those of :class:`TransformerEncoderLayer`.

    Args:
        custom_encoder, custom_decoder: modules used instead, or None.
    """

    def __init__(
        self,
        d_model=512,
        nhead=8,
        num_encoder_layers=6,
        num_decoder_layers=6,
        dim_feedforward=2048,
        dropout=0.1,
        activation=F.relu,
        custom_encoder=None,
        custom_decoder=None,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        place = {"device": device, "dtype": dtype}
        layer = (
            *(d_model, nhead, dim_feedforward, dropout, activation),
            *(layer_norm_eps, batch_first, norm_first, bias, device, dtype),
        )
        if custom_encoder is not None:
            self.encoder = custom_encoder
        else:
            norm = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **place)
            self.encoder = TransformerEncoder(
                TransformerEncoderLayer(*layer), num_encoder_layers, norm
            )
        if custom_decoder is not None:
            self.decoder = custom_decoder
        else:
            norm = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **place)
            self.decoder = TransformerDecoder(
                TransformerDecoderLayer(*layer), num_decoder_layers, norm
            )
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self):
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    @staticmethod
    def generate_square_subsequent_mask(sz, device=None, dtype=None):
        """(sz, sz): −∞ where a position would look at a later one, 0 elsewhere."""
        return _causal_mask(sz, dtype)

    def forward(
        self,
        src,
        tgt,
        src_mask=None,
        tgt_mask=None,
        memory_mask=None,
        src_key_padding_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        src_is_causal=None,
        tgt_is_causal=None,
        memory_is_causal=False,
    ):
        """Encode `src`, then decode `tgt` looking at it; masks as in MultiheadAttention."""
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )
