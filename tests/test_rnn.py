import gemmule
import numpy as np
import pytest
import reference.rnn as reference
from check import THREADS, assert_close, check_op, draw, isa, threads
from gemmule import _C
from gemmule.ops import rnn

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}
# (steps, batch, inputs, hidden)
SHAPES = [(1, 1, 1, 1), (3, 2, 5, 7), (2, 13, 3, 33), (4, 3, 50, 16), (5, 1, 2, 65)]


def states(kind, batch, hidden, seed=50):
    count = 2 if kind == "lstm" else 1
    return [draw((batch, hidden), seed=seed + i) for i in range(count)]


def weights(kind, inputs, hidden, seed=60):
    # Small enough that tanh does not saturate: 1 - tanh² would lose its digits.
    rows, scale = GATES[kind] * hidden, 0.5 / np.sqrt(hidden + 1)
    shapes = [(rows, inputs), (rows, hidden), (rows,), (rows,)]
    return [draw(s, seed=seed + i) * scale for i, s in enumerate(shapes)]


def arguments(kind, shape):
    steps, batch, inputs, hidden = shape
    x = draw((steps, batch, inputs))
    return [x, *states(kind, batch, hidden), *weights(kind, inputs, hidden)]


# Errors grow a little from step to step; gates are good to 2e-7 absolutely.
BOUNDS = {"bound32": 2e-6, "bound64": 1e-14, "grad_bound32": 1e-5}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", GATES)
def test_sequence(kind, shape):
    check_op(getattr(rnn, kind), getattr(reference, kind), *arguments(kind, shape), **BOUNDS)


@pytest.mark.parametrize("kind", GATES)
def test_reverse(kind):
    args = arguments(kind, (4, 3, 2, 5))
    check_op(getattr(rnn, kind), getattr(reference, kind), *args, reverse=True, **BOUNDS)


@pytest.mark.parametrize("kind", GATES)
def test_without_biases(kind):
    args = arguments(kind, (3, 2, 4, 6))[:-2]
    check_op(getattr(rnn, kind), getattr(reference, kind), *args, **BOUNDS)


# Long enough that several threads pack the weights each for itself.
LONG = (40, 32, 5, 24)


# The second is cut by rows, the third, with weights beyond a core's share, by hidden units.
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (5, 37, 60, 70), (3, 41, 30, 200), LONG], ids=str)
@pytest.mark.parametrize("kind", GATES)
def test_everywhere(kind, shape):
    args = arguments(kind, shape)
    check_op(
        getattr(rnn, kind), getattr(reference, kind), *args, everywhere=True, grad=False,
        strides=False, **BOUNDS,
    )  # fmt: skip


# A product has few columns there, or many; of small weights and of large ones.
FEW_OR_MANY_INPUTS = [(6, 19, 12, 40), (5, 9, 7, 210), (4, 9, 512, 40), (3, 5, 530, 210)]
# The last keep the sums of few steps at a time, of a batch that fills their room with one.
LARGE = [(9, 37, 60, 70), (3, 41, 30, 200), (4, 300, 5, 64), (4, 140, 5, 128)]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("shape", FEW_OR_MANY_INPUTS + LARGE, ids=str)
@pytest.mark.parametrize("kind", GATES)
def test_large_gradients_are_those_of_the_cells(kind, shape, reverse):
    args = arguments(kind, shape)
    count = len(states(kind, 1, 1))
    flow = draw((shape[0], shape[1], shape[3]), seed=9)

    whole = [gemmule.tensor(a).requires_grad_() for a in args]
    y = getattr(rnn, kind)(*whole, reverse=reverse)[0]
    gemmule.autograd.backward([y], [gemmule.tensor(flow)])

    single = [gemmule.tensor(a).requires_grad_() for a in args]
    steps = [gemmule.tensor(x).requires_grad_() for x in args[0]]
    state, ys = single[1 : 1 + count], []
    for x in reversed(steps) if reverse else steps:
        made = getattr(rnn, f"{kind}_cell")(x, *state, *single[1 + count :])
        state = list(made) if kind == "lstm" else [made]
        ys.append(state[0])
    flow = flow[::-1] if reverse else flow
    gemmule.autograd.backward(ys, [gemmule.tensor(np.ascontiguousarray(f)) for f in flow])

    assert_close(whole[0].grad.numpy(), np.stack([x.grad.numpy() for x in steps]), 1e-12, "x")
    for i, (a, b) in enumerate(zip(whole[1:], single[1:], strict=True)):
        assert_close(a.grad.numpy(), b.grad.numpy(), 1e-12, f"argument {i + 1}")


