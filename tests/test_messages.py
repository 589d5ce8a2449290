"""What is said where PyTorch's users go wrong most: the operation, the argument, the way out."""

import inspect
import re
import warnings

import gemmule
import pytest
from check import NO_CUDA
from gemmule import _C, nn
from gemmule.nn import functional as F

X = gemmule.ones(3, 4)

MESSAGES = [
    (lambda: gemmule.tensor("hello"), TypeError, "tensor: expected numbers .* 'hello', no number"),
    (lambda: gemmule.asarray(object()), TypeError, "asarray: expected numbers or arrays of them"),
    (lambda: gemmule.tensor([1j]), TypeError, "complex numbers, for which there is no dtype"),
    (lambda: X.to("flot32"), TypeError, "to: 'flot32' is neither a dtype, such as 'float32', nor"),
    (lambda: X.to("cuda:255"), RuntimeError, f"to: {NO_CUDA}"),
    (lambda: X.sum(dimm=1), TypeError, r"\bsum\(\) got an unexpected keyword argument 'dimm'"),
    (lambda: X.new_zeros(-1), ValueError, "new_zeros: negative size -1"),
    (lambda: X.new_empty(-1), ValueError, "new_empty: negative size -1"),
    (lambda: gemmule.ones_like(3), TypeError, "ones_like: expected a Tensor for 'x', got int 3"),
    (lambda: gemmule.cat([X, X[0]]), ValueError, "^cat: arrays of shapes"),
    (lambda: gemmule.concat([X, X[0]]), ValueError, "^concat: arrays of shapes"),
    (lambda: gemmule.vstack([X, X[:, :2]]), ValueError, "^vstack: arrays of shapes"),
    (lambda: F.cross_entropy(X, gemmule.ones(3)), ValueError, r"labels are integers: target.long"),
    (
        lambda: F.instance_norm(X[None], use_input_stats=False),
        ValueError,
        "^instance_norm: without",
    ),
    (lambda: gemmule.linear(X, 3), TypeError, "linear: expected a Tensor for 'weight', got int 3"),
    (lambda: X @ "w", TypeError, "matmul: expected a Tensor for 'x2', got str 'w'"),
    (lambda: gemmule.torch.numel(None), TypeError, "numel: .* 'input', got NoneType"),
    (lambda: F.fold("x", 3, 2), TypeError, "fold: expected a Tensor for 'input', got str 'x'"),
    (lambda: gemmule.rand(3, generator=3), TypeError, "a Generator for 'generator', got int"),
    (lambda: X.reshape_as(2), TypeError, "'other', got int 2"),
    (
        lambda: gemmule.sum(X, dim=1),
        TypeError,
        r"write sum\(x, axis=1\), or x.sum\(1\) for PyTorch's method",
    ),
    (
        lambda: gemmule.max(X, 1, True),
        TypeError,
        r"write max\(x, axis=1, keepdims=True\), or x.max\(1, keepdim=True\) for",
    ),
    (lambda: X.sum(0, axis=1), TypeError, "sum: dim=0 and axis=1 are one argument"),
    (lambda: X.max(0, True, keepdims=False), TypeError, "max: keepdim=True and keepdims=False"),
    (lambda: X.sort(0, axis=1), TypeError, "sort: dim=0 and axis=1 are one argument"),
    (lambda: gemmule.stack([X], 1, axis=0), TypeError, "stack: dim=1 and axis=0"),
    (lambda: F.softmax(X, 0, axis=1), TypeError, "softmax: dim=0 and axis=1"),
    (lambda: gemmule.cumsum(X, 0, axis=1), TypeError, "cumsum: dim=0 and axis=1"),
    (lambda: X.squeeze(0, axis=1), TypeError, "squeeze: dim=0 and axis=1"),
    (lambda: X.flip(0, axis=1), TypeError, r"flip: dim=\(0,\) and axis=1"),
    (lambda: setattr(X, "grad", "x"), TypeError, "grad: expected a Tensor for 'grad', got str"),
    (lambda: setattr(X, "grad", X.mT), ValueError, r"grad: a gradient of shape \(4, 3\) for a ten"),
    (lambda: setattr(X, "grad", X.double()), TypeError, "grad: a gradient of float64 for a tens"),
    (lambda: setattr(X, "grad", X), ValueError, "grad: a tensor cannot be its own gradient"),
    (lambda: setattr(X, "data", 3), TypeError, "data: expected a Tensor for 'value', got int 3"),
    (lambda: F.relu(3), TypeError, "^relu: expected a Tensor for 'input', got int 3$"),
    (lambda: F.relu("x"), TypeError, "^relu: expected a Tensor for 'input', got str 'x'$"),
    (lambda: F.relu(X > 0), TypeError, "^relu: expected numbers, got bool$"),
    (lambda: X + None, TypeError, "^add: expected a Tensor or a number for 'x2', got None$"),
    (lambda: X.view(5), ValueError, r"^view: shape \(3, 4\) has 12 elements, shape \(5,\) has 5$"),
    (lambda: X.expand(5), ValueError, r"^expand: "),
    (
        lambda: F.conv2d(X[None, None], X[None, None], stride="a"),
        TypeError,
        "^conv2d: expected an int for 'stride', got str 'a'$",
    ),
    (
        lambda: X.sum(1.5),
        TypeError,
        "sum: expected an int or a sequence of ints for 'dim', got flo",
    ),
    (lambda: X.clip("a"), TypeError, "^clip: expected a Tensor for 'min', got str 'a'$"),
    (lambda: gemmule.where("c", X, X), TypeError, "^where: expected a Tensor for 'condition'"),
    (lambda: X.unsqueeze("a"), TypeError, "^unsqueeze: expected an int for 'dim', got str$"),
    (lambda: gemmule.isin(X, "a"), TypeError, "^isin: expected a Tensor for 'x2', got str 'a'$"),
    (lambda: nn.Linear("2", 3), TypeError, "^Linear: in_features must be an int, got str '2'$"),
    (lambda: nn.Linear(2, -3), ValueError, "^Linear: out_features is negative, -3$"),
    (lambda: nn.Conv2d(3, 2, "a"), TypeError, "^Conv2d: kernel_size must be an int, got str 'a'$"),
    (
        lambda: nn.Conv1d(3, 2.0, 1),
        TypeError,
        "^Conv1d: out_channels must be an int, got float 2.0",
    ),
    (lambda: nn.Embedding("a", 3), TypeError, "^Embedding: num_embeddings must be an int, got str"),
    (lambda: nn.BatchNorm2d(None), TypeError, "^BatchNorm2d: num_features must be an int, got Non"),
    (lambda: nn.LayerNorm("a"), TypeError, "^LayerNorm: normalized_shape must be an int, got str"),
    (lambda: nn.GroupNorm(0, 4), ValueError, "^GroupNorm: num_channels 4 must be divisible by num"),
    (lambda: nn.LSTMCell(2, "a"), TypeError, "^LSTMCell: hidden_size must be an int, got str 'a'$"),
    (lambda: nn.LSTM(2, 3)("x"), TypeError, "^LSTM: expected a Tensor for 'input', got str 'x'$"),
    (lambda: nn.MultiheadAttention(4, "a"), TypeError, "^MultiheadAttention: num_heads must be an"),
    (
        lambda: nn.Linear(4, 2)(X.double()),
        TypeError,
        r"^linear: weight is float32, but the input is float64; convert one, as by input.float\(\)",
    ),
    (
        lambda: nn.Conv2d(1, 1, 1).double()(X[None, None]),
        TypeError,
        r"^conv2d: weight is float64 but input is float32; convert one, as by input.double\(\)$",
    ),
    (
        lambda: F.mse_loss(X, X.double()),
        TypeError,
        r"^mse_loss: input is float32, but target is float64; convert one, as by target.float\(\)$",
    ),
    (
        lambda: nn.Linear(4, 2)(X.long()),
        TypeError,
        r"^linear: expected float32 or float64, got int64; convert it, as by .float\(\)$",
    ),
    (lambda: F.softmax(X, dim=5), IndexError, "^softmax: dim 5 is out of range for an array of 2"),
    (lambda: F.softmax(X, axis=5), IndexError, "^softmax: axis 5 is out of range for an array"),
    (lambda: X.softmax(dim=-3), IndexError, "^softmax: dim -3 is out of range for an array of 2"),
    (lambda: X.sum(dim=(0, 7)), IndexError, "^sum: dim 7 is out of range for an array of 2"),
    (lambda: X.flatten(start_dim=4), IndexError, "^flatten: start_dim 4 is out of range"),
    (lambda: X.transpose(dim0=0, dim1=4), IndexError, "^transpose: dim1 4 is out of range"),
    (lambda: gemmule.torch.flip(X, dims=(0, 4)), IndexError, "^flip: dim 4 is out of range"),
    (lambda: gemmule.softmax(X), TypeError, r"^softmax: expected dim, .* softmax\(x, dim=-1\)$"),
    (lambda: F.normalize(X, axis=1), TypeError, r"normalize\(\) .* 'axis'; it is 'dim' here$"),
    (lambda: gemmule.squeeze(X, dim=1), TypeError, "squeeze.* 'dim'; it is 'axis' here$"),
    (lambda: X.narrow(axis=0, start=1, length=1), TypeError, "narrow.*'axis'; it is 'dim' here$"),
    (lambda: X.permute(axes=(1, 0)), TypeError, "permute.*; it is 'dims' here$"),
    (lambda: gemmule.permute_dims(X, dims=(1, 0)), TypeError, "permute_dims.*'axes' here$"),
    (lambda: X.median(0, keepdims=True), TypeError, "median.*; it is 'keepdim' here$"),
    (lambda: gemmule.linalg.vector_norm(X, dim=1), TypeError, "vector_norm.*'axis' here$"),
    (lambda: F.relu(x=X), TypeError, "relu.* 'x'; it is 'input' here$"),
    (lambda: nn.Softmax(axis=1), TypeError, "^Softmax.* 'axis'; it is 'dim' here$"),
    (lambda: X.gather(axes=1), TypeError, "gather.* 'axes'; it is 'dim' here$"),
    (lambda: gemmule.array, AttributeError, "no attribute 'array'; it is gemmule.tensor, or gem"),
    (lambda: gemmule.arctan2, AttributeError, "no attribute 'arctan2'; it is gemmule.atan2$"),
    (lambda: gemmule.det, AttributeError, "no attribute 'det'; it is gemmule.linalg.det$"),
    (lambda: gemmule.nothing, AttributeError, "module 'gemmule' has no attribute 'nothing'$"),
    (
        lambda: gemmule.trace(X[0]),
        ValueError,
        r"^trace: expected a matrix for 'input', got shape \(4,\)$",
    ),
    (lambda: gemmule.kron(X, 3), TypeError, "^kron: expected a Tensor for 'other', got int 3"),
    (lambda: gemmule.squeeze([[1]]), TypeError, "squeeze: expected a Tensor for 'x', got list"),
]


