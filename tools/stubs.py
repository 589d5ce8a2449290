"""Write the type stubs: a .pyi beside every module of python/gemmule, and _C.pyi.

    python tools/stubs.py          writes them
    python tools/stubs.py --check  fails if one is not up to date

Of the gemmule that Python finds it uses the extension alone: what is read is the sources.

A parameter's name says its type, and what a function gives is a Tensor, unless signatures.py says
otherwise. Methods that operations hang on Tensor are read off the class itself; attributes, and
those types that their sources annotate, off the sources.
"""

import ast
import importlib
import importlib.util
import inspect
import re
import sys
import tempfile
import textwrap
from pathlib import Path

from link_package import link_package
from signatures import (
    EXTENSION_GIVES,
    EXTENSION_PROPERTIES,
    GIVES,
    HOMES,
    NOT_TENSORS,
    OPEN,
    OPERATIONS,
    PARAMETERS,
    TENSOR_PROPERTIES,
    WHOLE,
)

ROOT = Path(__file__).resolve().parent.parent / "python" / "gemmule"
HEAD = "# Written by tools/stubs.py.\n"


def plain(value):
    """The function that a public one calls, which is where its module says."""
    return value.__wrapped__ if type(value).__name__ == "Function" else value


def annotation(function, name, default):
    """The type of a parameter: by its name where its default agrees, else by the default."""
    for key in (f"{function}.{name}", f"{function.rpartition('.')[2]}.{name}"):
        if key in PARAMETERS:
            return qualified(PARAMETERS[key])
    kind = PARAMETERS.get(name)
    own = "int" if type(default).__name__ == "Default" else type(default).__name__
    if kind and (
        default is None or default is inspect.Parameter.empty or own == kind or kind[0].isupper()
    ):
        return qualified(kind if default is not None else f"{kind} | None")
    plain = own in ("bool", "float", "str") or (own == "int" and name in WHOLE)
    return f"builtins.{own}" if plain and name not in OPEN else "Any"


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
            kind = annotation(function.__qualname__, p.name, p.default)
            text += ": None" if refused else f": {kind}"
        if p.default is not p.empty:
            plain = isinstance(p.default, (bool, int, float, str, type(None)))
            shown = repr(p.default) if plain and p.default not in (float("inf"),) else "..."
            text += f" = {'...' if shown in ('nan', 'inf', '-inf') else shown}"
        parts.append(text)
    if kinds and kinds[-1] is only:
        parts.append("/")
    return ", ".join(parts)


def qualified(text):
    """A type with Python's own ones under names that no module of ours hides."""
    return re.sub(r"(?<![\w.])(bool|int|float|complex|str|object|type)\b", r"builtins.\1", text)


def result(name, module, cls=None):
    method = cls is not None
    for key in (f"{cls}.{name}" if cls else f"{module.rpartition('.')[2]}.{name}", name):
        if key in GIVES:
            return qualified(GIVES[key])
    if name.startswith(("get_", "set_", "show_")):
        return "Any"
    if any(module == "gemmule." + m.replace("/", ".") for m in OPERATIONS) and not method:
        return "Tensor"
    return "Any"


# What stands for what in an annotation of a source.
CONTAINERS = {
    "list": "list[Any]",
    "dict": "dict[Any, Any]",
    "tuple": "tuple[Any, ...]",
    "Callable": "Callable[..., Any]",
}


def attributes(tree, name):
    """{what the methods of a class assign to self, or its body annotates: type}, in order."""
    found = {}
    for cls in ast.walk(tree):
        if isinstance(cls, ast.ClassDef) and cls.name == name:
            for node in cls.body:
                if isinstance(node, ast.AnnAssign):
                    found[node.target.id] = filled(node.annotation)
                elif isinstance(node, ast.FunctionDef):
                    own_attributes(cls, node, found)
    return found


