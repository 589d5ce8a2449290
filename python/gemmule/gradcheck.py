"""Gradients checked against finite differences."""

import numpy

from gemmule import _C, autograd
from gemmule.tensor import Tensor, wrap


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True):
    """Compare the tape's gradients of a function with central differences, element by element.

    Args:
        func: takes the inputs and gives a Tensor or a sequence of Tensors.
        inputs: a Tensor or a tuple; the float64 Tensors that require grad are checked.
        eps: half the step of a difference.
        atol, rtol: allowed error, absolute and relative to the difference quotient.
        raise_exception: whether to raise on a mismatch rather than return False.

    Returns:
        True if all gradients agree.

    Raises:
        RuntimeError: a gradient disagrees; the message says which element. An output that does not
            require grad has the gradient 0 by the tape.
        TypeError: an input that requires grad is not float64: a difference would be rounding noise.

    Example:
        >>> x = gemmule.tensor([1.0, 2.0], dtype=gemmule.float64, requires_grad=True)
        >>> gemmule.autograd.gradcheck(lambda t: t * t, x)
        True
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [i for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad]
    if not checked:
        raise ValueError("gradcheck: no input requires grad")
    for i in checked:
        if inputs[i].dtype.name != "float64":
            raise TypeError(f"gradcheck: input {i} must be float64, it is {inputs[i].dtype.name}")
    for output, result in enumerate(_outputs(func, inputs)):
        if not result.dtype.is_floating_point:
            continue
        for position in checked:
            numeric = _numeric(func, inputs, output, position, eps)
            analytic = _analytic(func, inputs, output, position)
            wrong = ~(numpy.abs(analytic - numeric) <= atol + rtol * numpy.abs(numeric))
            if not wrong.any():
                continue
            if not raise_exception:
                return False
            row, column = numpy.argwhere(wrong)[0]
            raise RuntimeError(
                f"gradcheck: d output {output}[{column}] / d input {position}[{row}] "
                f"is {analytic[row, column]} by the tape and {numeric[row, column]} by differences"
            )
    return True


def _outputs(func, inputs):
    results = func(*inputs)
    return [results] if isinstance(results, Tensor) else list(results)


def _numeric(func, inputs, output, position, eps):
    """Jacobian (input elements × output elements) by central differences."""
    flat = numpy.array(inputs[position].detach().numpy()).reshape(-1)
    rows = []
    for i in range(flat.size):
        ends = []
        for step in (eps, -eps):
            moved = flat.copy()
            moved[i] += step
            shaped = wrap(_C.from_buffer(moved.reshape(inputs[position].shape)))
            with autograd.no_grad():
                replaced = (*inputs[:position], shaped, *inputs[position + 1 :])
                ends.append(numpy.array(_outputs(func, replaced)[output].numpy()).reshape(-1))
        rows.append((ends[0] - ends[1]) / (2 * eps))
    size = _outputs(func, inputs)[output].numel()
    return numpy.array(rows).reshape(flat.size, size)


def _analytic(func, inputs, output, position):
    """The same by one backward walk per output element."""
    size = _outputs(func, inputs)[output].numel()
    columns = []
    for i in range(size):
        result = _outputs(func, inputs)[output]
        if not result.requires_grad:
            columns.append(numpy.zeros(inputs[position].numel()))
            continue
        unit = numpy.zeros(size)
        unit[i] = 1
        seed = wrap(_C.from_buffer(unit.reshape(result.shape)))
        (g,) = autograd.grad(result, inputs[position], seed, allow_unused=True)
        shape = inputs[position].shape
        columns.append(numpy.zeros(shape).reshape(-1) if g is None else g.numpy().reshape(-1))
    return numpy.array(columns).reshape(size, -1).T
