"""Containers: modules that hold other modules or parameters, by position or by name."""

from gemmule.nn.module import Module
from gemmule.nn.parameter import Parameter
from gemmule.tensor import Tensor

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


def _position(container, index):
    """A non-negative position; IndexError beyond the ends."""
    length = len(container)
    try:
        position = index.__index__()
    except AttributeError:
        raise TypeError(
            f"{type(container).__name__} is indexed by integers and slices, "
            f"not {type(index).__name__}"
        ) from None
    if not -length <= position < length:
        raise IndexError(f"index {index} is out of range for {length} modules")
    return position % length


class _Modules(Module):
    """What Sequential and ModuleList share: children named "0", "1", ..."""

    def __getitem__(self, index):
        raise NotImplementedError

    def _list(self):
        return [self.__dict__[name] for name in self._module_names]

    def _name(self, index):
        return list(self._module_names)[_position(self, index)]

    def _renumber(self, modules):
        for name in list(self._module_names):
            delattr(self, name)
        for i, module in enumerate(modules):
            self.add_module(str(i), module)

    def __len__(self):
        return len(self._module_names)

    def __iter__(self):
        return iter(self._list())

    def __setitem__(self, index, module):
        setattr(self, self._name(index), module)

    def __delitem__(self, index):
        modules = self._list()
        del modules[index if isinstance(index, slice) else _position(self, index)]
        self._renumber(modules)

    def append(self, module):
        """Add a module at the end."""
        self.insert(len(self), module)
        return self

    def extend(self, modules):
        """Add modules at the end."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index, module):
        """Put a module before position `index`.

        Raises:
            TypeError: it is no Module.
        """
        if not isinstance(module, Module):
            raise TypeError(f"insert: a Module is expected, got {type(module).__name__}")
        if index == len(self):
            self.add_module(str(index), module)
            return
        modules = self._list()
        modules.insert(index, module)
        self._renumber(modules)

    def pop(self, index=-1):
        """Take a module out and return it."""
        module = self[index]
        del self[index]
        return module

    def __iadd__(self, modules):
        return self.extend(modules)


class Sequential(_Modules):
    """Modules applied one after the other.

    Args:
        args: the modules in order, or one dict of names to modules.

    Example:
        >>> from gemmule import nn
        >>> nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
        Sequential(
          (0): Linear(in_features=784, out_features=128, bias=True)
          (1): ReLU()
          (2): Linear(in_features=128, out_features=10, bias=True)
        )
    """

    def __init__(self, *args):
        super().__init__()
        if len(args) == 1 and isinstance(args[0], dict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for i, module in enumerate(args):
                self._check(i, module)
                self.add_module(str(i), module)

    @staticmethod
    def _check(i, module):
        """Raise for what is often given in a module's place, and say what to give."""
        if isinstance(module, Module) or not (
            callable(module) or isinstance(module, (list, tuple))
        ):
            return  # a module, None, or what add_module says no to
        name = getattr(module, "__name__", "")
        if isinstance(module, (list, tuple)):
            hint = "unpack it: Sequential(*layers)"
        elif isinstance(module, type):
            hint = f"call it: {name}(...)"
        else:
            import gemmule.nn as nn

            classes = {key.lower(): key for key in dir(nn) if isinstance(getattr(nn, key), type)}
            known = classes.get(name.replace("_", "").lower())
            hint = f"use nn.{known}()" if known else "put it into a Module's forward"
        kind = type(module).__name__
        what = f"{'class' if kind == 'type' else kind.lower()} {name}".strip()
        raise TypeError(f"Sequential: argument {i} is a {what}, no Module; {hint}")

    def forward(self, input):
        for name in self._module_names:
            input = self.__dict__[name](input)
        return input

    def __getitem__(self, index):
        if isinstance(index, slice):
            names = list(self._module_names)[index]
            return type(self)({name: self.__dict__[name] for name in names})
        return self.__dict__[self._name(index)]

    def __add__(self, other):
        return Sequential(*self, *other)


