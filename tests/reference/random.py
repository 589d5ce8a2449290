"""Philox4x32-10 in plain NumPy: what element i of draw (seed, offset) is."""

import numpy as np

_MASK = np.uint64(0xFFFFFFFF)


def words(seed, offset, count):
    """The first `count` 32-bit words of a draw."""
    blocks = np.arange((count + 3) // 4, dtype=np.uint64)
    c = [blocks & _MASK, blocks >> np.uint64(32)]
    c += [np.full_like(blocks, offset & 0xFFFFFFFF), np.full_like(blocks, offset >> 32)]
    k0, k1 = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [
            (p1 >> np.uint64(32)) ^ c[1] ^ np.uint64(k0),
            p1 & _MASK,
            (p0 >> np.uint64(32)) ^ c[3] ^ np.uint64(k1),
            p0 & _MASK,
        ]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=1).ravel()[:count]


def uniform32(seed, offset, count):
    """float32 uniforms in [0, 1)."""
    return ((words(seed, offset, count) >> np.uint64(8)) * 2.0**-24).astype(np.float32)


def words64(seed, offset, count):
    """64-bit words: pairs of 32-bit ones, the first below."""
    pairs = words(seed, offset, 2 * count).reshape(-1, 2)
    return pairs[:, 0] | (pairs[:, 1] << np.uint64(32))


def uniform64(seed, offset, count):
    """float64 uniforms in [0, 1)."""
    return (words64(seed, offset, count) >> np.uint64(11)) * 2.0**-53


def integers(seed, offset, count, low, high):
    """Integers in [low, high)."""
    return np.array([low + (int(z) * (high - low) >> 64) for z in words64(seed, offset, count)])


def dropout(x, p, seed, offset):
    """Kept where the upper 24 bits of word i are at least p·2^24."""
    kept = (words(seed, offset, x.size) >> np.uint64(8)) >= int(p * 2**24)
    return np.where(kept.reshape(x.shape), x / (1 - p), 0.0)
