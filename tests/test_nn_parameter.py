import copy
import pickle

import gemmule
import pytest
from gemmule.nn import Parameter


def test_a_parameter_is_a_leaf_that_shares_memory():
    data = gemmule.ones(3)
    parameter = Parameter(data)
    assert parameter.requires_grad and parameter.is_leaf and isinstance(parameter, gemmule.Tensor)
    assert parameter.data_ptr() == data.data_ptr() and not data.requires_grad
    assert not Parameter(data, requires_grad=False).requires_grad
    assert Parameter().shape == (0,) and Parameter([1.0, 2.0]).shape == (2,)
    assert Parameter(gemmule.tensor(1.5)).item() == 1.5


def test_operations_on_parameters_give_tensors():
    assert type(Parameter(gemmule.ones(3)) + 1) is gemmule.Tensor


def test_integer_parameters_cannot_require_grad():
    with pytest.raises(TypeError, match="only floating-point tensors have gradients"):
        Parameter(gemmule.tensor([1, 2]))
    assert Parameter(gemmule.tensor([1, 2]), requires_grad=False).dtype == gemmule.int64


def test_repr():
    text = repr(Parameter(gemmule.ones(2)))
    assert text.startswith("Parameter containing:\ntensor(") and "requires_grad=True" in text


@pytest.mark.parametrize("twice", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
@pytest.mark.parametrize(
    "parameter",
    [
        Parameter(gemmule.tensor([1.0, 2.0], dtype=gemmule.float64)),
        Parameter(gemmule.tensor([1.0, 2.0]), requires_grad=False),
        Parameter(gemmule.tensor([1, 2]), requires_grad=False),
    ],
    ids=str,
)
def test_copies_and_pickles_carry_everything(twice, parameter):
    parameter.note = {"decay": False}
    twin = twice(parameter)
    assert type(twin) is Parameter and twin is not parameter
    assert twin.tolist() == parameter.tolist() and twin.dtype == parameter.dtype
    assert twin.requires_grad == parameter.requires_grad
    assert twin.note == {"decay": False} and twin.note is not parameter.note
    assert twin.data_ptr() != parameter.data_ptr()


def test_deepcopy_copies_the_gradient():
    parameter = Parameter(gemmule.ones(2))
    (parameter * 3).sum().backward()
    twin = copy.deepcopy(parameter)
    assert twin.grad.tolist() == [3, 3] and twin.grad.data_ptr() != parameter.grad.data_ptr()
