"""What only a device can get wrong: memory, copies, views, what is made elsewhere and moved there.
The arithmetic is checked by every check_op case: GEMMULE_TEST_DEVICE=cuda."""

import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import _C, nn, optim

pytestmark = pytest.mark.skipif(_C.cuda_count() == 0, reason="no CUDA device")

DTYPES = [
    *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
    *("float16", "bfloat16", "float32", "float64"),
]


def same(got, want):
    """The same dtype, shape and bytes, of a Tensor on the device and one on the CPU."""
    assert got.device == "cuda:0" and want.device == "cpu"
    got = got.detach().cpu()
    want = want.detach()
    assert got.dtype == want.dtype
    if got.dtype == gemmule.bfloat16:  # which NumPy has not
        got, want = got.to(gemmule.float32), want.to(gemmule.float32)
    assert got.shape == want.shape
    assert got.numpy().tobytes() == want.numpy().tobytes()


@pytest.mark.parametrize("target", DTYPES)
@pytest.mark.parametrize("source", DTYPES)
def test_conversions(source, target):
    values = draw((67, 19), 0, 0, 120)
    if source not in ("bool", "uint8", "uint16", "uint32", "uint64") and "uint" not in target:
        values -= 60
    x = gemmule.asarray(values).to(getattr(gemmule, source))
    for view in (x, x.T, x[::3, 1::2]):
        moved = view.to("cuda")
        same(moved, view)
        same(moved.to(getattr(gemmule, target)), view.to(getattr(gemmule, target)))


def test_views_and_copies():
    x = gemmule.asarray(draw((4, 6, 5)))
    y = x.to("cuda")
    for view in (
        lambda t: gemmule.permute_dims(t, (2, 0, 1)),
        lambda t: t[::-1, 1::2, ::-2],
        lambda t: t[1],
        lambda t: t[:, :0],
        lambda t: gemmule.broadcast_to(t[:, :1], (4, 6, 5)),
        lambda t: gemmule.reshape(gemmule.permute_dims(t, (1, 0, 2)), (24, 5)),
    ):
        same(view(y), view(x))
        same(view(y) + 1, view(x) + 1)


def test_writes():
    x = gemmule.asarray(draw((5, 7)))
    y = x.to("cuda")
    for t in (x, y):
        t[1] = 3
        t[:, ::2] = t[:, 1:2]
        t[2:4, 1:3] += 1
    same(y, x)
    y.copy_(x * 2)  # from the CPU
    same(y, x * 2)
    x.copy_(y)
    same(y, x)


MADE = {
    "zeros": lambda **d: gemmule.zeros(3, 4, **d),
    "ones": lambda **d: gemmule.ones(3, 4, dtype=gemmule.int16, **d),
    "full": lambda **d: gemmule.full((3, 4), 2.5, **d),
    "arange": lambda **d: gemmule.arange(2, 40, 3, **d),
    "linspace": lambda **d: gemmule.linspace(0, 1, 7, **d),
    "eye": lambda **d: gemmule.eye(4, **d),
    "tensor": lambda **d: gemmule.tensor([[1, 2], [3, 4]], **d),
    "rand": lambda **d: gemmule.rand(50, 3, **d),
    "rand double": lambda **d: gemmule.rand(50, 3, dtype=gemmule.float64, **d),
    "rand half": lambda **d: gemmule.rand(50, 3, dtype=gemmule.float16, **d),
    "randint": lambda **d: gemmule.randint(0, 1000, (50, 3), **d),
    "randint wide": lambda **d: gemmule.randint(-(2**62), 2**62, (50, 3), **d),
    "randint small": lambda **d: gemmule.randint(0, 9, (50, 3), dtype=gemmule.uint8, **d),
    "randperm": lambda **d: gemmule.randperm(50, **d),
}
# What takes after a tensor, its device with it; random where the CPU's bits are promised.
LIKE = {
    "zeros_like": gemmule.zeros_like,
    "ones_like": gemmule.ones_like,
    "full_like": lambda x: gemmule.full_like(x, 2.5),
    "new_zeros": lambda x: x.new_zeros(3, 2),
    "new_full": lambda x: x.new_full((3, 2), 7),
    "rand_like": gemmule.rand_like,
    "randint_like": lambda x: gemmule.randint_like(x, 3, 17),
    "bernoulli": lambda x: gemmule.bernoulli(x, 0.3),
    "bernoulli of each": lambda x: gemmule.bernoulli(abs(x) / 8),
    "uniform_": lambda x: x.clone().uniform_(-0.3, 1.7),
    "bernoulli_": lambda x: x.clone().bernoulli_(0.3),
    "random_": lambda x: x.clone().random_(100),
    "dropout": lambda x: gemmule.dropout(x, 0.3),
    "dropout2d": lambda x: gemmule.dropout2d(x.reshape((1, 67, 19, 1)), 0.3),
    "alpha_dropout": lambda x: gemmule.alpha_dropout(x, 0.3, training=True),
    "rrelu": lambda x: gemmule.rrelu(x, training=True),
}