@pytest.mark.parametrize("shape", [(5, 41, 30, 180), LONG, *FEW_OR_MANY_INPUTS], ids=str)
@pytest.mark.parametrize("kind", GATES)
def test_gradients_everywhere(kind, shape):
    exact = arguments(kind, shape)
    op = getattr(rnn, kind)
    flow = draw((shape[0], shape[1], shape[3]))

    def run(args):
        tensors = [gemmule.tensor(a).requires_grad_() for a in args]
        y = op(*tensors)[0]
        gemmule.autograd.backward([y], [gemmule.tensor(flow.astype(args[0].dtype))])
        return [y.detach().numpy(), *(t.grad.numpy() for t in tensors)]

    want = run(exact)
    assert_close(want[0], getattr(reference, kind)(*exact)[0], 1e-14, "float64")
    for name in _C.runnable_isas():
        before = None
        for count in THREADS:
            with isa(name), threads(count):
                got = run([a.astype(np.float32) for a in exact])
            current = [g.tobytes() for g in got]
            assert before is None or before == current, f"{name}, {count} threads: other bytes"
            before = current
        for i, (g, w) in enumerate(zip(got, want, strict=True)):
            assert_close(g, w, 1e-5, f"{name}, result {i}")


@pytest.mark.parametrize("kind", GATES)
def test_absent_states_are_zero(kind):
    x, *rest = [gemmule.tensor(a) for a in arguments(kind, (3, 2, 4, 5))]
    given, w = len(states(kind, 1, 1)), rest[len(states(kind, 1, 1)) :]
    zeros = [gemmule.tensor(np.zeros((2, 5)))] * given
    op = getattr(rnn, kind)
    for a, b in zip(op(x, *[None] * given, *w), op(x, *zeros, *w), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("kind", GATES)
def test_only_the_last_state_is_used(kind):
    x, *rest = arguments(kind, (4, 2, 3, 5))
    tensors = [gemmule.tensor(a).requires_grad_() for a in (x, *rest)]
    last = getattr(rnn, kind)(*tensors)[1]
    gemmule.autograd.backward([last], [gemmule.tensor(np.ones((2, 5)))])
    others = [gemmule.tensor(a).requires_grad_() for a in (x, *rest)]
    y = getattr(rnn, kind)(*others)[0]
    grad = np.zeros(y.shape)
    grad[-1] = 1
    gemmule.autograd.backward([y], [gemmule.tensor(grad)])
    for a, b in zip(tensors, others, strict=True):
        assert_close(a.grad.numpy(), b.grad.numpy(), 1e-15, "gradient")


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("shape", [(0, 2, 3, 4), (2, 0, 3, 4), (2, 2, 0, 4)], ids=str)
def test_nothing_to_do(kind, shape):
    args = arguments(kind, shape)
    tensors = [gemmule.tensor(a).requires_grad_() for a in args]
    got = getattr(rnn, kind)(*tensors)
    want = getattr(reference, kind)(*args)
    gemmule.autograd.backward(list(got), [gemmule.tensor(np.ones(g.shape)) for g in got])
    for g, w in zip(got, want, strict=True):
        assert_close(g.detach().numpy(), w, 1e-14, "result")
    for tensor in tensors:
        assert tensor.grad.shape == tensor.shape


@pytest.mark.parametrize("kind", GATES)
def test_batch_first_by_strides(kind):
    args = arguments(kind, (6, 4, 5, 7))
    swapped = gemmule.asarray(np.ascontiguousarray(args[0].transpose(1, 0, 2)).transpose(1, 0, 2))
    op = getattr(rnn, kind)
    plain = op(*map(gemmule.asarray, args))
    strided = op(swapped, *map(gemmule.asarray, args[1:]))
    assert plain[0].numpy().tobytes() == strided[0].numpy().tobytes()


@pytest.mark.parametrize("kind", GATES)
def test_rows_do_not_depend_on_their_batch(kind):
    for hidden in (20, 200):
        args = [a.astype(np.float32) for a in arguments(kind, (3, 19, 60, hidden))]
        count = len(states(kind, 1, 1))
        some = [args[0][:, 4:6], *[s[4:6] for s in args[1 : 1 + count]], *args[1 + count :]]
        op = getattr(rnn, kind)
        whole, part = op(*map(gemmule.tensor, args))[0], op(*map(gemmule.tensor, some))[0]
        np.testing.assert_array_equal(whole.numpy()[:, 4:6], part.numpy())


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 7), (0, 2, 3), (17, 4, 50)], ids=str)
@pytest.mark.parametrize("kind", GATES)
def test_cell(kind, shape):
    batch, inputs, hidden = shape
    args = [draw((batch, inputs)), *states(kind, batch, hidden), *weights(kind, inputs, hidden)]
    name = f"{kind}_cell"
    check_op(getattr(rnn, name), getattr(reference, name), *args, **BOUNDS)