def own_attributes(cls, method, found):
    kinds = {}
    for parameter, default in listed_parameters(method.args):
        kind = annotation(f"{cls.name}.{method.name}", parameter.arg, constant(default))
        kinds[parameter.arg] = kind if kind.startswith("builtins.") else "Any"
    for node in ast.walk(method):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
            found[node.target.attr] = filled(node.annotation)
        elif is_own(target) and isinstance(node.value, ast.Name):
            found.setdefault(target.attr, kinds.get(node.value.id, "Any"))
        elif is_own(node) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.attr, "Any")


def constant(default):
    """The value of a default in a source; `empty` for none, ... where it is no constant."""
    if default is None:
        return inspect.Parameter.empty
    try:
        return ast.literal_eval(default)
    except ValueError:
        return ...


def listed_parameters(arguments):
    """(ast.arg, its default or None) of each parameter."""
    listed = arguments.posonlyargs + arguments.args
    none = [None] * (len(listed) - len(arguments.defaults))
    yield from zip(listed, none + arguments.defaults, strict=True)
    yield from zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    yield from ((star, None) for star in (arguments.vararg, arguments.kwarg) if star)


def is_own(node):
    """Whether it is self.name."""
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"


def filled(annotation):
    """The text of an annotation, in which list stands for list[Any]."""
    text = ast.unparse(annotation)
    return re.sub(r"\b(list|dict|tuple|Callable)\b(?!\[)", lambda m: CONTAINERS[m[0]], text)


def field_type(cls, field):
    """The type of a field of a named tuple: what its class says, else Tensor."""
    kind = getattr(cls, "__annotations__", {}).get(field)
    return "Tensor" if kind is None else qualified(kind.__name__)


def class_stub(cls, name, module, tree, imports):
    """The lines of a class."""
    bases = []
    fields = getattr(cls, "_fields", None)
    if issubclass(cls, tuple) and fields:
        lines = [f"class {name}(NamedTuple):"]
        lines += [f"    {field}: {field_type(cls, field)}" for field in fields]
        for key, value in vars(cls).items():
            if isinstance(value, property):
                gives = result(key, module, cls.__name__)
                lines += ["    @property", f"    def {key}(self) -> {gives}: ..."]
        return lines
    for base in cls.__bases__:
        if base is _C.TensorBase:
            continue
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
    members = {key: plain(value) for key, value in sorted(vars(cls).items())}
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
                f"    def {name}(self) -> {property_type(cls, name, module)}: ...",
            ]
            if value.fset:
                taken = "Tensor | None" if name == "grad" else "Any"
                lines += [
                    f"    @{name}.setter",
                    f"    def {name}(self, value: {taken}) -> None: ...",
                ]
            if value.fdel:
                lines += [f"    @{name}.deleter", f"    def {name}(self) -> None: ..."]
        elif isinstance(value, (staticmethod, classmethod)):
            kind = "staticmethod" if isinstance(value, staticmethod) else "classmethod"
            gives = "Self" if name == "__new__" else result(name, module, cls.__name__)
            lines += [] if name == "__new__" else [f"    @{kind}"]
            lines.append(f"    def {name}({parameters(value.__func__)}) -> {gives}: ...")
        elif inspect.isfunction(value) or (callable(value) and not inspect.isclass(value)):
            gives = result(name, module, cls.__name__)
            listed = parameters(value)
            if cls.__name__ == "Tensor":
                gives = tensor_method(name, gives)
                head, _, tail = listed.partition(",")
                listed = f"self{',' if tail else ''}{tail}" if not head.startswith("*") else listed
                if dunder:  # written between operands, an operator has no place for `out`
                    listed = listed.removesuffix(", *, out: Tensor | None = None")
                if name in ("__eq__", "__ne__"):
                    listed = "self, other: object, /"
            if name == "forward" and cls.__name__ == "Module":  # subclasses take what they like
                listed = "self, *args: Any, **kwargs: Any"
            ignore = (
                "  # type: ignore[override]"
                if cls.__name__ == "Tensor" and name in ("__eq__", "__ne__")
                else ""
            )
            if name == "__hash__" and value is object.__hash__:
                continue
            lines += definitions(f"{cls.__name__}.{name}", name, listed, gives, "    ")
            lines[-1] += ignore
        elif not inspect.isclass(value):
            lines.append(f"    {name}: Any")
    given = {line.split(":")[0].strip() for line in lines}
    for name, kind in attributes(tree, cls.__name__).items():
        if not name.startswith("_") and name not in members and name not in given:
            lines.append(f"    {name}: {qualified(kind)}")
    if cls.__name__ == "Module":
        lines.append("    def __getattr__(self, name: builtins.str) -> Any: ...")
    return lines if len(lines) > 1 else [lines[0] + " ..."]


