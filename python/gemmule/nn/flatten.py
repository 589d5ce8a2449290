"""Layers that change the shape alone."""

import math

from gemmule.nn.module import Module

__all__ = ["Flatten", "Unflatten"]


class Flatten(Module):
    """Dimensions start_dim to end_dim become one."""

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input):
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Dimension `dim` becomes several, of sizes `unflattened_size`."""

    def __init__(self, dim, unflattened_size):
        super().__init__()
        if not isinstance(dim, int):
            raise TypeError(f"Unflatten: dim must be an int, got {type(dim).__name__}")
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)

    def forward(self, input):
        shape = input.shape
        dim = self.dim % input.ndim if -input.ndim <= self.dim < input.ndim else None
        if dim is None:
            raise IndexError(f"Unflatten: dim {self.dim} is out of range for shape {shape}")
        sizes = self.unflattened_size
        if -1 not in sizes and math.prod(sizes) != shape[dim]:
            raise ValueError(f"Unflatten: size {shape[dim]} does not unflatten into {sizes}")
        before, after = shape[:dim], shape[dim + 1 :]
        if -1 in sizes:
            known = -math.prod(sizes)
            if known <= 0 or shape[dim] % known:
                raise ValueError(f"Unflatten: size {shape[dim]} does not unflatten into {sizes}")
            sizes = tuple(shape[dim] // known if size == -1 else size for size in sizes)
        return input.reshape((*before, *sizes, *after))

    def extra_repr(self):
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
