"""Module: what every layer and network is made of, a tree that knows its parameters and buffers."""

from gemmule import _C, empty_like
from gemmule.devices import filled_like
from gemmule.hooks import HookHandle
from gemmule.nn.backward_hooks import BackwardHooks
from gemmule.nn.module_state import ModuleState
from gemmule.nn.module_tree import ModuleTree
from gemmule.nn.parameter import Parameter
from gemmule.tensor import Tensor, wrap

__all__ = ["Module"]


class Module(ModuleTree, ModuleState):
    """A layer, or a network of layers: subclass it, call ``super().__init__()`` first and define
    ``forward``.

    Parameters, buffers and submodules live in the instance's ``__dict__`` like any attribute, so
    that reading one costs what reading an attribute costs; three dicts of names say which they are
    and in which order they came.

    Attributes:
        training: whether layers such as dropout and batch norm behave as in training.

    Example:
        >>> from gemmule import nn
        >>> class Net(nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.hidden = nn.Linear(4, 8)
        ...         self.out = nn.Linear(8, 2)
        ...     def forward(self, x):
        ...         return self.out(nn.functional.relu(self.hidden(x)))
        >>> Net()(gemmule.ones(3, 4)).shape
        (3, 2)
    """

    training: bool
    _hooked: bool
    _forward_pre_hooks: list
    _forward_hooks: list
    _backward_pre_hooks: list
    _backward_hooks: list

    def __init__(self):
        self.__dict__.update(
            training=True,
            _parameter_names={},
            _buffer_names={},  # name → whether state_dict holds it
            _module_names={},
            _hooked=False,  # whether a hook was ever registered: what a call without them reads
            _forward_pre_hooks=[],  # (function, whether it takes keyword arguments too)
            _forward_hooks=[],
            _backward_pre_hooks=[],  # (function,)
            _backward_hooks=[],
            _state_hooks={},  # of ModuleState: kind → functions
        )

    def forward(self, *input):
        """What the module computes. Every subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} has no forward method")

    # ---- calling ---------------------------------------------------------------------------------

    def __call__(self, *args, **kwargs):
        try:
            hooked = self._hooked
        except AttributeError:
            raise AttributeError(
                f"cannot call a {type(self).__name__} before Module.__init__() call: its __init__ "
                "must begin with super().__init__()"
            ) from None
        if hooked:
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs)

    def _call_with_hooks(self, args, kwargs):
        for hook, with_kwargs in tuple(self._forward_pre_hooks):
            if with_kwargs:
                replaced = hook(self, args, kwargs)
                if replaced is not None:
                    args, kwargs = replaced
            else:
                replaced = hook(self, args)
                if replaced is not None:
                    args = replaced if isinstance(replaced, tuple) else (replaced,)
        backward = None
        if self._backward_hooks or self._backward_pre_hooks:
            backward = BackwardHooks(self)
            args = backward.enter(args)
        result = self.forward(*args, **kwargs)
        for hook, with_kwargs in tuple(self._forward_hooks):
            given = (self, args, kwargs, result) if with_kwargs else (self, args, result)
            replaced = hook(*given)
            if replaced is not None:
                result = replaced
        return result if backward is None else backward.leave(result)

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        """Call ``hook(module, args)`` before every forward; what it returns replaces the arguments.

        Args:
            hook: the function; ``hook(module, args, kwargs)`` with `with_kwargs`.
            prepend: call it before those registered already.

        Returns:
            a handle whose ``remove()`` takes the hook out.
        """
        return self._register(self._forward_pre_hooks, (hook, with_kwargs), prepend)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False):
        """Call ``hook(module, args, output)`` after every forward; what it returns replaces the
        output. See :meth:`register_forward_pre_hook`."""
        return self._register(self._forward_hooks, (hook, with_kwargs), prepend)

    def register_full_backward_hook(self, hook, prepend=False):
        """Call ``hook(module, grad_input, grad_output)`` once the gradients of the module's inputs
        are known.

        Args:
            hook: the function. Both gradients are tuples with one entry for each Tensor among the
                positional arguments and among the outputs: a Tensor, or None where there is no
                gradient. What it returns replaces grad_input.
            prepend: call it before those registered already.

        With such a hook, a module must not write into its inputs in place, nor the caller into its
        outputs: the tape raises. Where no input needs a gradient the hook is called as soon as
        grad_output is known.
        """
        return self._register(self._backward_hooks, (hook,), prepend)

    def register_full_backward_pre_hook(self, hook, prepend=False):
        """Call ``hook(module, grad_output)`` before the gradient flows through the module; what it
        returns replaces grad_output. See :meth:`register_full_backward_hook`."""
        return self._register(self._backward_pre_hooks, (hook,), prepend)

    def _register(self, hooks, entry, prepend):
        hooks.insert(0 if prepend else len(hooks), entry)
        self._hooked = True
        return HookHandle(hooks, entry)

    # ---- attributes ------------------------------------------------------------------------------

    def __setattr__(self, name, value):
        own = self.__dict__
        if isinstance(value, Parameter):
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            self._put_module(name, value)
        elif "_parameter_names" not in own:
            object.__setattr__(self, name, value)
        elif name in self._parameter_names:
            if value is not None:
                raise TypeError(
                    f"cannot assign {type(value).__name__} as parameter '{name}' "
                    "(Parameter or None expected)"
                )
            own[name] = None
        elif name in self._module_names:
            if value is not None:
                raise TypeError(
                    f"cannot assign {type(value).__name__} as child module '{name}' "
                    "(Module or None expected)"
                )
            own[name] = None
        elif name in self._buffer_names:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign {type(value).__name__} as buffer '{name}' "
                    "(Tensor or None expected)"
                )
            own[name] = value
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name):
        for names in self._registries():
            names.pop(name, None)
        object.__delattr__(self, name)

    def _registries(self):
        return self._parameter_names, self._buffer_names, self._module_names

    def _admit(self, kind, name, registry):
        """Check a name before it enters a registry, and take it out of the others."""
        if "_parameter_names" not in self.__dict__:
            raise AttributeError(f"cannot assign a {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string, got {type(name).__name__}")
        if "." in name:
            raise KeyError(f"{kind} name cannot contain a dot: {name}")
        if name == "":
            raise KeyError(f"{kind} name cannot be empty")
        for names in self._registries():
            if names is not registry:
                names.pop(name, None)

    def _unused(self, kind, name, registry):
        if isinstance(name, str) and hasattr(self, name) and name not in registry:
            raise KeyError(f"{kind}: attribute '{name}' already exists")

    def register_parameter(self, name, param):
        """Give the module a parameter, or None for one that it could have.

        Raises:
            TypeError: `param` is no Parameter, or the name no string.
            ValueError: `param` is not a leaf: gradients could not accumulate in it.
            KeyError: the name is empty or has a dot.
        """
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign {type(param).__name__} as parameter '{name}' "
                "(Parameter or None expected)"
            )
        if param is not None and not param.is_leaf:
            raise ValueError(f"parameter '{name}' is not a leaf: it was computed from others")
        self._admit("parameter", name, self.__dict__.get("_parameter_names"))
        self._parameter_names[name] = True
        self.__dict__[name] = param

    def register_buffer(self, name, tensor, persistent=True):
        """Give the module a tensor that is state but not learned, such as a running mean.

        Args:
            tensor: a Tensor, or None for one that it could have.
            persistent: whether ``state_dict`` holds it.

        Raises:
            TypeError: `tensor` is no Tensor.
            KeyError: the name is empty, has a dot or is already an attribute.
        """
        self._unused("buffer", name, self.__dict__.get("_buffer_names", {}))
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign {type(tensor).__name__} as buffer '{name}' "
                "(Tensor or None expected)"
            )
        self._admit("buffer", name, self.__dict__.get("_buffer_names"))
        self._buffer_names[name] = persistent
        self.__dict__[name] = tensor

    def add_module(self, name, module):
        """Give the module a submodule under a name; assigning it as an attribute does the same.

        Raises:
            TypeError: `module` is neither a Module nor None.
            KeyError: the name is empty, has a dot or is already an attribute.
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._unused("module", name, self.__dict__.get("_module_names", {}))
        self._put_module(name, module)

    register_module = add_module

    def _put_module(self, name, module):
        self._admit("module", name, self.__dict__.get("_module_names"))
        self._module_names[name] = True
        self.__dict__[name] = module

    @property
    def _parameters(self):
        return {name: self.__dict__[name] for name in self._parameter_names}

    @property
    def _buffers(self):
        return {name: self.__dict__[name] for name in self._buffer_names}

    @property
    def _modules(self):
        return {name: self.__dict__[name] for name in self._module_names}

    # ---- changing the whole tree -----------------------------------------------------------------

    def apply(self, fn):
        """Call ``fn(module)`` on every submodule, children first, then on this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode=True):
        """Set training mode here and below: dropout drops, batch norm uses the batch."""
        if not isinstance(mode, bool):
            raise ValueError(f"train: mode should be a bool, got {type(mode).__name__}")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        """Set evaluation mode, ``train(False)``."""
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Turn the gradients of all parameters on or off."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Drop all gradients, or fill them with zeros."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad = wrap(filled_like(parameter.grad._array, 0.0))

    def _convert(self, convert, recurse=True):
        for module in self.modules() if recurse else (self,):
            for parameter in module.parameters(recurse=False):
                parameter.data = convert(parameter.data)
                if parameter.grad is not None:
                    parameter.grad = convert(parameter.grad)
            for name, buffer in module.named_buffers(recurse=False):
                module.__dict__[name] = convert(buffer)
        return self

    def to(self, *args, **kwargs):
        """Move and cast, in place: ``to(device)``, ``to(dtype)``, ``to(device, dtype)`` or
        ``to(tensor)``. A dtype is given to floating-point parameters and buffers only.

        Raises:
            TypeError: the dtype is not a floating-point one.
        """
        dtype = kwargs.get("dtype")
        for value in args:
            if isinstance(value, Tensor):
                dtype = value.dtype
            elif isinstance(value, _C.DType):
                dtype = value
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(f"to: a module's dtype must be a floating-point one, got {dtype.name}")

        def convert(tensor):
            if tensor.is_floating_point() or dtype is None:
                return tensor.to(*args, **kwargs)
            places = [value for value in args if not isinstance(value, _C.DType)]
            places = [value.device if isinstance(value, Tensor) else value for value in places]
            return tensor.to(*places, device=kwargs.get("device"))

        return self._convert(convert)

    def to_empty(self, *, device, recurse=True):
        """Give all parameters and buffers memory of unspecified values on a device, as before
        loading a state.

        Args:
            device: ``"cpu"``.
            recurse: whether those of the modules below too.
        """
        return self._convert(lambda tensor: empty_like(tensor, device=device), recurse)

    def _cast(self, dtype):
        return self._convert(
            lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor
        )

    def float(self):
        """Cast floating-point parameters and buffers to float32."""
        return self._cast(_C.float32)

    def double(self):
        """Cast floating-point parameters and buffers to float64."""
        return self._cast(_C.float64)

    def half(self):
        """Cast floating-point parameters and buffers to float16."""
        return self._cast(_C.float16)

    def bfloat16(self):
        """Cast floating-point parameters and buffers to bfloat16."""
        return self._cast(_C.bfloat16)

    def cpu(self):
        """Move all parameters and buffers to the CPU."""
        return self.to("cpu")

    def cuda(self, device=None):
        """Move all parameters and buffers to a GPU."""
        return self._convert(lambda tensor: tensor.cuda(device))

    # ---- text ------------------------------------------------------------------------------------

    def _get_name(self):
        return type(self).__name__

    def extra_repr(self):
        """What ``repr`` shows between the parentheses; layers override it."""
        return ""

    def __repr__(self):
        extra = self.extra_repr()
        children = [
            f"({name}): " + repr(self.__dict__[name]).replace("\n", "\n  ")
            for name in self._module_names
        ]
        extras = extra.split("\n") if extra else []
        if not children and len(extras) <= 1:
            return f"{self._get_name()}({extra})"
        return self._get_name() + "(\n  " + "\n  ".join(extras + children) + "\n)"
