import gc
import threading
import weakref

import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import autograd


def leaf(*shape, seed=0):
    return gemmule.tensor(draw(shape, seed=seed), requires_grad=True)


# ---- backward ------------------------------------------------------------------------------------


def test_a_shared_tensor_gets_the_sum():
    x = leaf(3, 4)
    y = x * 2.0
    (y * y + y).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 8 * x.detach().numpy() + 2, rtol=1e-14)


def test_broadcast_operands_get_gradients_of_their_shapes():
    a, b, c = leaf(2, 1, 4), leaf(3, 1), gemmule.tensor(2.0, requires_grad=True)
    (a * b * c).sum().backward()
    assert [t.grad.shape for t in (a, b, c)] == [(2, 1, 4), (3, 1), ()]
    assert c.grad.dtype is gemmule.float32
    whole = a.detach().numpy() * b.detach().numpy()
    np.testing.assert_allclose(c.grad.item(), whole.sum(), rtol=1e-6)


def test_accumulation_over_calls():
    x = leaf(5)
    for _ in range(3):
        (x * 2.0).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 6)
    x.grad = None
    (x * 2.0).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2)


def test_grad_owns_its_memory():
    x, y = leaf(5), leaf(5, seed=1)
    (x + y).sum().backward()
    x.grad.fill_(7.0)
    np.testing.assert_array_equal(y.grad.numpy(), 1)
    seed = gemmule.ones(5, dtype=gemmule.float64)
    x.grad = None
    x.backward(seed)
    x.grad.zero_()
    np.testing.assert_array_equal(seed.numpy(), 1)


def test_backward_with_a_gradient():
    x = leaf(2, 3)
    g = gemmule.tensor(draw((2, 3), seed=5))
    (x * 3.0).backward(gradient=g)
    np.testing.assert_allclose(x.grad.numpy(), 3 * g.numpy())
    with pytest.raises(ValueError, match=r"backward: gradient of shape \(3,\) for .* \(2, 3\)"):
        (x * 3.0).backward(gemmule.ones(3))
    with pytest.raises(ValueError, match=r"backward: a tensor of shape \(2, 3\) needs gradient="):
        (x * 3.0).backward()


def test_backward_of_what_has_no_history():
    with pytest.raises(RuntimeError, match="backward: this tensor does not require grad"):
        gemmule.ones(1).backward()


def test_several_roots():
    x = leaf(3)
    autograd.backward([(x * 2.0).sum(), x * 3.0], [None, gemmule.ones(3, dtype=gemmule.float64)])
    np.testing.assert_array_equal(x.grad.numpy(), 5)
    with pytest.raises(ValueError, match="backward: 1 tensors, but 2 gradients"):
        autograd.backward([x], [None, None])


def test_only_what_needs_a_gradient_gets_one():
    x, constant = leaf(3), gemmule.tensor(draw((3,), seed=1))
    y = x * constant
    y.sum().backward()
    assert constant.grad is None
    assert y.grad is None
    assert not constant.requires_grad
    assert y.requires_grad
    assert not y.is_leaf


def test_several_outputs_of_one_operation():
    x = leaf(4, 6)
    a, _, c = x.split(2, 1)
    (a * 2.0 + c * 3.0).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.repeat([[2, 2, 0, 0, 3, 3]], 4, 0))
    values, indices = x.detach().requires_grad_().max(1)
    assert values.requires_grad
    assert not indices.requires_grad


# ---- graphs --------------------------------------------------------------------------------------


def test_retain_graph():
    x = leaf(3)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), 4 * x.detach().numpy())
    with pytest.raises(RuntimeError, match="released by an earlier backward; pass retain_graph"):
        y.backward()


def test_first_order_only():
    x = leaf(3)
    with pytest.raises(RuntimeError, match="create_graph is not supported"):
        x.sum().backward(create_graph=True)
    with pytest.raises(RuntimeError, match="create_graph is not supported"):
        autograd.grad(x.sum(), x, create_graph=True)


@pytest.mark.parametrize("length", [10_000])
def test_a_long_chain_goes_backward(length):
    x = leaf(2)
    y = x
    for _ in range(length):
        y = y + 1.0
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 1)


def test_a_longer_chain_is_dropped():
    y = leaf(2)
    for _ in range(100_000):
        y = y * 1.0
    node = weakref.ref(y.grad_fn)
    del y
    gc.collect()
    assert node() is None


def test_no_cycles_are_left_for_the_collector():
    gc.collect()
    gc.disable()
    try:
        x = leaf(3)
        y = (x * x).exp().sum()
        nodes = [weakref.ref(y.grad_fn)]
        y.backward()
        del y
        assert nodes[0]() is None
    finally:
        gc.enable()


def test_wide_graphs_are_walked_once_each():
    x = leaf(1)
    y = x
    for _ in range(60):  # 2^60 paths
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**60


# ---- switching off -------------------------------------------------------------------------------


