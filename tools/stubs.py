"""Write the type stubs: a .pyi beside every module of python/gemmule, and _C.pyi.

    PYTHONPATH=build-dev/package python tools/stubs.py          writes them
    PYTHONPATH=build-dev/package python tools/stubs.py --check  fails if one is not up to date

Names are the field's throughout the package, so a parameter's name says its type (PARAMETERS); what
a function gives is a Tensor unless GIVES says otherwise. Methods that operations hang on Tensor are
read off the class itself.
"""

import ast
import inspect
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "python" / "gemmule"
HEAD = "# Written by tools/stubs.py.\n"


def _table(*rows):
    """{name: type} of rows (type, "name name …")."""
    return {name: kind for kind, names in rows for name in names.split()}


PARAMETERS = _table(
    ("bool", "keepdim keepdims training inplace ceil_mode descending stable largest"),
    ("bool", "requires_grad include_initial endpoint full_matrices"),
    ("str", "mode reduction indexing side padding_mode nonlinearity"),
    ("int", "num_embeddings embedding_dim in_features out_features num_heads"),
    ("int", "in_channels out_channels groups num_features num_groups"),
    ("float", "eps lr momentum weight_decay dampening atol"),
)
# What functions and methods give that is no Tensor.
GIVES = _table(
    ("bool", "is_contiguous is_floating_point allclose is_grad_enabled is_autocast_enabled"),
    ("bool", "__bool__ __contains__ isdtype can_cast"),
    ("int", "dim numel element_size data_ptr get_num_threads __len__ __int__ __index__ __hash__"),
    ("str", "__repr__ __format__ extra_repr"),
    ("None", "__init__ __setattr__ __setitem__ __delattr__ backward set_num_threads"),
    ("None", "empty_cache manual_seed zero_grad retain_grad"),
    ("float", "__float__"),
    ("complex", "__complex__"),
) | {
    "broadcast_shapes": "tuple[int, ...]",
    "__iter__": "Iterator[Tensor]",
    "__dlpack_device__": "tuple[int, int]",
    "memory_stats": "dict[str, int]",
    **_table(("Tensor_tuple", "broadcast_arrays broadcast_tensors meshgrid unstack unbind chunk")),
    **_table(("Tensor_tuple", "split tensor_split nonzero")),
}
# Modules of functions of Tensors: what is not in GIVES gives a Tensor there.
OPERATIONS = (
    "ops/reduce",
    "ops/unary",
    "ops/binary",
    "ops/compare",
    "ops/activation",
    "ops/create",
    "ops/cast",
    "ops/shape",
    "ops/shape_join",
    "ops/scan",
    "ops/softmax",
    "ops/norm",
    "ops/conv",
    "ops/matmul",
    "ops/index",
    "ops/dropout",
    "ops/loss",
    "ops/random",
    "ops/embedding",
)
ANY = {"cummax", "cummin", "var_mean", "std_mean", "show_config"}


def annotation(name, default):
    kind = PARAMETERS.get(name)
    agrees = default is None or default is inspect.Parameter.empty
    if kind and (agrees or type(default).__name__ == kind):
        text = f"builtins.{kind}"
        return text if default is not None else f"{text} | None"
    return "Any"


