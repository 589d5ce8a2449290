"""Rewriting a traced forward pass: products with packed weights, and what follows them in their
epilogues.

A convolution or linear layer with constant weights takes over, in this order and as far as each
result is used by the next call alone:

    batch norm by running statistics    folded into weight and bias
    + another value of its shape        the residual
    an activation

The rules are those of every graph compiler; what is new here is only where they apply: to the
:class:`gemmule.nn.plan.Node` s of a trace, whose constants are known to be constant.
"""

from weakref import WeakValueDictionary

from gemmule import _C
from gemmule.nn.plan import Node, Slot

_Array = _C.Array

#: Calls whose results are new memory, always.
FRESH = {
    *("conv_packed", "linear_packed", "conv1d", "conv2d", "linear", "matmul", "max_pool2d"),
    *("avg_pool2d", "layer_norm", "batch_norm", "relu", "add", "multiply"),
}
#: name of a call → name of the epilogue's activation.
FINISHES = {
    "gelu": "gelu",
    "gelu_tanh": "gelu_tanh",
    "leaky_relu": "leaky_relu",
    "relu": "relu",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "tanh": "tanh",
}


class Weights:
    """Packed weights, each made once for all plans that use it, and dropped with the last."""

    def __init__(self):
        self._made: WeakValueDictionary[tuple, Packed] = WeakValueDictionary()

    def get(self, key, arrays, make):
        """The :class:`Packed` of make(), remembered by `key` and the memory of `arrays`."""
        # A pass makes its views anew each time; what they show stays.
        places = ((a.data_ptr, a.shape, a.strides, a.dtype.name) for a in arrays)
        key = (*key, *places)
        packed = self._made.get(key)
        if packed is None:
            weight, bias = make()
            packed = self._made[key] = Packed(weight, bias, arrays)
        return packed


class Packed:
    """A packed weight and its bias; `arrays` is what they were made of, kept alive."""

    __slots__ = ("__weakref__", "arrays", "bias", "weight")

    def __init__(self, weight, bias, arrays):
        self.weight = weight
        self.bias = bias
        self.arrays = arrays


def fuse(graph, weights):
    """Rewrite a Graph in place. `weights` keeps what is packed."""
    graph.drop_unused()
    _matmuls_as_linear(graph)
    uses = graph.uses()
    instead: dict[Node, Node | None] = {}  # a node: what stands in its place, or None
    for node in graph.nodes:
        if node in instead or not _has_constant_weight(node):
            continue
        taken = _Taken(node, uses, instead)
        instead.update(dict.fromkeys(taken.nodes))
        # Where the last one stood, all that they read is there.
        instead[taken.nodes[-1]], packed = taken.packed(weights)
        graph.weights.append(packed)
    nodes = [instead.get(node, node) for node in graph.nodes]
    graph.nodes = [node for node in nodes if node is not None]
    _reuse_residuals(graph)


