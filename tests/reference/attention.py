"""Scaled dot-product attention in plain NumPy, float64."""

import numpy as np


def scaled_dot_product_attention(
    query, key, value, attn_mask=None, is_causal=False, scale=None, enable_gqa=False
):
    if enable_gqa:
        groups = query.shape[-3] // key.shape[-3]
        key, value = (np.repeat(x, groups, axis=-3) for x in (key, value))
    if scale is None:
        scale = max(query.shape[-1], 1) ** -0.5
    scores = query @ np.swapaxes(key, -1, -2) * scale
    if attn_mask is not None:
        if attn_mask.dtype == bool:
            scores = np.where(attn_mask, scores, -np.inf)
        else:
            scores = scores + attn_mask
    if is_causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf)
    top = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    e = np.exp(scores - np.where(np.isinf(top), 0, top))
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total) @ value