@pytest.mark.parametrize(("call", "error", "message"), MESSAGES)
def test_message(call, error, message):
    with pytest.raises(error, match=message):
        call()


# A window of max pooling that sees no element: -inf would be no maximum of anything.
def test_window_in_padding_alone_is_refused():
    with pytest.raises(ValueError, match="the window at 0 lies in padding alone"):
        F.max_pool1d(gemmule.ones(1, 1, 3), 2, 4, 1, dilation=4, ceil_mode=True)


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss])
def test_losses_warn_where_they_broadcast(loss):
    with pytest.warns(UserWarning, match=rf"{loss.__name__}: target of shape \(3,\)") as caught:
        assert loss(gemmule.ones(3, 1), gemmule.ones(3)).shape == ()
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss(gemmule.ones(3), gemmule.ones(3))


def test_methods_have_their_own_names_and_docstrings():
    for name in dir(gemmule.Tensor):
        method = getattr(gemmule.Tensor, name)
        if name.startswith("__") or not callable(method):
            continue
        assert inspect.getdoc(method), name
        assert not method.__name__.startswith("_"), name
    assert gemmule.Tensor.sum.__qualname__ == "Tensor.sum"
    assert gemmule.Tensor.mul_.__qualname__ == "Tensor.mul_"


def test_one_name_of_an_argument_is_enough():
    assert X.sum(axis=0, keepdims=True).shape == X.sum(0, keepdim=True).shape == (1, 4)
    assert X.sum(0, keepdims=True).shape == X.sum(axis=0, keepdim=True).shape == (1, 4)
    assert X.var(False, axis=0).tolist() == [0.0] * 4
    assert X.sort(axis=0).values.shape == (3, 4)


