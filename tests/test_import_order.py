"""gemmule beside others that bring an OpenMP runtime: imported in any order, all compute right."""

import importlib.util
import itertools
import subprocess
import sys

import pytest

OTHERS = ["torch", "sklearn.cluster"]

PROGRAM = """
import sys, importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
import numpy as np
rng = np.random.default_rng(0)
a, b = (rng.standard_normal((300, 300)).astype(np.float32) for _ in range(2))
exact = a.astype(float) @ b.astype(float)

def check(name, product):
    assert np.abs(product - exact).max() < 1e-3, name

def numpy():
    check("numpy", a @ b)

def gemmule():
    import gemmule
    products = []
    for threads in (1, 2):
        gemmule.set_num_threads(threads)
        assert gemmule.get_num_threads() == threads
        products.append(gemmule.matmul(gemmule.tensor(a), gemmule.tensor(b)).numpy())
        check("gemmule", products[-1])
    assert products[0].tobytes() == products[1].tobytes()
    x = gemmule.tensor(a).requires_grad_()
    (x * x).sum().backward()
    assert (x.grad.numpy() == 2 * a).all()

def torch():
    import torch
    torch.set_num_threads(2)
    check("torch", (torch.from_numpy(a) @ torch.from_numpy(b)).numpy())

def sklearn():
    from sklearn.cluster import KMeans
    points = np.concatenate([a[:, :2] * 0.01, a[:, :2] * 0.01 + 5])
    centers = KMeans(2, n_init=1, random_state=0).fit(points).cluster_centers_
    assert np.abs(np.sort(centers[:, 0]) - [0, 5]).max() < 0.1, centers

for _ in range(3):
    for name in sys.argv[1:]:
        globals().get(name.split(".")[0], lambda: None)()
print("right")
"""


def orders():
    """NumPy is either the first or comes with the first."""
    others = [name for name in OTHERS if importlib.util.find_spec(name.split(".")[0])]
    every = list(itertools.permutations(["gemmule", *others]))
    return [("numpy", *order) for order in every] + every


@pytest.mark.parametrize("order", orders(), ids="-".join)
def test_import_order(order):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *order], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "right"
