"""Random numbers. The engines draw other numbers each: only the time is compared."""

import gemmule
import numpy as np
from peers import Row, main, peer

SIZES = (1_000, 1_000_000)
ANY = float("inf")  # results that cannot agree


def row(name, size, **engines):
    return Row(f"{name} {size}", {k: v for k, v in engines.items() if v}, bytes=4 * size, bound=ANY)


def rows():
    torch, rng = peer("torch"), np.random.default_rng(0)
    table = []
    for n in SIZES:
        half, halves = gemmule.full((n,), 0.5), torch and torch.full((n,), 0.5)
        table += [
            row(
                "rand",
                n,
                gemmule=lambda n=n: gemmule.rand(n),
                numpy=lambda n=n: rng.random(n, dtype=np.float32),
                torch=torch and (lambda n=n: torch.rand(n)),
            ),
            row(
                "randn",
                n,
                gemmule=lambda n=n: gemmule.randn(n),
                numpy=lambda n=n: rng.standard_normal(n, dtype=np.float32),
                torch=torch and (lambda n=n: torch.randn(n)),
            ),
            row(
                "randint",
                n,
                gemmule=lambda n=n: gemmule.randint(0, 100, (n,)),
                numpy=lambda n=n: rng.integers(0, 100, n),
                torch=torch and (lambda n=n: torch.randint(0, 100, (n,))),
            ),
            row(
                "randperm",
                n,
                gemmule=lambda n=n: gemmule.randperm(n),
                numpy=lambda n=n: rng.permutation(n),
                torch=torch and (lambda n=n: torch.randperm(n)),
            ),
            row(
                "bernoulli",
                n,
                gemmule=lambda p=half: gemmule.bernoulli(p),
                torch=torch and (lambda p=halves: torch.bernoulli(p)),
            ),
        ]
    return table


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