@pytest.mark.parametrize("name", MADE)
def test_made_there(name):
    gemmule.manual_seed(5)
    want = MADE[name]()
    gemmule.manual_seed(5)
    same(MADE[name](device="cuda"), want)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LIKE)
def test_made_like_what_is_there(name, dtype):
    x = gemmule.asarray(draw((67, 19))).to(getattr(gemmule, dtype))
    gemmule.manual_seed(5)
    want = LIKE[name](x)
    gemmule.manual_seed(5)
    same(LIKE[name](x.to("cuda")), want)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normals_agree(dtype):
    x = gemmule.zeros(30001, dtype=getattr(gemmule, dtype))
    made = {}
    for place in ("cpu", "cuda"):
        gemmule.manual_seed(5)
        there = x.to(place)
        made[place] = [
            gemmule.randn(30001, dtype=x.dtype, device=place),
            gemmule.randn_like(there),
            there.normal_(1.5, 2.0),
            gemmule.normal(there, 0.5),
        ]
        assert gemmule.empty_like(there).device == there.device
    for got, want in zip(made["cuda"], made["cpu"], strict=True):
        assert got.device == "cuda:0"
        want = want.numpy()
        # 4 ulp of a number, or of the terms of a sum near 0.
        bound = 4 * np.spacing(np.maximum(abs(want), 1))
        assert (abs(got.cpu().numpy() - want) <= bound).all()


def test_generators():
    made = gemmule.Generator("cuda")
    assert made.device == "cuda:0" and gemmule.Generator().device == "cpu"
    want = gemmule.rand(9, generator=gemmule.Generator().manual_seed(3))
    same(gemmule.rand(9, generator=made.manual_seed(3), device="cuda"), want)


def test_a_module_trains_as_on_the_cpu():
    seen = {}
    for device in ("cpu", "cuda"):
        gemmule.manual_seed(0)
        net = nn.Sequential(nn.LayerNorm(33), nn.GELU(), nn.BatchNorm1d(33), nn.PReLU()).to(device)
        assert {p.device for p in net.parameters()} == {"cpu" if device == "cpu" else "cuda:0"}
        optimizer = optim.AdamW(net.parameters(), lr=0.05)
        losses = []
        for step in range(4):
            x = gemmule.asarray(draw((20, 33), step).astype(np.float32)).to(device)
            target = gemmule.asarray(draw((20, 33), 9).astype(np.float32)).to(device)
            loss = ((net(x) - target) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        state = net.state_dict()
        seen[device] = losses, {k: v.cpu().numpy() for k, v in state.items()}
    # Adam divides gradients by their size, so that rounding grows where they are small: twice what
    # the emulated device shows, 1.8e-6 (losses: none).
    np.testing.assert_allclose(seen["cuda"][0], seen["cpu"][0], rtol=1e-6)
    for name, want in seen["cpu"][1].items():
        np.testing.assert_allclose(seen["cuda"][1][name], want, rtol=0, atol=4e-6)


def test_memory_is_counted_and_used_again():
    used = _C.memory_stats("cuda")[0]
    x = gemmule.zeros(1 << 20, device="cuda")
    assert _C.memory_stats("cuda")[0] - used == 4 << 20
    del x
    assert _C.memory_stats("cuda")[0] == used


def test_errors():
    x = gemmule.ones(3, 3, device="cuda")
    with pytest.raises(RuntimeError, match="matmul: no CUDA kernel for matmul"):
        x @ x
    with pytest.raises(RuntimeError, match="sort: no CUDA kernel for sort"):
        gemmule.sort(x)
    with pytest.raises(RuntimeError, match="multinomial: no CUDA kernel for multinomial"):
        gemmule.multinomial(x, 1)
    with pytest.raises(RuntimeError, match="tril: no CUDA kernel for tril"):
        gemmule.tril(x)
    with pytest.raises(TypeError, match=r"on cuda:0; use .cpu\(\).numpy\(\)"):
        x.numpy()
    with pytest.raises(ValueError, match="add: operands are on different devices"):
        x + gemmule.ones(3, 3)
    same(x + x, gemmule.full((3, 3), 2.0))  # which errors leave as it was


@pytest.mark.skipif(_C.cuda_count() < 2, reason="one CUDA device")
def test_two_devices():
    x = gemmule.asarray(draw((5, 7)))
    y = (x.to("cuda:1") * 2).to("cuda:0")
    same(y, x * 2)
    with pytest.raises(ValueError, match="add: operands are on different devices"):
        y + x.to("cuda:1")
