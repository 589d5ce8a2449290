"""Tensor: an Array that a gradient can flow to.

The class holds data and says what it is. Every operation is a function of ``gemmule.ops``, which
hangs its methods on the class with :func:`methods`. Written in Cython's pure-Python mode: the
fields are typed in ``tensor.pxd`` when this file is compiled; uncompiled it runs as well.
"""

import numbers

import cython

from gemmule import _C
from gemmule._C import TensorBase
from gemmule.devices import Device

_Array = _C.Array


class _Size(int):
    """An int that can be called: ``x.size`` and ``x.size(0)``."""

    shape: tuple

    def __call__(self, dim=None):
        return self.shape if dim is None else self.shape[dim]


class Tensor(TensorBase):
    """An n-dimensional array with an optional gradient; :func:`gemmule.tensor` makes one.

    Called, as in PyTorch: ``Tensor(2, 3)`` is float32 zeros of that shape, ``Tensor([2, 3])`` these
    numbers as float32; of a tensor it is another one of its data and dtype.
    """

    __array_ufunc__ = None  # so that ndarray + Tensor is ours

    def __init__(self, *data, requires_grad=False):
        sizes = [isinstance(n, numbers.Integral) and not isinstance(n, bool) for n in data]
        if len(data) == 1 and not sizes[0]:
            self._array = as_array(data[0], "Tensor", "data")
            if not isinstance(data[0], (Tensor, _Array)):
                self._array = _C.astype(self._array, _C.float32)
        elif False in sizes:
            raise TypeError(f"Tensor: expected what it holds, or sizes as ints, got {data}")
        else:
            self._array = _C.full(data or (0,), 0.0, _C.float32)
        if requires_grad:
            self.requires_grad_()

    # ---- what it is ------------------------------------------------------------------------------

    @property
    def shape(self):
        """Sizes, a tuple of ints."""
        return self._array.shape

    @property
    def ndim(self):
        """Number of dimensions."""
        return self._array.ndim

    @property
    def dtype(self):
        """Element type, such as ``gemmule.float32``."""
        return self._array.dtype

    @property
    def device(self):
        """Where the data is: ``"cpu"``, with the attributes ``type`` and ``index`` besides."""
        return Device(self._array.device)

    @property
    def size(self):
        """Number of elements; called, as in PyTorch, the shape or one of its sizes."""
        size = _Size(self._array.size)
        size.shape = self._array.shape
        return size

    @property
    def itemsize(self):
        """Bytes of one element."""
        return self._array.dtype.itemsize

    @property
    def nbytes(self):
        """Bytes of all elements."""
        return self._array.size * self._array.dtype.itemsize

    @property
    def strides(self):
        """Distance of neighbours along each axis, in elements."""
        return self._array.strides

    def stride(self, dim=None):
        """Strides in elements, or the stride of one dimension."""
        return self._array.strides if dim is None else self._array.strides[dim]

    def dim(self):
        """Number of dimensions."""
        return self._array.ndim

    def numel(self):
        """Number of elements."""
        return self._array.size

    def element_size(self):
        """Bytes of one element."""
        return self._array.dtype.itemsize

    def data_ptr(self):
        """Address of the first element."""
        return self._array.data_ptr

    def is_contiguous(self):
        """Whether the elements are row-major in memory, without gaps."""
        return self._array.is_contiguous

    def is_floating_point(self):
        """Whether the dtype is a floating-point one."""
        return self._array.dtype.is_floating_point

    # ---- gradients -------------------------------------------------------------------------------

    @property
    def requires_grad(self):
        """Whether backward computes a gradient for this tensor."""
        return self._tracked

    @requires_grad.setter
    def requires_grad(self, value):
        self.requires_grad_(value)

    @property
    def grad(self):
        """The accumulated gradient, of the shape and dtype that the tensor had then, or None."""
        return self._grad

    @grad.setter
    def grad(self, value):
        if value is not None:
            check_tensor(value, "grad", "grad")
            own, given = self._array, value._array
            if given.shape != own.shape:
                raise ValueError(
                    f"grad: a gradient of shape {given.shape} for a tensor of shape {own.shape}"
                )
            if given.dtype is not own.dtype:
                raise TypeError(
                    f"grad: a gradient of {given.dtype.name} for a tensor of {own.dtype.name}"
                )
            if value is self:
                raise ValueError("grad: a tensor cannot be its own gradient")
        self._grad = value

    @grad.deleter
    def grad(self):
        self._grad = None

    @property
    def is_leaf(self):
        """Whether no recorded operation made it: gradients end here, in ``.grad``."""
        return self._node is None

    def requires_grad_(self, requires_grad=True):
        """Turn gradients of a leaf on or off, in place.

        Raises:
            TypeError: the dtype is not a floating-point one.
            ValueError: this is no leaf and the flag would be cleared.
        """
        if self._node is not None:
            if not requires_grad:
                raise ValueError(
                    "requires_grad_: only a leaf's flag can be cleared; detach() gives a tensor "
                    "without history"
                )
        elif requires_grad and not self._array.dtype.is_floating_point:
            raise TypeError(
                "requires_grad_: only floating-point tensors have gradients, "
                f"this one is {self._array.dtype.name}"
            )
        else:
            self._tracked = bool(requires_grad)
        return self

    def detach(self):
        """The same data without history; a write through either shows in both."""
        return wrap(self._array)

    @property
    def data(self):
        """The same data without history. Assigning replaces the data, not the history.

        What is no tensor, such as a list, is taken in this tensor's dtype; a tensor keeps its own,
        but a leaf that requires grad takes floating point alone.
        """
        return wrap(self._array)

    @data.setter
    def data(self, value):
        array = as_array(value, "data", "value")
        if not isinstance(value, Tensor):
            if array.dtype.is_floating_point and not self._array.dtype.is_floating_point:
                raise TypeError(
                    f"data: expected integers for a tensor of {self._array.dtype.name}, got "
                    f"{array.dtype.name}"
                )
            array = _C.astype(array, self._array.dtype)
        elif self._tracked and not array.dtype.is_floating_point:
            raise TypeError(
                f"data: a tensor that requires grad holds floating point, got {array.dtype.name}"
            )
        self._array = array

    # ---- Python and NumPy ------------------------------------------------------------------------

    def numpy(self):
        """A NumPy array that shares this tensor's memory.

        Raises:
            RuntimeError: the tensor requires grad: NumPy would not record what it does.
            TypeError: it is of bfloat16, which only the package ml_dtypes makes a NumPy dtype of,
                or not on the CPU.
        """
        if self._tracked:
            raise RuntimeError("numpy: this tensor requires grad; use .detach().numpy()")
        if self._array.device != "cpu":
            raise TypeError(f"numpy: this tensor is on {self._array.device}; use .cpu().numpy()")
        if self._array.dtype is _C.bfloat16:
            return _bfloat16_ndarray(self._array)
        return _as_ndarray(self._array)

    def __array__(self, dtype=None, copy=None):
        import numpy

        array = self.numpy()
        if copy is False and dtype is not None and array.dtype != numpy.dtype(dtype):
            raise ValueError(f"__array__: cannot convert {array.dtype} to {dtype} without a copy")
        return numpy.array(array, dtype=dtype, copy=True if copy else None)

    def item(self):
        """The one element as a Python number. ValueError if there are more, or none."""
        return _C.item(self._array)

    def tolist(self):
        """Nested lists of Python numbers."""
        return _as_ndarray(_C.to(self._array, "cpu")).tolist()

    def __len__(self):
        shape = self._array.shape
        if not shape:
            raise TypeError("len() of a 0-d tensor")
        return shape[0]

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def __bool__(self):
        if self._array.size != 1:
            raise ValueError(
                f"the truth of a tensor of shape {self._array.shape} is ambiguous: "
                "use .any() or .all()"
            )
        return bool(_C.item(self._array))

    def __float__(self):
        return float(_C.item(self._array))

    def __int__(self):
        return int(_C.item(self._array))

    def __complex__(self):
        return complex(_C.item(self._array))

    def __index__(self):
        if self._array.dtype.is_floating_point:
            raise TypeError(f"__index__: a {self._array.dtype.name} tensor is no integer")
        return int(_C.item(self._array))

    def __hash__(self):
        return id(self)

    def __repr__(self):
        import numpy

        text = numpy.array2string(
            _as_ndarray(_C.to(self._array, "cpu")), separator=", ", prefix="tensor("
        )
        if self._array.size == 0:
            text = f"[], shape={self._array.shape}"
        name = self._array.dtype.name
        if name not in ("float32", "int64", "bool"):
            text += f", dtype=gemmule.{name}"
        if self._node is not None:
            text += f", grad_fn=<{self._node.name}>"
        elif self._tracked:
            text += ", requires_grad=True"
        return f"tensor({text})"

    def __format__(self, spec):
        if self._array.ndim == 0 or (self._array.size == 1 and spec):
            return format(_C.item(self._array), spec)
        return str(self)

    def __deepcopy__(self, memo):
        if self._node is not None:
            raise RuntimeError("deepcopy: only leaf tensors can be copied; detach() this one first")
        copy = type(self)(wrap(_C.copy(self._array)))
        copy._tracked = self._tracked
        memo[id(self)] = copy
        if self._grad is not None:
            copy._grad = self._grad.__deepcopy__(memo)
        return copy

    def __reduce__(self):
        if self._node is not None:
            raise RuntimeError("pickle: only leaf tensors can be saved; detach() this one first")
        return _rebuild, (type(self), _as_ndarray(self._array), self._array.dtype, self._tracked)