@pytest.mark.parametrize("kind", GATES)
def test_cell_everywhere(kind):
    args = [draw((130, 9)), *states(kind, 130, 131), *weights(kind, 9, 131)]
    name = f"{kind}_cell"
    check_op(
        getattr(rnn, name), getattr(reference, name), *args, everywhere=True, grad=False, **BOUNDS
    )


@pytest.mark.parametrize("kind", GATES)
def test_like_torch(kind):
    torch = pytest.importorskip("torch")
    args = arguments(kind, (6, 5, 4, 9))
    mine = [gemmule.tensor(a).requires_grad_() for a in args]
    theirs = [torch.tensor(a, requires_grad=True) for a in args]
    got = getattr(rnn, kind)(*mine)
    run = getattr(torch, kind)
    count = len(states(kind, 1, 1))
    first = [s[None] for s in theirs[1 : 1 + count]]
    first = first if kind == "lstm" else first[0]
    want = run(theirs[0], first, theirs[1 + count :], True, 1, 0.0, True, False, False)
    want = [want[0], *[w[0] for w in want[1:]]]
    flows = [draw(tuple(w.shape), seed=3 + i) for i, w in enumerate(want)]
    gemmule.autograd.backward(list(got), [gemmule.tensor(f) for f in flows])
    torch.autograd.backward(want, [torch.tensor(f) for f in flows])
    for g, w in zip(got, want, strict=True):
        assert_close(g.detach().numpy(), w.detach().numpy(), 1e-14, "result")
    for m, t in zip(mine, theirs, strict=True):
        assert_close(m.grad.numpy(), t.grad.numpy(), 1e-13, "gradient")


def test_large_values_saturate():
    x = np.array([[[1e4, -1e4]]], np.float32)
    w = np.eye(8, 2, dtype=np.float32) * 1e4
    args = [
        x,
        np.zeros((1, 2), np.float32),
        np.ones((1, 2), np.float32),
        w,
        np.zeros((8, 2), np.float32),
    ]
    for got in rnn.lstm(*map(gemmule.tensor, args)):
        assert np.isfinite(got.numpy()).all()
    x[0, 0, 0] = np.nan
    assert np.isnan(rnn.lstm(*map(gemmule.tensor, args))[0].numpy()).any()


def test_errors():
    arrays = arguments("lstm", (3, 2, 4, 5))
    x, h, c, w_ih, w_hh, b_ih = map(gemmule.tensor, arrays[:6])
    with pytest.raises(
        ValueError, match=r"lstm: input of shape \(4, 2\), expected \(steps, batch,"
    ):
        rnn.lstm(gemmule.tensor(np.zeros((4, 2))), h, c, w_ih, w_hh)
    with pytest.raises(ValueError, match=r"lstm: weight_ih of shape \(20, 5\) for input of shape"):
        rnn.lstm(x, h, c, w_hh, w_hh)
    with pytest.raises(ValueError, match=r"gru: weight_hh of shape \(20, 5\), expected \(15, 5\)"):
        rnn.gru(x, h, w_ih, w_hh)
    with pytest.raises(ValueError, match=r"lstm: h0 of shape \(1, 5\), expected \(2, 5\)"):
        rnn.lstm(x, gemmule.tensor(arrays[1][:1]), c, w_ih, w_hh)
    with pytest.raises(ValueError, match=r"lstm: bias_hh of shape \(19,\), expected \(20,\)"):
        rnn.lstm(x, h, c, w_ih, w_hh, b_ih, gemmule.tensor(arrays[6][:19]))
    single = gemmule.tensor(np.zeros((3, 2, 4), np.float32))
    with pytest.raises(TypeError, match="lstm: weight_hh is float64, the input is float32"):
        rnn.lstm(single, None, None, w_ih, w_hh)
    with pytest.raises(TypeError, match="rnn_tanh: the input is int64, expected float32 or"):
        rnn.rnn_tanh(gemmule.tensor(np.zeros((3, 2, 4), np.int64)), None, w_ih, w_hh)
