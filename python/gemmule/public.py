"""Errors in the name of what was called: the public functions, methods and constructors.

The work of a function is done below it, by kernels, by other functions and by Python itself, and so
are its checks. Whatever they raise is told here, when it leaves the function that the user called:
by its name, and by that of the argument at fault where the message did not have it. Nothing is
looked at unless there is an error.
"""

import builtins
import inspect
import re
import sys
import types

import numpy

from gemmule import _C
from gemmule.tensor import Tensor

_FUNCTIONS = (types.FunctionType, type(Tensor.numpy))  # the second is Cython's
_TOLD = (TypeError, ValueError, IndexError, OverflowError, MemoryError, AttributeError)
# What runs the operations of others, in whose names its errors are.
_RUNNERS = ("autograd", "gradcheck", "hooks", "nn.module", "nn.prepare")
_made: dict = {}


def public(namespace, place):
    """Let the functions in a module's namespace tell errors in their names."""
    for name, value in list(namespace.items()):
        if not name.startswith("_") and _is_ours(value):
            namespace[name] = _as(value, name, name, place)


def public_methods(kind):
    """Let the methods of a class tell errors in their names."""
    for name, value in list(vars(kind).items()):
        if not name.startswith("_") and _is_ours(value):
            setattr(kind, name, _as(value, name, f"{kind.__name__}.{name}", kind.__module__))


def public_classes(namespace):
    """Let the constructors in a module's namespace tell errors in their class's name."""
    for value in list(namespace.values()):
        if isinstance(value, type):
            for cls in value.__mro__:
                made = vars(cls).get("__init__")
                if type(made) in _FUNCTIONS and _is_ours(made):
                    name, path = "__init__", f"{cls.__qualname__}.__init__"
                    setattr(cls, name, _as(made, name, path, cls.__module__))


def _is_ours(value):
    own = getattr(value, "__module__", None) or ""
    package, _, module = own.partition(".")
    ours = package == "gemmule" and module not in _RUNNERS
    return ours and (isinstance(value, _FUNCTIONS) or type(value) is _Function)


def _as(function, name, path, module):
    inner = getattr(function, "__wrapped__", function) if type(function) is _Function else function
    key = (id(inner), path)  # of one function under one name there is one
    if key not in _made:
        _made[key] = _C.function(inner, name, path, module)
    return _made[key]


_Function = type(_C.function(_as, "_as", "_as", __name__))


# ---- telling an error ---------------------------------------------------------------------------


def told(function, error, args, kwargs):
    """Name the function and the argument in an error's message; another error, or None."""
    kind = _kind(error)
    if kind is None or _of_a_callback(error):
        return None
    name = function.__name__
    if name == "__init__":
        name = type(args[0]).__name__
    given = _given(function.__wrapped__, args, kwargs)
    if kind is AttributeError:
        if error.obj is None or not _was_given(error.obj, given):
            return None  # something of ours: no argument's fault
        kind = TypeError
    text = _named(name, _plain(str(error) or "out of memory"), given)
    text = _with_remedy(_by_its_name(text, kwargs))
    unknown = re.search(r"unexpected keyword argument '(\w+)'", text)
    if unknown:
        text += _meant(function.__wrapped__, unknown[1])
    if kind is type(error):
        error.args = (text,)
        return None
    other = kind(text).with_traceback(error.__traceback__)
    other.__cause__, other.__context__ = error.__cause__, error.__context__
    other.__suppress_context__ = error.__suppress_context__
    return other


def _kind(error):
    """Which of Python's errors this is to be, or None where it is to stay as it is."""
    if type(error) in _TOLD or type(error) is numpy.linalg.LinAlgError:
        return type(error)
    if type(error).__module__.partition(".")[0] != "numpy":  # whose kinds are its own
        return None
    kinds = (IndexError, TypeError, ValueError, MemoryError)
    return next((kind for kind in kinds if isinstance(error, kind)), None)


def _of_a_callback(error):
    """Whether it was raised in code of the user's, which says what it wants to."""
    trace = error.__traceback__
    while trace is not None:
        package = str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0]
        if package not in ("gemmule", "numpy") and package not in sys.stdlib_module_names:
            return True
        trace = trace.tb_next
    return False


def _was_given(value, given):
    for argument in given.values():
        if argument is value or (isinstance(argument, str) and isinstance(value, str)):
            return True
        if isinstance(argument, (list, tuple)) and any(item is value for item in argument):
            return True
    return False


# What each of these is called elsewhere.
_CALLED = {
    **dict.fromkeys(("axis", "axes", "dims"), "dim"),
    **{"keepdims": "keepdim", "input": "x", "x1": "x", "other": "x2", "size": "shape"},
}


def _meant(function, name):
    """The parameter that a name which is none stands for elsewhere, as the end of a message."""
    for own in inspect.signature(function).parameters:
        if _CALLED.get(own, own) == _CALLED.get(name, name):
            return f"; it is {own!r} here"
    return ""