def parameters(function):
    """The parameter list of a function, annotated."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return (
            "self, *args: Any, **kwargs: Any"
            if inspect.ismethoddescriptor(function)
            else ("*args: Any, **kwargs: Any")
        )
    parts, kinds = [], [p.kind for p in signature.parameters.values()]
    misplaced = "misplaced" in signature.parameters
    only, keyword, star = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.KEYWORD_ONLY, False
    for i, p in enumerate(signature.parameters.values()):
        if i and kinds[i - 1] is only and p.kind is not only:
            parts.append("/")
        if p.kind is p.VAR_POSITIONAL:
            parts.append(f"*{p.name}: Any")
            star = True
            continue
        if p.kind is p.VAR_KEYWORD:
            parts.append(f"**{p.name}: Any")
            continue
        if p.kind is keyword and not star:
            parts.append("*")
            star = True
        text = p.name
        if not (i == 0 and p.name in ("self", "cls")):
            # What a function takes only to say how it is meant is refused by the type as well.
            refused = misplaced and p.name in ("dim", "keepdim")
            text += ": None" if refused else f": {annotation(p.name, p.default)}"
        if p.default is not p.empty:
            plain = isinstance(p.default, (bool, int, float, str, type(None)))
            shown = repr(p.default) if plain and p.default not in (float("inf"),) else "..."
            text += f" = {'...' if shown in ('nan', 'inf', '-inf') else shown}"
        parts.append(text)
    if kinds and kinds[-1] is only:
        parts.append("/")
    return ", ".join(parts)


def result(name, module, method=False):
    if name in GIVES:
        text = GIVES[name]
        if text == "Tensor_tuple":
            return "tuple[Tensor, ...]"
        return text if text[0].isupper() or text == "None" else f"builtins.{text}"
    if name in ANY or name.startswith(("get_", "set_")):
        return "Any"
    if any(module == "gemmule." + m.replace("/", ".") for m in OPERATIONS) and not method:
        return "Tensor"
    return "Any"


def instance_attributes(tree, name):
    """What the methods of a class assign to self, in order."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            for inner in ast.walk(node):
                if (
                    isinstance(inner, ast.Attribute)
                    and isinstance(inner.ctx, ast.Store)
                    and isinstance(inner.value, ast.Name)
                    and inner.value.id == "self"
                ):
                    found[inner.attr] = None
    return found


def class_stub(cls, module, tree, imports):
    """The lines of a class."""
    bases = []
    fields = getattr(cls, "_fields", None)
    if issubclass(cls, tuple) and fields:
        lines = [f"class {cls.__name__}(NamedTuple):"]
        lines += [
            f"    {field}: {'Tensor' if 'Limits' not in cls.__name__ else 'Any'}"
            for field in fields
        ]
        return lines
    for base in cls.__bases__:
        if base.__module__ == module:
            bases.append(base.__name__)
        elif base.__module__.startswith("gemmule"):
            imports.add(f"from {base.__module__} import {base.__name__} as {base.__name__}")
            bases.append(base.__name__)
        elif base is not object and base.__module__ == "builtins":
            bases.append(
                {"dict": "dict[Any, Any]", "list": "list[Any]"}.get(
                    base.__name__, "builtins." + base.__name__
                )
            )
    lines = [f"class {cls.__name__}({', '.join(bases)}):" if bases else f"class {cls.__name__}:"]
    members = dict(sorted(vars(cls).items()))
    for name, value in members.items():
        dunder = name.startswith("__") and name.endswith("__")
        if name in (
            "__module__",
            "__doc__",
            "__dict__",
            "__weakref__",
            "__slots__",
            "__annotations__",
        ):
            continue
        if dunder and not callable(value):
            continue
        if name.startswith("_") and not dunder:
            continue
        if isinstance(value, property):
            lines += [
                "    @property",
                f"    def {name}(self) -> {TENSOR_PROPERTIES.get(name, 'Any')}: ...",
            ]
            if value.fset:
                taken = "Tensor | None" if name == "grad" else "Any"
                lines += [
                    f"    @{name}.setter",
                    f"    def {name}(self, value: {taken}) -> None: ...",
                ]
        elif isinstance(value, (staticmethod, classmethod)):
            kind = "staticmethod" if isinstance(value, staticmethod) else "classmethod"
            lines += [f"    @{kind}", f"    def {name}({parameters(value.__func__)}) -> Any: ..."]
        elif inspect.isfunction(value) or (callable(value) and not inspect.isclass(value)):
            gives = result(name, module, method=True)
            listed = parameters(value)
            if cls.__name__ == "Tensor":
                gives = tensor_method(name, gives)
                head, _, tail = listed.partition(",")
                listed = f"self{',' if tail else ''}{tail}" if not head.startswith("*") else listed
                if dunder:  # written between operands, an operator has no place for `out`
                    listed = listed.removesuffix(", *, out: Any = None")
                if name in ("__eq__", "__ne__"):
                    listed = "self, other: object, /"
            if name == "forward" and cls.__name__ == "Module":
                listed = "self, *args: Any, **kwargs: Any"
            ignore = (
                "  # type: ignore[override]"
                if cls.__name__ == "Tensor" and name in ("__eq__", "__ne__")
                else ""
            )
            if name == "__hash__" and value is object.__hash__:
                continue
            lines.append(f"    def {name}({listed}) -> {gives}: ...{ignore}")
        elif not inspect.isclass(value):
            lines.append(f"    {name}: Any")
    given = {line.split(":")[0].strip() for line in lines}
    for name in instance_attributes(tree, cls.__name__):
        if not name.startswith("_") and name not in members and name not in given:
            lines.append(f"    {name}: Any")
    if cls.__name__ == "Module":
        lines.append("    def __getattr__(self, name: builtins.str) -> Any: ...")
    return lines if len(lines) > 1 else [lines[0] + " ..."]