_C.adopt(Tensor)


def _as_ndarray(array):
    import numpy

    if array.dtype is _C.bfloat16:
        return numpy.asarray(_C.astype(array, _C.float32))
    return numpy.asarray(array)


def _bfloat16_ndarray(array):
    import importlib

    import numpy

    try:  # not by a statement: compiled, it takes a None in sys.modules for the module
        ml_dtypes = importlib.import_module("ml_dtypes")
    except ImportError:
        raise TypeError(
            "numpy: NumPy has no bfloat16; install ml_dtypes, or convert with .float() first"
        ) from None
    return numpy.asarray(_C.reinterpret(array, _C.uint16)).view(ml_dtypes.bfloat16)


def _rebuild(kind, ndarray, dtype, requires_grad):
    tensor = kind(wrap(_C.astype(_C.copy(_C.from_buffer(ndarray)), dtype)))
    tensor._tracked = requires_grad
    return tensor


def wrap(array):
    """A Tensor around an Array, without history."""
    tensor: Tensor = Tensor.__new__(Tensor)
    tensor._array = array
    return tensor


def raw(value):
    """The Array of a Tensor or of what asarray takes; Python numbers as they are.

    Anything else comes back as it is, for _C to refuse: it knows the operation's and the argument's
    names.
    """
    if isinstance(value, Tensor):
        return cython.cast(Tensor, value)._array
    if isinstance(value, (float, int)):
        return value
    if type(value) is _Array:
        return value
    import numpy

    if isinstance(value, numpy.generic):  # weak, as Python's numbers are
        return value.item()
    from gemmule.ops.create import asarray

    try:
        return asarray(value)._array
    except TypeError:
        return value


