"""Tensors for einops, which asks the subclasses of its AbstractBackend whose type it was given.

einops is told when it is imported, before or after gemmule: :func:`register` where it is there
already, else a finder that watches for the one name ``einops._backends`` and is gone after it.
"""

import importlib.abc
import importlib.util
import sys

_MODULE = "einops._backends"


def register(backends):
    """Define the subclass; einops keeps track of it itself."""

    class GemmuleBackend(backends.AbstractBackend):  # type: ignore[misc]  # of any type
        """What einops needs of tensors; gradients flow through all of it."""

        framework_name = "gemmule"

        def __init__(self):
            import gemmule

            self.xp = gemmule

        def is_appropriate_type(self, tensor):
            return isinstance(tensor, self.xp.Tensor)

        def from_numpy(self, x):
            return self.xp.asarray(x)

        def to_numpy(self, x):
            return x.detach().numpy()

        def arange(self, start, stop):
            return self.xp.arange(start, stop)

        def transpose(self, x, axes):
            return self.xp.permute_dims(x, axes)

        def reduce(self, x, operation, axes):
            return getattr(self.xp, operation)(x, axis=tuple(axes))

        def stack_on_zeroth_dimension(self, tensors):
            return self.xp.stack(tensors)

        def add_axis(self, x, new_position):
            return self.xp.expand_dims(x, new_position)

        def tile(self, x, repeats):
            return self.xp.tile(x, repeats)

        def concat(self, tensors, axis):
            return self.xp.concat(tensors, axis=axis)

        def is_float_type(self, x):
            return x.dtype.is_floating_point

        def einsum(self, pattern, *x):
            return self.xp.einsum(pattern, *x)

    backends.gemmule_backend = GemmuleBackend  # subclasses are known weakly: keep it alive


class _Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def run_and_register(module):
            run(module)
            register(module)

        spec.loader.exec_module = run_and_register  # type: ignore[method-assign]  # for this one
        return spec


def watch():
    """Register with einops now, or as soon as it is imported."""
    if _MODULE in sys.modules:
        register(sys.modules[_MODULE])
    else:
        sys.meta_path.insert(0, _Watch())