def property_type(cls, name, module):
    if cls.__name__ == "Tensor" and name in TENSOR_PROPERTIES:
        return qualified(TENSOR_PROPERTIES[name])
    return result(name, module, cls.__name__)


def tensor_method(name, gives):
    if gives != "Any" or name in NOT_TENSORS:
        return gives
    return "Tensor"


_CHOICE = (  # of an axis by either name, or of all elements
    ({"dim": "dim: Tensor | None = None", "axis": "axis: None = None"}, "Tensor"),
    ({"dim": "dim: builtins.int", "axis": "axis: None = None"}, "{0}"),
    ({"dim": "dim: None = None", "axis": "axis: builtins.int"}, "{0}"),
)
_INDICES = (
    ({"return_indices": "return_indices: Literal[False] = False"}, "Tensor"),
    ({"return_indices": "*, return_indices: Literal[True]"}, "tuple[Tensor, Tensor]"),
    ({}, "Tensor | tuple[Tensor, Tensor]"),
)
_MEDIAN = (({"dim": "dim: None = None"}, "Tensor"), ({"dim": "dim: builtins.int"}, "SortResult"))
_ONE_SIZE = (
    ({"dim": "dim: None = None"}, "tuple[builtins.int, ...]"),
    ({"dim": "dim: builtins.int"}, "builtins.int"),
)
# What gives one thing or another by its arguments: [({parameter: its text here}, result)].
OVERLOADS = {
    "Tensor.max": [(to, gives.format("_Max")) for to, gives in _CHOICE],
    "Tensor.min": [(to, gives.format("_Min")) for to, gives in _CHOICE],
    "Tensor.median": _MEDIAN,
    "sort.median": _MEDIAN,
    "Tensor.stride": _ONE_SIZE,
    "_Size.__call__": _ONE_SIZE,
    "pool.max_pool1d": _INDICES,
    "pool.max_pool2d": _INDICES,
    "pool.adaptive_max_pool1d": _INDICES,
    "pool.adaptive_max_pool2d": _INDICES,
    "Tensor.nonzero": (
        ({"as_tuple": "as_tuple: Literal[False] = False"}, "Tensor"),
        ({"as_tuple": "as_tuple: Literal[True]"}, "tuple[Tensor, ...]"),
    ),
}


def definitions(key, name, listed, gives, indent=""):
    """The lines that declare a function: one, or its overloads."""
    if key not in OVERLOADS:
        return [f"{indent}def {name}({listed}) -> {gives}: ..."]
    lines = []
    for changes, result in OVERLOADS[key]:
        text = listed
        for parameter, to in changes.items():
            text = re.sub(rf"\b{parameter}: [^,]*", to, text)
        lines += [f"{indent}@overload", f"{indent}def {name}({text}) -> {result}: ..."]
    return lines