def as_array(value, op, name="input"):
    """:func:`raw` of what must have a shape and a dtype: numbers are refused as well.

    Raises:
        TypeError: no Tensor, and nothing that one can be made of; `op` and `name`, the argument's,
            say where.
    """
    if isinstance(value, Tensor):
        return cython.cast(Tensor, value)._array
    if type(value) is _Array:
        return value
    if hasattr(value, "__array__") or isinstance(value, (list, tuple)):
        from gemmule.ops.create import asarray

        return asarray(value)._array
    raise no_tensor(value, op, name)


def check_tensor(value, op, name="input"):
    """Raise TypeError where an argument is no Tensor: for what is composed of Tensors' methods."""
    if not isinstance(value, Tensor):
        raise no_tensor(value, op, name)


def no_tensor(value, op, name="input"):
    """The TypeError for an argument that is no Tensor."""
    kind = type(value).__name__
    shown = f" {value!r}" if isinstance(value, (int, float, str)) and len(str(value)) < 40 else ""
    return TypeError(f"{op}: expected a Tensor for {name!r}, got {kind}{shown}")


def tracked(value):
    """Whether a gradient flows to `value`: what only that gradient reads need not be saved else."""
    return isinstance(value, Tensor) and cython.cast(Tensor, value)._tracked


def methods(functions):
    """Hang functions on Tensor as methods; each operation's file does so for its own.

    A dictionary, not keywords: Cython holds every keyword of a call in a variable of its own. What
    has a private name gets the method's, which is the one that help() shows.
    """
    for name, function in functions.items():
        if not isinstance(function, property):
            own = function.__qualname__
            named = own.startswith("Tensor.") and not own.startswith("Tensor.__")
            if own.startswith("_") or ("." in own and not named):
                function.__name__ = name
                function.__qualname__ = f"Tensor.{name}"
            if function.__doc__ is None and name.endswith("_") and not name.endswith("__"):
                function.__doc__ = f":meth:`{name[:-1]}` in place."
        setattr(Tensor, name, function)
