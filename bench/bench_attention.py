"""Scaled dot-product attention: 12 heads of 64, short and long, causal, with gradients."""

import gemmule
import numpy as np
from peers import Row, main, peer

# batch, heads, length, causal
SHAPES = [
    (1, 12, 128, False),
    (4, 12, 512, False),
    (4, 12, 512, True),
    (1, 12, 2048, False),
    (1, 12, 2048, True),
]
FEATURES = 64


def row(batch, heads, length, causal, backward):
    rng = np.random.default_rng(0)
    shape = batch, heads, length, FEATURES
    arrays = [rng.standard_normal(shape, dtype=np.float32) for _ in range(4)]
    # Two products forward, five more backward, of `shape` by length; half of them where causal.
    flops = (7 if backward else 2) * 2.0 * np.prod(shape) * length * (0.5 if causal else 1)
    name = f"{'causal ' if causal else ''}B{batch} L{length} {'fwd+bwd' if backward else 'forward'}"
    table = Row(name, flops=flops, bound=1e-4)

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
    return table


def rows():
    return [row(*shape, backward) for backward in (False, True) for shape in SHAPES]


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