def stub(module):
    """The text of a module's stub."""
    tree = ast.parse(Path(module.__file__).read_text())
    if text := renames(tree):
        return text
    own, imports, lines = module.__name__, set(), []
    said = imported(tree) | ({*dir(module)} if hasattr(module, "_packages") else set())
    names = set(getattr(module, "__all__", ())) | {n for n in vars(module) if not n.startswith("_")}
    for name in sorted(names):
        value = plain(getattr(module, name))
        home = getattr(value, "__module__", None)
        if inspect.ismodule(value):
            if name not in said:
                continue
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
                key = f"{own.rpartition('.')[2]}.{name}"
                lines += definitions(key, name, parameters(value), result(name, own))
        elif not is_used(name, module, tree):
            kind = type(value).__name__
            lines.append(
                f"{name}: {f'builtins.{kind}' if kind in ('int', 'float', 'str') else 'Any'}"
            )
    classes = [
        (n, v)
        for n, v in vars(module).items()
        if inspect.isclass(v) and v.__module__ == own and (v.__name__ == n or hasattr(v, "_fields"))
    ]
    classes.sort(key=lambda c: (len(c[1].__mro__), c[0]))
    for name, cls in classes:
        lines += ["", *class_stub(cls, name, own, tree, imports)]
    if own == "gemmule":
        imports |= {f"from gemmule import {name} as {name}" for name in module._packages}
        lines += ["__version__: builtins.str", "__array_api_version__: builtins.str"]
        lines = [l for l in lines if not l.startswith("def __array_api_version__")]
    aliases = [l for l in lines if " = " in l and not l.startswith((" ", "def"))]
    lines = [l for l in lines if l not in aliases] + aliases
    body = "\n".join(lines)
    for name, home in HOMES.items():
        if (
            re.search(rf"(?<![.\w]){name}\b", body)
            and home != own
            and not re.search(rf"^class {name}\b", body, re.M)
        ):
            imports.add(f"from {home} import {name} as {name}")
    if re.search(r"\b_F\b", body):  # a decorator gives what it is given
        body = '_F = TypeVar("_F", bound=Callable[..., Any])\n' + body.lstrip()
    # What a module uses is no name of its: a stub is installed, and short.
    public = getattr(module, "__all__", None)
    if public is not None:
        imports = {
            line if line.rpartition(" ")[2] in public else re.sub(r" (\w+) as \1$", r" \1", line)
            for line in imports
            if needed(line.rpartition(" ")[2], body, public)
        }
    if not HIDING.search("\n".join([body, *imports])):
        body = body.replace("builtins.", "")
    head = [HEAD.rstrip(), *standard(body), *grouped(imports), ""]
    return "\n".join(head) + "\n" + body.strip() + "\n"


# What makes a name of Python's types another thing in a stub, or in a class of it.
_TYPES = "bool|int|float|complex|str|object|type"
HIDING = re.compile(rf"(def|class) ({_TYPES})\b|^ *({_TYPES})\s*[:=]|\bas ({_TYPES})$", re.M)


def needed(name, body, public):
    """Whether a stub speaks of an imported name, or its module gives it."""
    return name in public or re.search(rf"\b{name}\b", body) is not None


STANDARD = {
    "collections.abc": ("Callable", "Iterator", "Sequence"),
    "typing": ("Any", "Literal", "NamedTuple", "TypeVar", "overload"),
    "typing_extensions": ("Self",),
}


def standard(body):
    """The imports of Python's own names that a stub uses."""
    yield from (f"import {m}" for m in ("builtins", "collections") if f"{m}." in body)
    for home, names in STANDARD.items():
        used = [name for name in names if re.search(rf"(?<![.\w]){name}\b", body)]
        if used:
            yield f"from {home} import {', '.join(used)}"


def renames(tree):
    """The stub of a module that says only what others have: its imports."""
    lines = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module.startswith("gemmule"):
            names = [n.name if n.name == "*" else f"{n.name} as {n.name}" for n in node.names]
            lines += grouped({f"from {node.module} import {name}" for name in names})
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            return None
    again = sum(line.endswith("*") for line in lines) > 1  # of names, which mypy takes for mistakes
    return "\n".join([HEAD.rstrip(), *lines]) + "\n" if lines and not again else None


def is_used(name, module, tree):
    """Whether a module imports a value for itself."""
    return name in imported(tree) and name not in getattr(module, "__all__", (name,))


def imported(tree):
    """The names that a source imports from modules."""
    froms = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in froms for alias in node.names}


def starred(home, some):
    """What * gives of the names "name as other" that are imported from a module of ours."""
    module = sys.modules.get(home)
    public = set(getattr(module, "__all__", ()))
    tree = ast.parse(Path(module.__file__).read_text())
    own = {
        name
        for name, value in vars(module).items()
        if not (name[0] == "_" or is_of_another(value, module) or is_used(name, module, tree))
    }
    pairs = {line.partition(" as ")[2]: line for line in some}
    same = {n for n in public & pairs.keys() if is_same(module, *pairs[n].split(" as "))}
    return {pairs[n] for n in public} if len(public) > 1 and public == same >= own else set()


