"""Matrix products: square, skinny, transposed, batched, and matrix × vector."""

import gemmule
import numpy as np
from peers import Row, main, peer

SQUARE = [32, 64, 128, 256, 512, 1024, 2048]
SKINNY = [(64, 784, 128), (64, 1024, 1024), (2048, 64, 2048), (8, 4096, 4096), (1023, 511, 257)]


def product(name, a, b, flops):
    """A row for a·b, of ndarrays with any strides."""
    torch = peer("torch")
    x, y = gemmule.asarray(a), gemmule.asarray(b)
    row = Row(name, flops=flops, bound=1e-4)
    row.engines["gemmule"] = lambda: gemmule.matmul(x, y)
    row.engines["numpy"] = lambda: np.matmul(a, b)
    if torch is not None:
        t, u = torch.from_numpy(a), torch.from_numpy(b)
        row.engines["torch"] = lambda: torch.matmul(t, u)
    return row


def rows():
    rng = np.random.default_rng(0)

    def matrix(*shape):
        return rng.standard_normal(shape, dtype=np.float32)

    table = [product(f"gemm {n}", matrix(n, n), matrix(n, n), 2.0 * n**3) for n in SQUARE]
    for m, k, n in SKINNY:
        table.append(product(f"gemm {m}x{k}x{n}", matrix(m, k), matrix(k, n), 2.0 * m * k * n))
    n = 768
    a, b = matrix(n, n), matrix(n, n)
    for name, x, y in (("Tn", a.T, b), ("nT", a, b.T), ("TT", a.T, b.T)):
        table.append(product(f"gemm {name} {n}", x, y, 2.0 * n**3))
    table.append(
        product("batch 96 of 64x64x64", matrix(96, 64, 64), matrix(96, 64, 64), 96 * 2.0 * 64**3)
    )
    table.append(product("matrix 4096 x vector", matrix(4096, 4096), matrix(4096), 2.0 * 4096**2))
    table.append(product("vector x matrix 4096", matrix(4096), matrix(4096, 4096), 2.0 * 4096**2))
    return table


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