def test_no_grad():
    x = leaf(3)
    with gemmule.no_grad():
        assert not gemmule.is_grad_enabled()
        assert not (x * 2.0).requires_grad
        with gemmule.enable_grad():
            assert (x * 2.0).requires_grad
        assert not (x * 2.0).requires_grad
    assert (x * 2.0).requires_grad

    @gemmule.no_grad()
    def evaluate(t):
        return t * 2.0

    assert not evaluate(x).requires_grad
    with gemmule.set_grad_enabled(False):
        assert not (x * 2.0).requires_grad
    assert gemmule.is_grad_enabled()
    with pytest.raises(KeyError), gemmule.no_grad():
        raise KeyError
    assert gemmule.is_grad_enabled()


def test_no_grad_is_of_one_thread():
    x, seen = leaf(3), []
    with gemmule.no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * 2.0).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_detach():
    x = leaf(3)
    y = (x * 2.0).detach()
    assert y.is_leaf
    assert not y.requires_grad
    shared = x.detach()
    shared.fill_(5.0)
    np.testing.assert_array_equal(x.detach().numpy(), 5)


def test_requires_grad_():
    x = gemmule.ones(3)
    assert x.requires_grad_() is x
    assert x.requires_grad
    y = x * 2.0
    assert not x.requires_grad_(False).requires_grad
    with pytest.raises(ValueError, match="requires_grad_: only a leaf's flag can be cleared"):
        y.requires_grad_(False)
    with pytest.raises(TypeError, match=r"only floating-point tensors have gradients.* int64"):
        gemmule.tensor([1]).requires_grad_()
    with pytest.raises(TypeError, match="only floating-point"):
        gemmule.tensor([1], requires_grad=True)


# ---- hooks ---------------------------------------------------------------------------------------


def test_hooks_of_leaves_and_others():
    x = leaf(3)
    y = x * 2.0
    seen = []
    x.register_hook(lambda g: seen.append(("x", g.numpy().copy())))
    y.register_hook(lambda g: g * 10.0)
    (y + y).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 40)
    assert len(seen) == 1
    np.testing.assert_array_equal(seen[0][1], 40)


def test_hooks_are_removed():
    x = leaf(3)
    twice = x.register_hook(lambda g: g * 2.0)
    thrice = x.register_hook(lambda g: g * 3.0)
    twice.remove()
    twice.remove()
    x.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 3)
    thrice.remove()
    x.grad = None
    x.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 1)
    with pytest.raises(RuntimeError, match="register_hook: this tensor does not require grad"):
        gemmule.ones(1).register_hook(print)


def test_what_a_hook_gives_stays_its_owners():
    x, kept = leaf(3), gemmule.full((3,), 7.0, dtype=gemmule.float64)
    x.register_hook(lambda g: kept)
    x.sum().backward()
    x.sum().backward()
    assert x.grad.tolist() == [14.0] * 3 and kept.tolist() == [7.0] * 3


def test_a_hook_gives_a_gradient_of_the_same_shape():
    x = leaf(3)
    x.register_hook(lambda g: g.sum())
    with pytest.raises(
        ValueError, match=r"the hook gave a gradient of shape \(\), expected shape \(3,"
    ):
        x.sum().backward()


def test_a_hook_sees_the_sum_once():
    x = leaf(3)
    calls = []
    y = x * 1.0
    y.register_hook(lambda g: calls.append(g.numpy()[0]))
    (y + y * 3.0).sum().backward()
    assert calls == [4.0]


def test_retain_grad():
    x = leaf(3)
    y = x * 2.0
    assert not y.retains_grad
    y.retain_grad()
    y.retain_grad()
    assert y.retains_grad
    (y * y).sum().backward(retain_graph=True)
    np.testing.assert_allclose(y.grad.numpy(), 4 * x.detach().numpy())
    assert y.grad_fn.name == "multiply"
    assert x.grad_fn is None
    x.retain_grad()  # a leaf keeps its gradient anyway
    with pytest.raises(RuntimeError, match="does not require grad"):
        gemmule.ones(1).retain_grad()


# ---- grad ----------------------------------------------------------------------------------------


def test_grad():
    x, w, unused = leaf(3), leaf(3, seed=1), leaf(2)
    y = x * w
    loss = (y * y).sum()
    gx, gy = autograd.grad(loss, (x, y))
    np.testing.assert_allclose(gy.numpy(), 2 * y.detach().numpy())
    np.testing.assert_allclose(gx.numpy(), 2 * (y * w).detach().numpy())
    assert x.grad is None
    assert w.grad is None
    with pytest.raises(ValueError, match="grad: input 0 does not influence the outputs"):
        autograd.grad((x * w).sum(), unused)
    none, gw = autograd.grad((x * w).sum(), (unused, w), allow_unused=True)
    assert none is None
    np.testing.assert_array_equal(gw.numpy(), x.detach().numpy())
    (g,) = autograd.grad(x * 2.0, x, gemmule.ones(3))
    np.testing.assert_array_equal(g.numpy(), 2)