TENSOR_PROPERTIES = {
    "shape": "tuple[builtins.int, ...]",
    "strides": "tuple[builtins.int, ...]",
    "ndim": "builtins.int",
    "dtype": "DType",
    "device": "builtins.str",
    "T": "Tensor",
    "mT": "Tensor",
    "itemsize": "builtins.int",
    "nbytes": "builtins.int",
    "requires_grad": "builtins.bool",
    "is_leaf": "builtins.bool",
    "data": "Tensor",
    "grad": "Tensor | None",
}
NOT_TENSORS = {
    "item",
    "tolist",
    "numpy",
    "__array__",
    "size",
    "stride",
    "grad_fn",
    "register_hook",
    "max",
    "min",
    "sort",
    "topk",
    "median",
    "kthvalue",
    "cummax",
    "cummin",
    "unique",
    "type",
    "__dlpack__",
    "__array_namespace__",
    "__reduce__",
    "__deepcopy__",
    "nonzero",
    "__init_subclass__",
    "split",
}


def tensor_method(name, gives):
    if name == "equal":
        return "builtins.bool"
    if gives != "Any" or name in NOT_TENSORS:
        return gives
    return "Tensor"


def stub(module):
    """The text of a module's stub."""
    tree = ast.parse(Path(module.__file__).read_text())
    own, imports, lines = module.__name__, set(), []
    names = set(getattr(module, "__all__", ())) | {n for n in vars(module) if not n.startswith("_")}
    for name in sorted(names):
        value = getattr(module, name)
        home = getattr(value, "__module__", None)
        if inspect.ismodule(value):
            if value.__name__ == f"{own}.{name}":
                imports.add(f"from {own} import {name} as {name}")
            elif "." in value.__name__ and value.__name__.startswith("gemmule"):
                parent, _, leaf = value.__name__.rpartition(".")
                imports.add(f"from {parent} import {leaf} as {name}")
            continue
        if isinstance(value, _C.DType):
            imports.add("from gemmule._C import DType as DType")
            lines.append(f"{name}: DType")
        elif (inspect.isclass(value) or callable(value)) and home and home != own:
            leaf = getattr(value, "__qualname__", name)
            if home == "gemmule._C" or (
                home.startswith("gemmule") and "." not in leaf and not leaf.startswith("_")
            ):
                if hasattr(sys.modules.get(home), leaf):
                    imports.add(f"from {home} import {leaf} as {name}")
            elif home.startswith("gemmule"):
                lines.append(f"{name}: Any")
        elif inspect.isclass(value):
            pass  # below, private ones with them
        elif callable(value):
            if (
                value.__name__ != name
                and hasattr(module, value.__name__)
                and not value.__name__.startswith("_")
            ):
                lines.append(f"{name} = {value.__name__}")
            else:
                lines.append(f"def {name}({parameters(value)}) -> {result(name, own)}: ...")
        else:
            kind = type(value).__name__
            lines.append(
                f"{name}: {f'builtins.{kind}' if kind in ('int', 'float', 'str') else 'Any'}"
            )
    classes = [
        v
        for n, v in vars(module).items()
        if inspect.isclass(v) and v.__module__ == own and v.__name__ == n
    ]
    classes.sort(key=lambda c: (len(c.__mro__), c.__name__))
    for cls in dict.fromkeys(classes):
        lines += ["", *class_stub(cls, own, tree, imports)]
    if own == "gemmule":
        imports |= {f"from gemmule import {name} as {name}" for name in module._packages}
        lines += ["__version__: builtins.str", "__array_api_version__: builtins.str"]
        lines = [l for l in lines if not l.startswith("def __array_api_version__")]
    aliases = [l for l in lines if " = " in l and not l.startswith((" ", "def"))]
    lines = [l for l in lines if l not in aliases] + aliases
    body = "\n".join(lines)
    if (
        "Tensor" in body.replace("class Tensor", "")
        and own != "gemmule.tensor"
        and "import Tensor as Tensor" not in "".join(imports)
    ):
        imports.add("from gemmule.tensor import Tensor as Tensor")
    if "DType" in body and own != "gemmule._C":
        imports.add("from gemmule._C import DType as DType")
    head = [
        HEAD.rstrip(),
        "import builtins",
        "from collections.abc import Iterator",
        "from typing import Any, NamedTuple",
        *sorted(imports),
        "",
    ]
    return "\n".join(head) + "\n" + body.strip() + "\n"