def _reuse_residuals(graph):
    """Let a convolution write over its residual, where that is the last use of fresh memory. A view
    would be another use of it, so all that read it must give something fresh themselves."""
    uses = graph.uses()
    makers = {out: node for node in graph.nodes for out in node.outs if out}
    order = {node: at for at, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        if node.name != "conv_packed" or node.args[5] is None:
            continue
        maker, readers = makers.get(node.args[5]), uses[node.args[5]]
        if (
            maker is not None
            and maker.name in FRESH
            and all(
                reader is not None and reader.name in FRESH and order[reader] <= order[node]
                for reader in readers
            )
            and readers.count(node) == 1
        ):
            node.args.append(True)


def _matmuls_as_linear(graph):
    """x·W with a constant matrix W is a linear layer of Wᵀ."""
    for node in graph.nodes:
        if node.name != "matmul":
            continue
        x, w = node.args
        if isinstance(x, Slot) and isinstance(w, _Array) and len(w.shape) == 2 and len(x.shape) > 1:
            node.name, node.args = "linear", [x, _C.transpose(w), None]


def _has_constant_weight(node):
    if node.name not in ("linear", "conv1d", "conv2d"):
        return False
    x, weight, bias = node.args[:3]
    return (
        isinstance(x, Slot)
        and isinstance(weight, _Array)
        and (bias is None or isinstance(bias, _Array))
        and 0 not in x.shape
    )


class _Taken:
    """A product and the calls after it that it takes over.

    Attributes:
        nodes: the calls, in order; the first is the product.
    """

    def __init__(self, node, uses, gone):
        self.nodes = [node]
        self.uses = uses
        self.gone = gone  # nodes that others took
        self.norm: list | None = None
        self.residual: Slot | None = None
        self.finish, self.slope = "none", 0.0
        while self._take(self._next()):
            pass

    def _next(self):
        """The only call that reads what the last one gives."""
        readers = self.uses.get(self.nodes[-1].out, ())
        return readers[0] if len(readers) == 1 and readers[0] not in self.gone else None

    def _take(self, node):
        if node is None or self.finish != "none":
            return False
        out = self.nodes[-1].out
        if node.name == "batch_norm":
            if self.residual is not None or self.norm is not None or not self._foldable(node):
                return False
            self.norm = [*node.args[1:5], node.args[7]]
        elif node.name == "add":
            other = node.args[1] if node.args[0] is out else node.args[0]
            if (
                self.residual is not None
                or not isinstance(other, Slot)
                or (other.shape, other.dtype) != (out.shape, out.dtype)
            ):
                return False
            self.residual = other
        elif node.name in FINISHES:
            self.finish = FINISHES[node.name]
            self.slope = node.args[1] if node.name == "leaky_relu" else 0.0
        else:
            return False
        self.nodes.append(node)
        return True

    def _foldable(self, node):
        """Whether a norm's parameters are constants, one for each row of the weight."""
        out = self.nodes[0].out
        x, *parameters = node.args[:5]
        # A single image has no batch axis: norm would take its rows for channels.
        axes = {"linear": 0, "conv1d": 1, "conv2d": 2}[self.nodes[0].name]
        return (
            x is out
            and len(out.shape) == axes + 2
            and all(value is None or isinstance(value, _Array) for value in parameters)
            and not any(used in self.uses for used in node.outs[1:])
        )

    def packed(self, weights):
        """The Node that stands for them all, and the Packed that it reads."""
        node = self.nodes[0]
        x, weight, bias = node.args[:3]
        constants = [weight, bias, *(self.norm or ())]
        arrays = [value for value in constants if isinstance(value, _Array)]
        key = (
            node.name,
            _C.isa(),
            _C.bfloat_products(),
            self.norm[4] if self.norm else None,
            tuple(isinstance(value, _Array) for value in constants),
        )
        outs = [self.nodes[-1].out]
        if node.name == "linear":
            packed = weights.get(
                key, arrays, lambda: _pack(weight, bias, self.norm, _C.pack_linear)
            )
            args = [x, packed.weight, weight.shape, packed.bias]
            args += [self.residual, self.finish, self.slope]
            return Node("linear_packed", args, outs), packed
        window, axes = node.args[3:], len(weight.shape) - 2
        groups = window[3]
        plan = _C.conv_plan(x.shape, weight, *window, axes)
        packed = weights.get(
            (*key, plan, groups),
            arrays,
            lambda: _pack(
                weight, bias, self.norm, lambda folded: _C.pack_conv(folded, plan, groups, axes)
            ),
        )
        args = [x, packed.weight, plan, weight.shape, packed.bias]
        args += [self.residual, self.finish, self.slope, *window, axes]
        return Node("conv_packed", args, outs), packed


def _pack(weight, bias, norm, pack):
    """(packed weight, bias) of a product, with the norm after it folded in.

    norm(w·x + b) = γ·(w·x + b - μ)/√(σ² + ε) + β = (s·w)·x + (s·(b - μ) + β),  s = γ/√(σ² + ε)
    """
    if norm is None:
        return pack(weight), bias
    mean, var, gamma, beta, eps = norm
    wide = _C.float64
    scale = _C.rsqrt(_C.add(_C.astype(var, wide), eps))
    if gamma is not None:
        scale = _C.multiply(scale, _C.astype(gamma, wide))
    shift = _C.negative(_C.astype(mean, wide))
    if bias is not None:
        shift = _C.add(shift, _C.astype(bias, wide))
    shift = _C.multiply(shift, scale)
    if beta is not None:
        shift = _C.add(shift, _C.astype(beta, wide))
    rows = _C.reshape(scale, (weight.shape[0], *(1,) * (len(weight.shape) - 1)))
    folded = _C.astype(_C.multiply(_C.astype(weight, wide), rows), weight.dtype)
    return pack(folded), _C.astype(shift, weight.dtype)
