"""``out=``: results written into a tensor that is there already.

One rule for every function that takes it. `out` has the result's shape, and a dtype that NumPy's
"same_kind" allows: a float takes floats of any width (narrower ones round), integers and bool; an
integer takes integers of any width and bool; bool takes bool alone. Else it is a TypeError. Unlike
in NumPy, and as in PyTorch, an unsigned integer takes signed ones, which wrap.

`out` may be one of the operands or overlap them in any way: what would be overwritten before it is
read is copied first. The write counts as one in place, which the tape's versions see, and the
function returns `out`. No gradient is recorded through it: where one would have to be, it is
refused.

Whatever has it in NumPy or PyTorch takes it here: elementwise functions, products, reductions and
scans that give one tensor, `where`, `clip`, and what joins tensors, and the methods of the same
names. Views, activations, softmax, layers and losses do not, as there.
"""

from gemmule import _C
from gemmule.tensor import as_array, check_tensor, raw, tracked


def check_out(out, op, operands):
    """Raise unless `out` is a Tensor and no gradient is to be recorded."""
    check_tensor(out, op, "out")
    if not _C.grad_enabled():
        return
    for x in (*operands, out):
        if tracked(x):
            raise RuntimeError(
                f"{op}: out= records no gradient, but an argument requires one; leave out= away, "
                "detach() the argument, or use no_grad()"
            )


def into(out, op, function, operands, *options):
    """function(*operands, *options, out) for one of Arrays that writes its last argument."""
    check_out(out, op, operands)
    arrays = [None if x is None else raw(x) for x in operands]
    function(*arrays, *options, raw(out))
    return out


def copied(out, op, function, operands):
    """The same for a function that makes an Array of its own: copied into `out`."""
    check_out(out, op, operands)
    result, target = function(*[raw(x) for x in operands]), raw(out)
    _check(op, target, result)
    _C.copy_into(target, result)
    return out


def moved(out, op, operands, function, *arguments, **options):
    """The same for a function of Tensors: function(*arguments, **options) without a gradient."""
    check_out(out, op, operands)
    result, target = as_array(function(*arguments, **options), op, "out"), raw(out)
    _check(op, target, result)
    _C.copy_into(target, result)
    return out


def _check(op, target, result):
    to, of = target.dtype, result.dtype
    if target.shape != result.shape:
        raise ValueError(f"{op}: the result has shape {result.shape}, but out has {target.shape}")
    floats = to.is_floating_point and of.is_floating_point
    integers = to.is_integer and of.is_integer
    if not floats and not integers and _C.promote_types(to, of) is not to:
        raise TypeError(f"{op}: cannot write a {of.name} result into an array of {to.name}")