class ModuleList(_Modules):
    """A list of modules, each of which is a submodule.

    Args:
        modules: an iterable of modules.
    """

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(self._list()[index])
        return self.__dict__[self._name(index)]

    def __add__(self, other):
        return ModuleList([*self, *other])

    def __repr__(self):
        """Neighbours that read the same come as one line, "(0-3): 4 x Linear(...)"."""
        if not len(self):
            return f"{self._get_name()}()"
        runs: list[tuple[int, int, str]] = []  # first, last, what they read
        for i, module in enumerate(self):
            text = repr(module)
            if runs and runs[-1][2] == text:
                runs[-1] = (runs[-1][0], i, text)
            else:
                runs.append((i, i, text))
        lines = []
        for first, last, text in runs:
            if first == last:
                line = f"({first}): {text}"
            else:
                line = f"({first}-{last}): {last - first + 1} x {text}"
            lines.append(line.replace("\n", "\n  "))
        return self._get_name() + "(\n  " + "\n  ".join(lines) + "\n)"


class _Named:
    """The dict part of ModuleDict and ParameterDict, over ``_names()``."""

    def _names(self):
        raise NotImplementedError

    def __setitem__(self, key, value):
        raise NotImplementedError

    def __getitem__(self, key):
        if key not in self._names():
            raise KeyError(key)
        return self.__dict__[key]

    def __delitem__(self, key):
        if key not in self._names():
            raise KeyError(key)
        delattr(self, key)

    def __len__(self):
        return len(self._names())

    def __iter__(self):
        return iter(list(self._names()))

    def __contains__(self, key):
        return key in self._names()

    def keys(self):
        """The names."""
        return list(self._names())

    def values(self):
        """What the names stand for."""
        return [self.__dict__[key] for key in self._names()]

    def items(self):
        """(name, value) pairs."""
        return [(key, self.__dict__[key]) for key in self._names()]

    def clear(self):
        """Take everything out."""
        for key in self.keys():
            del self[key]

    def pop(self, key):
        """Take one out and return it."""
        value = self[key]
        del self[key]
        return value

    def update(self, pairs):
        """Put in the pairs of a mapping or an iterable; a name that is held gets a new value."""
        for key, value in pairs.items() if hasattr(pairs, "items") else pairs:
            self[key] = value


class ModuleDict(_Named, Module):
    """A dict of modules in order of insertion, each of which is a submodule.

    Args:
        modules: a mapping of names to modules, or pairs.
    """

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def _names(self):
        return self._module_names

    def __setitem__(self, key, module):
        if key in self._module_names:
            setattr(self, key, module)
        else:
            self.add_module(key, module)


def _described(key, value):
    """A line of a parameter container's repr."""
    kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
    if not isinstance(value, Tensor):
        return f"  ({key}): Object of type: {type(value).__name__}"
    sizes = "x".join(str(size) for size in value.shape)
    return f"  ({key}): {kind} containing: [gemmule.{value.dtype.name} of size {sizes}]"


class ParameterList(Module):
    """A list of parameters; tensors that are put in become Parameters.

    Args:
        values: an iterable of Parameters and Tensors.
    """

    def __init__(self, values=None):
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __len__(self):
        return self._size

    def __iter__(self):
        return iter([self.__dict__[str(i)] for i in range(self._size)])

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return self.__dict__[str(_position(self, index))]

    def __setitem__(self, index, value):
        setattr(self, str(_position(self, index)), _parameter(value))

    def append(self, value):
        """Add a value at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values):
        """Add values at the end."""
        for value in values:
            self.append(value)
        return self

    __iadd__ = extend

    def extra_repr(self):
        return "\n".join(_described(i, value) for i, value in enumerate(self))


def _parameter(value):
    return Parameter(value) if isinstance(value, Tensor) and type(value) is Tensor else value


class ParameterDict(_Named, Module):
    """A dict of parameters in order of insertion; tensors that are put in become Parameters.

    Args:
        parameters: a mapping of names to Parameters and Tensors, or pairs.
    """

    def __init__(self, parameters=None):
        super().__init__()
        self._keys: dict[str, bool] = {}
        if parameters is not None:
            self.update(parameters)

    def _names(self):
        return self._keys

    def __setitem__(self, key, value):
        self._unused("parameter", key, self._keys)
        self._keys[key] = True
        setattr(self, key, _parameter(value))

    def __delitem__(self, key):
        super().__delitem__(key)
        del self._keys[key]

    def extra_repr(self):
        return "\n".join(_described(key, value) for key, value in self.items())