def _given(function, args, kwargs):
    """{parameter: what it was given}; nothing of a call that does not fit the signature."""
    try:
        given = inspect.signature(function).bind_partial(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return {}
    given.update(given.pop("kwargs", {}))
    return given


def _plain(text):
    """A message about types of ours in the words of all others."""
    text = re.sub(r"^Cannot convert (\w+) to [\w.]*\bTensor$", r"expected a Tensor, got \1", text)
    private = r"^'(\w+)' object has no attribute '_(array|tracked|node|view)'$"
    return re.sub(private, r"expected a Tensor, got \1", text)


def _named(name, text, given):
    called = re.match(r"(?:[\w.<>]+\.)?_*([A-Za-z]\w*)\(\) ", text)
    if called and (called[1] == name or not hasattr(builtins, called[1])):
        said = re.search(rf"(?:^|\.){re.escape(name)}\(\) $", called[0])
        return text if said else f"{name}() {text[called.end() :]}"
    prefix = re.match(r"((?!(?:GEMMULE|OMP)_)[A-Za-z_]\w*): ", text)
    if prefix and (prefix[1] == name or prefix[1] not in given):
        text = text[prefix.end() :]
    said = re.search(r"(?:for|argument) '(\w+)'", text)
    if said:
        if said[1] not in given or not _fits(given[said[1]], text):
            text = text[: said.start(1)] + _at_fault(given, text, said[1]) + text[said.end(1) :]
    elif not any(_mentions(text, parameter) for parameter in given):
        culprit = _at_fault(given, text, "")
        expected = re.match(r"expected an? [^,]+(?=, got )", text)
        if culprit and expected:
            text = f"{expected[0]} for {culprit!r}{text[expected.end() :]}"
        elif culprit and not (prefix and prefix[1] != "item"):  # else it is in words of ours
            text = f"argument {culprit!r}: {text}"
    return f"{name}: {text}"


def _by_its_name(text, kwargs):
    """A message about an axis, which speaks of `dim` where that is the name it was given by."""
    said = re.search(r"\baxis (-?\d+) is out of range", text)
    if not said:
        return text
    for name, value in kwargs.items():
        if re.search(r"(^|_)dims?\d?$", name) and re.search(rf"(?<![\d-]){said[1]}\b", str(value)):
            return f"{text[: said.start()]}{name.replace('dims', 'dim')}{text[said.start() + 4 :]}"
    return text


_CASTS = {"float16": "half", "bfloat16": "bfloat16", "float32": "float", "float64": "double"}


def _with_remedy(text):
    """A message about floating-point dtypes, and how to come to the right one."""
    if re.search(r"expected float32 or float64, got (u?int\d+|bool)$", text):
        return f"{text}; convert it, as by .float()"
    kinds = "|".join(_CASTS)
    pair = rf"(?:is|of) ({kinds}),? (?:but|and) (?:the )?(\w+) (?:is|of) (?:{kinds})$"
    said = re.search(pair, text)
    return f"{text}; convert one, as by {said[2]}.{_CASTS[said[1]]}()" if said else text


def _mentions(text, parameter):
    after = "" if len(parameter) > 1 else r"(?=['=]| is | must )"  # "a" is a word as well
    return re.search(rf"(?<!\w){re.escape(parameter)}(?!\w){after}", text)


def _at_fault(given, text, otherwise):
    """The one argument that a message can be about."""
    found = [name for name, value in given.items() if name != "self" and _fits(value, text)]
    if len(found) > 1:  # what it was compared with, and the input, are the likely ones to be right
        found = [name for name in found if type(given[name]) not in (int, float)] or found
        first = next(iter(given))
        found = [name for name in found if name != first] or found
    return found[0] if len(found) == 1 else otherwise


def _fits(value, text):
    """Whether a message can be about a value: it has its type, itself, or its shape."""
    kind = type(value).__name__
    if f"'{kind}'" in text or re.search(rf"\bgot (?:\w+\.)*{kind}\b|<{kind} ", text):
        return True
    if isinstance(value, Tensor):
        return re.findall(r"\(\d[\d, ]*\)", text) == [str(value.shape)]
    if isinstance(value, (list, tuple)):
        few = [item for item in value[:32] if not isinstance(item, (list, tuple))]
        return "inhomogeneous" in text or any(_fits(item, text) for item in few)
    if isinstance(value, str):
        return repr(value) in text or "'<U" in text
    if isinstance(value, float) and value != value and "NaN" in text:
        return True
    large = isinstance(value, int) and abs(value) >= 2**31
    if large and re.search(r"^(?!array).*(\bfit\b|too large)", text):
        return True
    shown = re.escape(repr(value))
    return re.search(rf"\b(got|axis|dim) (\w+:? )?{shown}(?![\w.])", text) is not None


_C.tell_errors(told)