def test_wrong_names_are_refused_in_the_name_of_the_function():
    for name in dir(gemmule.Tensor):
        method = getattr(gemmule.Tensor, name)
        if name.startswith("__") or not callable(method):
            continue
        with pytest.raises(TypeError) as caught:
            method(X, no_such_argument=1)
        assert method.__name__ in str(caught.value)


def array(*shape, dtype=gemmule.float32):
    return gemmule.zeros(shape, dtype=dtype)._array


# Gradients called by themselves, with what no forward step can have saved.
SAVED = [
    ("softmax_backward", (array(2, 3), array(4, 5), 1), "gradient of shape"),
    (
        "layer_norm_backward",
        (array(4, 8), array(4, 8), 8, None, array(1), array(4), True, True, True),
        "saved statistics of shape",
    ),
    (
        "batch_norm_backward",
        (array(4, 8), array(4, 8), None, array(8), array(3), True, True, True, True),
        "saved statistics of shape",
    ),
    (
        "group_norm_backward",
        (array(1, 8), array(4, 8), 2, None, array(8), array(8), True, True, True),
        "gradient of shape",
    ),
    (
        "max_pool_gradient",
        (array(9, 2, 2), array(9, 2, 2, dtype=gemmule.int32), (1, 4, 4), 2),
        "gradient of shape",
    ),
    (
        "max_pool_gradient",
        (array(1, 2, 2), array(1, 2, 2, dtype=gemmule.int64), (1, 4, 4), 2),
        "expected int32",
    ),
    (
        "max_pool_gradient",
        (array(2, 2, 2), array(2, 2, 2, dtype=gemmule.int32) - 1, (2, 4, 4), 2),
        "index -1 is out of range for a plane of 16 elements",
    ),
    (
        "max_pool_gradient",
        (array(2, 2, 2), array(2, 2, 2, dtype=gemmule.int32) + 16, (2, 4, 4), 2),
        "index 16 is out of range for a plane of 16 elements",
    ),
    (
        "rnn_step_backward",
        ("lstm", array(2, 3), None, None, None, array(2, 3), None, None),
        "saved c is missing",
    ),
    (
        "rnn_step_backward",
        ("gru", array(2, 3), None, None, None, array(2, 3), None, array(1, 1)),
        "saved gates of shape",
    ),
]


@pytest.mark.parametrize(("name", "arguments", "message"), SAVED)
def test_gradients_check_what_was_saved(name, arguments, message):
    with pytest.raises((ValueError, TypeError, IndexError), match=re.escape(message)):
        getattr(_C, name)(*arguments)