def is_same(module, name, other):
    """Whether a module has one thing under both names."""
    return plain(getattr(module, name, None)) is plain(getattr(module, other))


def is_of_another(value, module):
    """Whether it is another module's, so that this one's stub imports it."""
    home = getattr(plain(value), "__module__", None) if callable(value) else None
    return inspect.ismodule(value) or home not in (None, module.__name__)


def grouped(imports):
    """The lines "from home import name as name", those of one home together."""
    names = {}
    for line in sorted(imports):
        home, _, name = line.removeprefix("from ").partition(" import ")
        names.setdefault(home, []).append(name)
    for home, some in names.items():
        if home.startswith("gemmule.") and home != "gemmule._C" and (all_of := starred(home, some)):
            yield f"from {home} import *"
            some = [name for name in some if name not in all_of]
        # Imported under another name, a stub does not give it away.
        renamed = [pair for pair in (name.split(" as ") for name in some) if pair[0] != pair[-1]]
        some = [name for name in some if name.split(" as ") not in renamed]
        some += sorted({f"{name} as _{name}" for name, _ in renamed})
        line = f"from {home} import {', '.join(some)}"
        if len(line) > 100:
            listed = textwrap.wrap(", ".join(some).replace(" as ", "~as~"), 98)
            listed = "".join(f"  {part}\n" for part in listed).replace("~as~", " as ")
            line = f"from {home} import (\n{listed})"
        if some:
            yield line
        yield from (f"{other} = _{name}" for name, other in renamed)


def extension_stub():
    """_C.pyi: positional functions of Arrays, and the types."""
    lines = [HEAD.rstrip(), "from collections.abc import Callable", "from typing import Any, final"]
    lines += ["from typing_extensions import disjoint_base", ""]
    lines += ["_Operation = Callable[..., Array]", ""]
    for cls in (_C.DType, _C.Array):
        lines.append("@final")
        lines.append(f"class {cls.__name__}:")
        for name, value in sorted(vars(cls).items()):
            if inspect.isgetsetdescriptor(value):
                kind = EXTENSION_PROPERTIES.get(
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
                lines.append(f"    def {name}(self, other: Array | complex, /) -> Array: ...")
            elif name in ("__neg__", "__reduce__"):
                gives = "Array" if name == "__neg__" else "str"
                lines.append(f"    def {name}(self) -> {gives}: ...")
            elif name == "__buffer__":
                lines.append("    def __buffer__(self, flags: int, /) -> memoryview: ...")
        lines.append("")
    lines += ["@disjoint_base", "class TensorBase: ...", ""]  # its fields are private
    for name, value in sorted(vars(_C).items()):
        if isinstance(value, _C.DType):
            lines.append(f"{name}: DType")
        elif callable(value) and not inspect.isclass(value) and not name.startswith("__"):
            gives = EXTENSION_GIVES.get(name)  # most give an Array: the short form for them
            lines.append(
                f"def {name}(*arguments: Any) -> {gives}: ..." if gives else f"{name}: _Operation"
            )
    return "\n".join(lines) + "\n"


def interpreted(folder):
    """Let gemmule be the sources beside the extension of the build that is found. Signatures and
    modules of what Cython compiled are not those of its source."""
    found = importlib.util.find_spec("gemmule")
    if found is None:
        raise SystemExit("stubs.py needs a build: PYTHONPATH=build-dev/package, or pip install .")
    build, package = Path(found.origin).parent, folder / "gemmule"
    link_package(ROOT.parent, folder)
    (package / "lib").mkdir()
    for path in [*build.glob("_C.*"), *build.glob("lib/libgemmule*")]:
        if path.suffix != ".pyi":
            (package / path.relative_to(build)).symlink_to(path.resolve())
    sys.path.insert(0, str(folder))


def main():
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
    with tempfile.TemporaryDirectory() as folder:
        interpreted(Path(folder))
        from gemmule import _C

        sys.exit(main())
