"""How a Module knows what is below it: walks over modules, parameters and buffers, dotted paths."""

from gemmule.nn.parameter import Parameter
from gemmule.tensor import Tensor

__all__ = []


class ModuleTree:
    """What :class:`Module` has of the tree; the names that it reads are Module's registries."""

    _parameter_names: dict
    _buffer_names: dict  # name → whether state_dict holds it
    _module_names: dict

    def named_children(self):
        """(name, module) of each direct submodule; one that has two names comes once."""
        seen = set()
        for name in self._module_names:
            module = self.__dict__[name]
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self):
        """The direct submodules."""
        for _, module in self.named_children():
            yield module

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """(dotted name, module) of this module, named "", and of all below it."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self  # type: ignore[misc]  # only a Module is a ModuleTree
        for name in self._module_names:
            module = self.__dict__[name]
            if module is not None:
                below = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(memo, below, remove_duplicate)

    def modules(self, remove_duplicate=True):
        """This module and all below it; one that has two names comes once."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def _named_members(self, registry, prefix, recurse, remove_duplicate):
        seen = set()
        holders = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse
            else [(prefix, self)]
        )
        for path, module in holders:
            for name in module.__dict__[registry]:
                value = module.__dict__[name]
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield (f"{path}.{name}" if path else name), value

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        """(dotted name, Parameter) of each; one that is shared comes once."""
        return self._named_members("_parameter_names", prefix, recurse, remove_duplicate)

    def parameters(self, recurse=True):
        """The Parameters, which an optimizer takes."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        """(dotted name, Tensor) of each buffer."""
        return self._named_members("_buffer_names", prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        """The buffers."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, target):
        """The module at a dotted path; "" is this one.

        Raises:
            AttributeError: there is none.
        """
        module = self
        for name in target.split(".") if target else ():
            if not isinstance(module, ModuleTree) or name not in module._module_names:
                raise AttributeError(f"{type(module).__name__} has no submodule `{name}`")
            module = module.__dict__[name]
        return module  # type: ignore[return-value]  # only a Module is a ModuleTree

    def set_submodule(self, target, module, strict=False):
        """Put a module at a dotted path whose parent exists.

        Raises:
            AttributeError: the parent does not exist, or with `strict` the module itself.
            ValueError: the path is empty, or `module` is no Module.
        """
        path, _, name = target.rpartition(".")
        if not name:
            raise ValueError("set_submodule: the path is empty")
        if not isinstance(module, ModuleTree):
            raise ValueError(f"set_submodule: {type(module).__name__} is no Module")
        parent = self.get_submodule(path)
        if strict and name not in parent._module_names:
            raise AttributeError(f"{type(parent).__name__} has no submodule `{name}`")
        setattr(parent, name, module)

    def _get_member(self, kind, target):
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if name not in module.__dict__[f"_{kind}_names"]:
            raise AttributeError(f"{type(module).__name__} has no {kind} `{name}`")
        return module.__dict__[name]

    def get_parameter(self, target):
        """The Parameter at a dotted path. AttributeError where there is none."""
        found: Parameter = self._get_member("parameter", target)
        return found

    def get_buffer(self, target):
        """The buffer at a dotted path. AttributeError where there is none."""
        found: Tensor = self._get_member("buffer", target)
        return found
