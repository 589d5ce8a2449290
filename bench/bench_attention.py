"""Scaled dot-product attention: 12 heads of 64, short and long, causal, with gradients."""

import gemmule
import numpy as np
from peers import Row, main, peer, wanted, with_jax

# batch, heads, length, causal; the later ones show how time grows
SHAPES = [
    (1, 12, 128, False),
    (4, 12, 512, False),
    (4, 12, 512, True),
    (1, 12, 2048, False),
    (1, 12, 2048, True),
    *[(1, 12, length, causal) for length in (256, 512, 1024) for causal in (False, True)],
    (1, 12, 128, True),
]
FEATURES = 64


def title(batch, heads, length, causal, backward):
    return f"{'causal ' if causal else ''}B{batch} L{length} {'fwd+bwd' if backward else 'forward'}"


def row(batch, heads, length, causal, backward):
    rng = np.random.default_rng(0)
    shape = batch, heads, length, FEATURES
    arrays = [rng.standard_normal(shape, dtype=np.float32) for _ in range(4)]
    # Two products forward, five more backward, of `shape` by length; half of them where causal.
    flops = (7 if backward else 2) * 2.0 * np.prod(shape) * length * (0.5 if causal else 1)
    table = Row(title(batch, heads, length, causal, backward), flops=flops, bound=1e-4)

    def ours(q, k, v, g):
        out = gemmule.scaled_dot_product_attention(q, k, v, is_causal=causal)
        if not backward:
            return out
        for x in (q, k, v):
            x.grad = None
        gemmule.autograd.backward(out, g)
        return q.grad

    mine = [gemmule.asarray(x) for x in arrays]
    if backward:
        for x in mine[:3]:
            x.requires_grad_()
    table.engines["gemmule"] = lambda: ours(*mine)
    torch = peer("torch")
    if torch is not None:
        theirs = [torch.from_numpy(x.copy()) for x in arrays]
        if backward:
            for x in theirs[:3]:
                x.requires_grad_()

        def torchs(q, k, v, g):
            out = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
            return torch.autograd.grad(out, (q, k, v), g) if backward else out

        table.engines["torch"] = lambda: torchs(*theirs)

    def jaxs(jax, q, k, v):
        # JAX has heads after positions.
        q, k, v = (x.swapaxes(1, 2) for x in (q, k, v))
        return jax.nn.dot_product_attention(q, k, v, is_causal=causal).swapaxes(1, 2)

    table.engines |= with_jax(jaxs, *arrays[:3], backward=arrays[3] if backward else None)
    return table


def rows():
    for backward in (False, True):
        for shape in SHAPES:
            if wanted(title(*shape, backward)):
                yield row(*shape, backward)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
