"""Matrix products: square, skinny, transposed, batched, matrix × vector, and linear layers."""

import gemmule
import numpy as np
from peers import Row, main, peer

SQUARE = [32, 64, 128, 256, 512, 1024, 2048]
SKINNY = [(64, 784, 128), (64, 1024, 1024), (2048, 64, 2048), (1023, 511, 257), (127, 129, 131)]
# A few rows: bound by reading the right side once.
FEW_ROWS = [(1, 1024, 1024), (4, 1024, 1024), (8, 1024, 1024), (2, 4096, 4096), (8, 4096, 4096)]
# Gradients of a layer's weight: long sums, A by columns.
GRADIENTS = [(256, 4096, 64), (256, 4096, 74), (512, 2048, 128), (128, 2048, 784), (10, 2048, 64)]
LAYERS = [(784, 128), (1024, 1024), (4096, 4096)]
BATCHES = [1, 8, 16, 20, 32, 64]


def product(name, a, b, flops, traffic=0.0):
    """A row for a·b, of ndarrays with any strides, bound by reading `traffic` bytes if given."""
    torch = peer("torch")
    x, y = gemmule.asarray(a), gemmule.asarray(b)
    row = Row(name, flops=flops, bytes=traffic, traffic="read", bound=1e-4)
    row.engines["gemmule"] = lambda: gemmule.matmul(x, y)
    row.engines["numpy"] = lambda: np.matmul(a, b)
    if torch is not None:
        t, u = torch.from_numpy(a), torch.from_numpy(b)
        row.engines["torch"] = lambda: torch.matmul(t, u)
    return row


def layer(name, x, weight, bias):
    """A row for x·weightᵀ + bias."""
    torch = peer("torch")
    ours = [gemmule.asarray(v) for v in (x, weight, bias)]
    row = Row(name, flops=2.0 * x.size * len(bias), bound=1e-4)
    row.engines["gemmule"] = lambda: gemmule.linear(*ours)
    row.engines["numpy"] = lambda: x @ weight.T + bias
    if torch is not None:
        theirs = [torch.from_numpy(v) for v in (x, weight, bias)]
        row.engines["torch"] = lambda: torch.nn.functional.linear(*theirs)
    return row


def rows():
    rng = np.random.default_rng(0)

    def matrix(*shape):
        return rng.standard_normal(shape, dtype=np.float32)

    table = [product(f"gemm {n}", matrix(n, n), matrix(n, n), 2.0 * n**3) for n in SQUARE]
    for m, k, n in SKINNY + FEW_ROWS:
        table.append(product(f"gemm {m}x{k}x{n}", matrix(m, k), matrix(k, n), 2.0 * m * k * n))
    for n in (64, 128, 256, 767, 768):
        a, b = matrix(n, n), matrix(n, n)
        for name, x, y in (("Tn", a.T, b), ("nT", a, b.T), ("TT", a.T, b.T)):
            table.append(product(f"gemm {name} {n}", x, y, 2.0 * n**3))
    for m, k, n in GRADIENTS:
        flops = 2.0 * m * k * n
        table.append(product(f"gemm Tn {m}x{k}x{n}", matrix(k, m).T, matrix(k, n), flops))
    table.append(
        product("batch 96 of 64x64x64", matrix(96, 64, 64), matrix(96, 64, 64), 96 * 2.0 * 64**3)
    )
    for n in (512, 1024, 4095, 4096):
        a, v = matrix(n, n), matrix(n)
        read = float(a.nbytes + 2 * v.nbytes)
        table.append(product(f"matrix {n} x vector", a, v, 2.0 * n**2, read))
        table.append(product(f"matrix T {n} x vector", a.T, v, 2.0 * n**2, read))
        table.append(product(f"vector x matrix {n}", v, a, 2.0 * n**2, read))
        table.append(product(f"vector x matrix T {n}", v, a.T, 2.0 * n**2, read))
    for inputs, outputs in LAYERS:
        weight, bias = matrix(outputs, inputs), matrix(outputs)
        for batch in BATCHES:
            name = f"linear {batch}x{inputs}x{outputs}"
            table.append(layer(name, matrix(batch, inputs), weight, bias))
    return table


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
