"""What a Module saves and loads: its state by dotted names."""

from collections import namedtuple
from collections.abc import Mapping

from gemmule import asarray
from gemmule.autograd import no_grad
from gemmule.hooks import HookHandle
from gemmule.nn.parameter import Parameter, UninitializedParameter
from gemmule.tensor import Tensor

__all__ = []

EXTRA = "_extra_state"


class IncompatibleKeys(namedtuple("IncompatibleKeys", ("missing_keys", "unexpected_keys"))):
    """What ``load_state_dict`` could not place."""

    __slots__ = ()

    def __repr__(self):
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()


class StateDictError(RuntimeError, ValueError):
    """A state dict does not fit: PyTorch raises RuntimeError, and a wrong value is a ValueError."""


class ModuleState:
    """What :class:`Module` has of state. A state holds, module by module and each before those
    below it, the parameters, the persistent buffers and the extra state."""

    _parameter_names: dict
    _buffer_names: dict
    _module_names: dict
    _state_hooks: dict  # kind → functions

    def get_extra_state(self):
        """What ``state_dict`` holds for this module besides, under ``_extra_state``; a subclass
        that has such a thing overrides this and :meth:`set_extra_state`."""
        raise NotImplementedError(f"{type(self).__name__} has no extra state")

    def set_extra_state(self, state):
        """Take back what :meth:`get_extra_state` gave."""
        raise NotImplementedError(
            f"{type(self).__name__}: the state dict holds an extra state, but set_extra_state is "
            "not defined"
        )

    def _has_extra_state(self):
        return type(self).get_extra_state is not ModuleState.get_extra_state

    # ---- hooks -----------------------------------------------------------------------------------

    def _register_state_hook(self, kind, hook):
        hooks = self._state_hooks.setdefault(kind, [])
        entry = (hook,)
        hooks.append(entry)
        return HookHandle(hooks, entry)

    def _call_state_hooks(self, kind, *args):
        for (hook,) in tuple(self._state_hooks.get(kind, ())):
            hook(self, *args)

    def register_state_dict_pre_hook(self, hook):
        """Call ``hook(module, prefix, keep_vars)`` before this module's part of a ``state_dict``.

        Returns:
            a handle whose ``remove()`` takes the hook out.
        """
        return self._register_state_hook("before saving", hook)

    def register_state_dict_post_hook(self, hook):
        """Call ``hook(module, state_dict, prefix, local_metadata)`` once this module's part, with
        those below it, is in the ``state_dict``, to be changed in place; the metadata are an empty
        dict. See :meth:`register_state_dict_pre_hook`."""
        return self._register_state_hook("after saving", hook)

    def register_load_state_dict_pre_hook(self, hook):
        """Call ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys,
        unexpected_keys, error_msgs)`` before a state is loaded into this module.

        It may change the state dict, which is a copy of the caller's, and add to the three lists.
        See :meth:`register_state_dict_pre_hook`.
        """
        return self._register_state_hook("before loading", hook)

    def register_load_state_dict_post_hook(self, hook):
        """Call ``hook(module, incompatible_keys)`` once a state is loaded, modules below first.

        It may take keys out of the two lists: with such a hook they are judged after the values are
        written. See :meth:`register_state_dict_pre_hook`.
        """
        return self._register_state_hook("after loading", hook)

    # ---- saving ----------------------------------------------------------------------------------

    def _own_state(self, prefix):
        """(key, name) of the parameters and buffers that state_dict holds of this module."""
        for name in self._parameter_names:
            if self.__dict__[name] is not None:
                yield prefix + name, name
        for name, persistent in self._buffer_names.items():
            if persistent and self.__dict__[name] is not None:
                yield prefix + name, name

    def _below(self, prefix):
        """(prefix, module) of those directly below."""
        for name in self._module_names:
            if self.__dict__[name] is not None:
                yield f"{prefix}{name}.", self.__dict__[name]

    def _with_all_below(self, prefix=""):
        """(prefix, module) of this and all below, in the order of the state."""
        yield prefix, self
        for path, module in self._below(prefix):
            yield from module._with_all_below(path)

    def state_dict(self, *, destination=None, prefix="", keep_vars=False):
        """Every parameter and persistent buffer by dotted name, sharing memory with the module.

        Args:
            destination: a dict to put them into; None makes a new one.
            prefix: put before every key.
            keep_vars: give the Parameters themselves rather than their detached data.
        """
        state = {} if destination is None else destination
        self._call_state_hooks("before saving", prefix, keep_vars)
        for key, name in self._own_state(prefix):
            value = self.__dict__[name]
            waits = isinstance(value, UninitializedParameter)
            state[key] = value if keep_vars or waits else value.detach()
        if self._has_extra_state():
            state[prefix + EXTRA] = self.get_extra_state()
        for path, module in self._below(prefix):
            module.state_dict(destination=state, prefix=path, keep_vars=keep_vars)
        self._call_state_hooks("after saving", state, prefix, {})
        return state

    # ---- loading ---------------------------------------------------------------------------------

    def _expect(self, state_dict, prefix):
        """Make ready for a state; lazy layers learn their sizes from it."""

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Copy values into the parameters and buffers; nothing is written if anything is wrong.

        Args:
            state_dict: a dict of dotted names to Tensors or ndarrays.
            strict: whether the keys must be exactly this module's.
            assign: take the tensors themselves, with their dtypes, instead of copying from them.

        Returns:
            what was left out: ``missing_keys`` and ``unexpected_keys``.

        Raises:
            StateDictError: keys are missing or unexpected, or shapes differ; the message lists
                all. It is a RuntimeError, as in PyTorch, and a ValueError.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                "load_state_dict: expected a dict of names and tensors, got "
                f"{type(state_dict).__name__}"
            )
        state = dict(state_dict)
        missing: list[str] = []
        unexpected: list[str] = []
        errors: list[str] = []
        modules = list(self._with_all_below())
        for prefix, module in modules:
            module._call_state_hooks(
                "before loading", state, prefix, {}, strict, missing, unexpected, errors
            )
            module._expect(state, prefix)
        places = {}  # key → (module, name)
        extras = {}
        for prefix, module in modules:
            places.update({key: (module, name) for key, name in module._own_state(prefix)})
            if module._has_extra_state() or prefix + EXTRA in state:
                extras[prefix + EXTRA] = module
        missing += [key for key in (*places, *extras) if key not in state]
        unexpected += [key for key in state if key not in places and key not in extras]
        values = {}
        for key, (module, name) in places.items():
            if key in state:
                expected = module.__dict__[name].shape
                values[key] = value = _tensor(state[key])
                if value.shape != expected:
                    errors.append(
                        f"size mismatch for {key}: the state dict has shape {value.shape}, "
                        f"the module {expected}."
                    )
        # A hook may still take keys out of the two lists; else they are judged before any writing.
        judged_late = any(module._state_hooks.get("after loading") for _, module in modules)
        self._raise_for(
            errors + (_misfits(missing, unexpected) if strict and not judged_late else [])
        )
        for key, value in values.items():
            module, name = places[key]
            if assign:
                _assign(module, name, value)
            else:
                with no_grad():
                    module.__dict__[name].copy_(value)
        for key, module in extras.items():
            if key in state:
                module.set_extra_state(state[key])
        keys = IncompatibleKeys(missing, unexpected)
        for _, module in reversed(modules):
            module._call_state_hooks("after loading", keys)
        if strict and judged_late:
            self._raise_for(_misfits(missing, unexpected))
        return keys

    def _raise_for(self, errors):
        if errors:
            lines = "\n\t".join(errors)
            raise StateDictError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{lines}"
            )


def _misfits(missing, unexpected):
    errors = []
    if unexpected:
        errors.append(f"Unexpected key(s) in state_dict: {_quoted(unexpected)}.")
    if missing:
        errors.append(f"Missing key(s) in state_dict: {_quoted(missing)}.")
    return errors


def _quoted(keys):
    return ", ".join(f'"{key}"' for key in keys)


def _tensor(value):
    if isinstance(value, Tensor):
        return value.detach()
    return asarray(value)


def _assign(module, name, value):
    held = module.__dict__[name]
    if isinstance(held, Parameter):
        value = type(held)(value, held.requires_grad)
    module.__dict__[name] = value
