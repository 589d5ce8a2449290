"""autograd.Function: operations of a user's own."""

import gc
import weakref

import gemmule
import numpy as np
import pytest
from gemmule.autograd import Function, grad, gradcheck


class Product(Function):
    @staticmethod
    def forward(ctx, x, y, scale):
        ctx.save_for_backward(x, y)
        ctx.scale = scale
        return x * y * scale

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y * ctx.scale, g * x * ctx.scale, None


class SinCos(Function):
    """In PyTorch's newer form, with two outputs."""

    @staticmethod
    def forward(x):
        return gemmule.sin(x), gemmule.cos(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*output)

    @staticmethod
    def backward(ctx, g_sin, g_cos):
        sin, cos = ctx.saved_tensors
        return g_sin * cos - g_cos * sin


def leaf(values, dtype="float64"):
    return gemmule.tensor(values, dtype=dtype, requires_grad=True)


def test_gradients_are_the_authors():
    x, y = leaf([1.0, -2.0, 3.0]), leaf([0.5, 4.0, -1.0])
    assert gradcheck(lambda a, b: Product.apply(a, b, 3.0), (x, y))
    assert gradcheck(SinCos.apply, x)
    # In the middle of other operations, and where one of two outputs is used.
    assert gradcheck(lambda a: SinCos.apply(a * 2)[1].exp().sum(), x)
    out = Product.apply(x, y, 3.0)
    assert out.requires_grad and not out.is_leaf and repr(out.grad_fn) == "<Function>"
    assert out.tolist() == [1.5, -24.0, -9.0]


def test_needs_input_grad():
    seen = []

    class Sum(Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.needs_input_grad)
            return g, g

    x = leaf([1.0])
    Sum.apply(x, gemmule.ones(1, dtype="float64")).backward()
    assert seen == [(True, False)] and x.grad.tolist() == [1]
    with gemmule.no_grad():
        assert not Sum.apply(x, x).requires_grad
    assert not Sum.apply(x.detach(), x.detach()).requires_grad


def test_an_unused_output_gives_zeros_or_none():
    seen = []

    class Two(Function):
        @staticmethod
        def forward(ctx, x, filled):
            ctx.set_materialize_grads(filled)
            return x + 1, x + 2

        @staticmethod
        def backward(ctx, a, b):
            seen.append(b)
            return a, None

    x = leaf([1.0, 2.0])
    Two.apply(x, True)[0].sum().backward()
    Two.apply(x, False)[0].sum().backward()
    assert seen[0].tolist() == [0, 0] and seen[0].dtype is gemmule.float64 and seen[1] is None
    assert x.grad.tolist() == [2, 2]


def test_outputs_without_a_gradient():
    class Largest(Function):
        @staticmethod
        def forward(ctx, x):
            order = x.argmax()
            rounded = x.round()
            ctx.mark_non_differentiable(rounded)
            ctx.order = order.item()
            return x.max(), order, rounded

        @staticmethod
        def backward(ctx, g, *_):
            out = gemmule.zeros(3, dtype="float64")
            out[ctx.order] = g
            return out

    x = leaf([1.0, 5.0, 2.0])
    value, order, rounded = Largest.apply(x)
    assert value.requires_grad and not order.requires_grad and not rounded.requires_grad
    value.backward()
    assert x.grad.tolist() == [0, 1, 0]