def test_gradcheck():
    x, y = leaf(2, 3), leaf(3, seed=1)
    assert autograd.gradcheck(lambda a, b: (a * b, (a + b).exp()), (x, y))

    def broken(a):
        return a * a.detach()  # half of the true gradient

    assert not autograd.gradcheck(broken, x, raise_exception=False)
    with pytest.raises(RuntimeError, match=r"gradcheck: d output 0\[0\] / d input 0\[0\]"):
        autograd.gradcheck(broken, x)
    with pytest.raises(RuntimeError, match=r"is 0.0 by the tape and \d.* by differences"):
        autograd.gradcheck(lambda a: a.detach() * 2.0, x)
    assert autograd.gradcheck(lambda a: (a * 2.0, a > 100.0, gemmule.ones(2)), x)
    with pytest.raises(TypeError, match="gradcheck: input 0 must be float64, it is float32"):
        autograd.gradcheck(lambda a: a * 2.0, gemmule.ones(2).requires_grad_())


# ---- writing in place ----------------------------------------------------------------------------


def test_a_leaf_cannot_be_written():
    x = leaf(3)
    for write in (lambda: x.zero_(), lambda: x.add_(1.0), lambda: x.__setitem__(0, 1.0)):
        with pytest.raises(RuntimeError, match="a leaf that requires grad cannot be written in"):
            write()
    with gemmule.no_grad():
        x.zero_()
    np.testing.assert_array_equal(x.detach().numpy(), 0)


def test_a_tracked_view_cannot_be_written():
    x = leaf(3, 4) * 1.0
    for view in (x[0], x.T, x.reshape(12), x.split(2, 1)[0], x.unsqueeze(0), x[:, ::-1]):
        with pytest.raises(RuntimeError, match=r"add_: a view of a tensor with history .* base\["):
            view += 1.0


def test_a_view_is_stale_once_its_base_was_written():
    x = leaf(3, 4)
    base = x * 1.0
    row = base[0]
    base[1] = 5.0
    with pytest.raises(RuntimeError, match="view whose base was written in place by setitem"):
        row * 2.0
    np.testing.assert_array_equal((base[1] * 1.0).detach().numpy(), 5)


def test_in_place_arithmetic_is_recorded():
    x = leaf(3)
    y = x * 2.0
    y += x
    y *= 3.0
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 9)


def test_assignment_is_recorded():
    x, v = leaf(3, 4), leaf(4, seed=1)
    y = x * 2.0
    y[1] = v * 3.0
    y[:, 0] = 0.0
    y.sum().backward()
    want = np.full((3, 4), 2.0)
    want[1] = want[:, 0] = 0
    np.testing.assert_array_equal(x.grad.numpy(), want)
    np.testing.assert_array_equal(v.grad.numpy(), [0, 3, 3, 3])


def test_assignment_into_a_constant_makes_it_tracked():
    v = leaf(2)
    out = gemmule.zeros(3, 2, dtype=gemmule.float64)
    assert not out.requires_grad
    out[1] = v
    assert out.requires_grad
    (out * 2.0).sum().backward()
    np.testing.assert_array_equal(v.grad.numpy(), 2)


def test_augmented_assignment_to_a_part():
    v = leaf(2)
    out = gemmule.ones(3, 2, dtype=gemmule.float64)
    out[1] += v
    out.sum().backward()
    np.testing.assert_array_equal(v.grad.numpy(), 1)


def test_a_write_between_forward_and_backward():
    x, w = leaf(3), gemmule.tensor(draw((3,), seed=1))
    y = x * w
    w.add_(1.0)
    with pytest.raises(
        RuntimeError, match=r"backward of multiply: a tensor .* written in place by add "
    ):
        y.sum().backward()


def test_a_write_through_any_view_counts():
    x, w = leaf(3), gemmule.tensor(draw((2, 3), seed=1))
    y = x * w[0]
    w.T[0, 1] = 5.0
    with pytest.raises(RuntimeError, match=r"backward of multiply: .* in place by setitem"):
        y.sum().backward()


def test_a_failed_walk_leaves_nothing_behind():
    x, w = leaf(3), gemmule.tensor(draw((3,), seed=1))
    a = x * 2.0
    y = a * w + a
    before = w.numpy().copy()
    w.add_(1.0)
    with pytest.raises(RuntimeError, match="in place by add "):
        y.sum().backward(retain_graph=True)
    z = a * 3.0
    z.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 6)
    assert not np.array_equal(before, w.numpy())


def test_writes_without_influence_are_allowed():
    x, w = leaf(3), gemmule.tensor(draw((3,), seed=1))
    y = x + w  # addition keeps nothing
    w.zero_()
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 1)


def test_copy_and_fill_with_tensors():
    v, s = leaf(3), gemmule.tensor(2.0, requires_grad=True)
    out = gemmule.zeros(2, 3, dtype=gemmule.float64)
    out.copy_(v)
    (out * 5.0).sum().backward()
    np.testing.assert_array_equal(v.grad.numpy(), 10)
    other = gemmule.zeros(2, 3)
    other.fill_(s)
    other.sum().backward()
    assert s.grad.item() == 6