def extension_stub():
    """_C.pyi: positional functions of Arrays, and the two types."""
    lines = [HEAD.rstrip(), "from typing import Any, final", ""]
    for cls in (_C.DType, _C.Array):
        lines.append("@final")
        lines.append(f"class {cls.__name__}:")
        for name, value in sorted(vars(cls).items()):
            if inspect.isgetsetdescriptor(value):
                kind = EXTENSION.get(
                    name, "bool" if name.startswith("is_") or name == "owns" else "int"
                )
                lines += ["    @property", f"    def {name}(self) -> {kind}: ..."]
            elif name in (
                "__add__",
                "__radd__",
                "__sub__",
                "__rsub__",
                "__mul__",
                "__rmul__",
                "__truediv__",
                "__rtruediv__",
            ):
                lines.append(f"    def {name}(self, other: Any, /) -> Any: ...")
            elif name in ("__neg__", "__reduce__"):
                lines.append(f"    def {name}(self) -> Any: ...")
            elif name == "__buffer__":
                lines.append("    def __buffer__(self, flags: int, /) -> memoryview: ...")
        lines.append("")
    for name, value in sorted(vars(_C).items()):
        if isinstance(value, _C.DType):
            lines.append(f"{name}: DType")
        elif callable(value) and not inspect.isclass(value) and not name.startswith("__"):
            lines.append(f"def {name}(*arguments: Any) -> Any: ...")
    return "\n".join(lines) + "\n"


EXTENSION = {
    "name": "str",
    "device": "str",
    "dtype": "DType",
    "shape": "tuple[int, ...]",
    "strides": "tuple[int, ...]",
}


def main():
    import importlib

    stale = []
    texts = {ROOT / "_C.pyi": extension_stub()}
    for path in sorted(ROOT.rglob("*.py")):
        dotted = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        texts[path.with_suffix(".pyi")] = stub(
            importlib.import_module(dotted.removesuffix(".__init__"))
        )
    for path, text in texts.items():
        if not path.exists() or path.read_text() != text:
            stale.append(path)
            if "--check" not in sys.argv:
                path.write_text(text)
    print(
        "\n".join(
            f"{'stale' if '--check' in sys.argv else 'wrote'} {p.relative_to(ROOT)}" for p in stale
        )
    )
    return int("--check" in sys.argv and bool(stale))


if __name__ == "__main__":
    from gemmule import _C

    sys.exit(main())