def test_an_argument_may_be_given_back():
    class Identity(Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return -g

    x = leaf([1.0, 2.0])
    y = Identity.apply(x)
    assert y is not x and x.is_leaf
    (y * 3).sum().backward()
    assert x.grad.tolist() == [-3, -3]
    # What is given back for a gradient may be kept: it is not added into.
    assert grad(Identity.apply(x) + Identity.apply(x), x, gemmule.ones(2))[0].tolist() == [-2, -2]


def test_a_write_to_what_was_saved_is_noticed():
    x, y = leaf([1.0]), gemmule.ones(1, dtype="float64")
    out = Product.apply(x, y, 1.0)
    y += 1
    with pytest.raises(RuntimeError, match=r"backward of Function: .* written in place by add"):
        out.backward()


@pytest.mark.parametrize("write", [lambda g: g.mul_(0), lambda g: g.reshape(-1)[:1].fill_(0)])
def test_a_write_into_a_gradient_is_noticed(write):
    class Zero(Function):
        @staticmethod
        def forward(ctx, x):
            return x + 1

        @staticmethod
        def backward(ctx, g):
            write(g)
            return g

    b, c = leaf([1.0, 1.0]), leaf([2.0, 3.0])
    out = ((Zero.apply(c * 1) + b) * gemmule.tensor([1.0, 1.0])).sum()
    with pytest.raises(RuntimeError, match=r"^Zero.backward: a gradient .* in place; .* g.clone"):
        out.backward()
    assert b.grad is None
    with pytest.raises(RuntimeError, match=r"^Zero.backward: a gradient"):
        Zero.apply(c).backward(gemmule.ones(2))

    class Copy(Zero):
        @staticmethod
        def backward(ctx, g):
            g = g.clone()
            write(g)
            return g

    ((Copy.apply(c * 1) + b) * gemmule.tensor([1.0, 1.0])).sum().backward()
    assert b.grad.tolist() == [1, 1] and c.grad.tolist()[0] == 0


def test_only_tensors_are_saved():
    class Scale(Function):
        @staticmethod
        def forward(ctx, x, scale):
            ctx.save_for_backward(x, None, scale)
            return x * scale

    with pytest.raises(
        TypeError,
        match=r"^save_for_backward: expected Tensors or None, got float 3.0; keep it as an attrib",
    ):
        Scale.apply(leaf([1.0]), 3.0)


def test_nothing_is_kept_alive():
    x = leaf([1.0, 2.0])
    out = SinCos.apply(x)[0]  # which saves its own outputs
    held = weakref.ref(out)
    gc.disable()
    try:
        out.sum().backward()
        del out
        assert held() is None
    finally:
        gc.enable()


def function(given, result=None):
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y if result is None else result

        @staticmethod
        def backward(ctx, g):
            return given

    return Wrong


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (gemmule.ones(2), ValueError, "Wrong.backward: expected 2 gradients, .*, got 1"),
        ((gemmule.ones(2),) * 3, ValueError, "expected 2 gradients, .* of forward, got 3"),
        ((gemmule.ones(3), None), ValueError, r"gradient 0 has shape \(3,\), its argument \(2,\)"),
        ((1.0, None), TypeError, "Wrong.backward: expected a Tensor for 'gradient 0', got float"),
    ],
)
def test_mistakes_in_backward(given, error, message):
    out = function(given).apply(leaf([1.0, 2.0]), leaf([1.0, 2.0]))
    with pytest.raises(error, match=message):
        out.sum().backward()


def test_mistakes_in_forward():
    with pytest.raises(
        TypeError, match=r"Wrong.forward: expected a Tensor for 'its result', got float"
    ):
        function(None, 3.0).apply(leaf([1.0]), leaf([1.0]))
    with pytest.raises(NotImplementedError, match="a Function defines forward"):
        Function.apply(leaf([1.0]))


def test_pytorchs_form_gives_the_same():
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")

    def run(library, values):
        class Cube(library.autograd.Function):
            @staticmethod
            def forward(ctx, x, factor):
                ctx.save_for_backward(x)
                ctx.factor = factor
                return factor * x * x * x

            @staticmethod
            def backward(ctx, g):
                (x,) = ctx.saved_tensors
                return g * 3 * ctx.factor * x * x, None

        x = library.tensor(values, requires_grad=True)
        Cube.apply(x * 2, 0.5).exp().sum().backward()
        return x.grad.numpy()

    values = [0.3, -0.5, 0.1]
    np.testing.assert_allclose(run(gemmule.torch, values), run(torch, values), rtol=2.4e-7)
