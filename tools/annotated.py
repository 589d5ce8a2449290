"""Write a copy of python/gemmule in which the functions carry the annotations of their stubs.

    python tools/annotated.py FOLDER && cd FOLDER && mypy -p gemmule

mypy reads a stub instead of the source beside it, so `mypy --strict` over the package never sees a
body; and the sources carry no annotations, which Cython would take for C types. In the copy each
stands on the line that it has in the source. What no stub speaks of, private functions, is
annotated by the names of parameters and by what the return statements say (class Results): no more
than a guess, but mypy holds every body and every call against it. The fields that Cython types come
from the .pxd, the methods that operations hang on Tensor from Tensor's stub. (What a module exports
is for the stubs to say, which are checked without implicit_reexport.)
"""

import ast
import io
import re
import shutil
import sys
import tokenize
from pathlib import Path

from signatures import EXTENSION_GIVES, GIVES, HOMES, PARAMETERS, PRIVATE, PRIVATE_GIVES
from stubs import CONTAINERS, ROOT, annotation, constant, listed_parameters, qualified

HEAD = (
    "; import builtins; import collections.abc"
    "; from collections.abc import Callable, Iterator, Sequence"
    "; from typing import Any, NamedTuple, TypeVar, overload; from typing_extensions import Self"
)
SETTINGS = """
[mypy]
strict = True
implicit_reexport = True
warn_unreachable = True

[mypy-tqdm.*,safetensors.*,ml_dtypes.*]
ignore_missing_imports = True
"""
# What the sources use of Cython, as it is when they run uncompiled.
CYTHON = """
from typing import TypeVar
_T = TypeVar("_T")
compiled: bool
longlong: type[int]
def cast(kind: type[_T], value: object) -> _T: ...
def declare(kind: type[_T], value: _T) -> _T: ...
"""
# Fields in a .pxd; a list or a tuple may be None.
FIELDS = {"bint": "builtins.bool", "int": "builtins.int", "long long": "builtins.int"}
TENSOR_FIELDS = {"_array": "Array", "_grad": "Tensor | None"}


def module_name(path):
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


def by_name(function, parameter, default):
    """The type of a parameter that no stub speaks of."""
    kind = annotation(function, parameter, constant(default))
    if f"{function}.{parameter}" in PARAMETERS:
        return kind
    # What is a Tensor by its name may here be an Array, or None.
    return kind if kind.startswith("builtins.") else private(function, parameter)


def private(function, parameter):
    kind = PRIVATE.get(f"{function}.{parameter}", PRIVATE.get(parameter, "Any"))
    return "Array" if kind == "Tensor" and function.endswith("_vjp") else kind


def own_nodes(function):
    """The nodes of a function's body, without those of functions within."""
    waiting = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


class Results:
    """What functions give: stubs tell, of private ones their return statements."""

    def __init__(self, trees, stubs):
        self.known = {
            module: {n.name: ast.unparse(n.returns) for n in stub.body if is_function(n)}
            for module, stub in stubs.items()
        }
        tensor = members(stubs["gemmule.tensor"])["Tensor"]
        self.methods = {n.name: ast.unparse(n.returns) for n in members(tensor).values()}
        for _ in range(3):  # as deep as private functions return what others give
            for module, tree in trees.items():
                for node in tree.body:
                    self.learn(node, self.known[module], module)

    def learn(self, node, names, module):
        if isinstance(node, ast.ImportFrom):
            there = self.known.get(node.module, {})
            for alias in node.names:
                if alias.name in there:
                    names.setdefault(alias.asname or alias.name, there[alias.name])
        elif isinstance(node, ast.Assign):  # _sum, _mean = _C.sum, _C.mean
            target, value = node.targets[0], node.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = zip(target.elts, value.elts, strict=True)
            for t, v in pairs:
                kind = self.called(v, names)
                if kind and isinstance(t, ast.Name):
                    names.setdefault(t.id, kind)
        elif is_function(node) and names.get(node.name, "Any") == "Any":
            names[node.name] = self.result(node, names, module.rpartition(".")[2])

    @staticmethod
    def called(function, names):
        """What an expression gives when called, None where nothing is known."""
        if isinstance(function, ast.Name):
            return names.get(function.id)
        if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "_C":
            return qualified(EXTENSION_GIVES.get(function.attr, "Array"))
        return None

    def method(self, function, names):
        """What a method of a Tensor gives."""
        if isinstance(function, ast.Attribute) and (
            self.expression(function.value, names) == "Tensor"
        ):
            return self.methods.get(function.attr, "Any")
        return "Any"

    def result(self, function, names, owner):
        """What a function gives; `owner` is its class, or the last part of its module's name."""
        name = function.name
        for table in (PRIVATE_GIVES, GIVES):
            for key in (f"{owner}.{name}", name):
                if key in table:
                    return qualified(table[key])
        nodes = list(own_nodes(function))
        if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in nodes):
            return "Iterator[Any]"
        names = {**names, **self.variables(function, nodes, names)}
        values = [n.value for n in nodes if isinstance(n, ast.Return) and n.value]
        kinds = {self.expression(value, names) for value in values}
        ends = (ast.Return, ast.Raise, ast.With, ast.Try)
        if not kinds or not isinstance(function.body[-1], ends):
            kinds.add("None")
        kind = joined(kinds)
        if name.endswith("_vjp") and kind != "tuple[Array]":
            return "Sequence[Array | None]"
        return kind

    def variables(self, function, nodes, names):
        """{" name": type} of a function's variables: the space keeps them apart from functions."""
        found = {
            " " + p.arg: {private(function.name, p.arg)}
            for p, _ in listed_parameters(function.args)
        }
        for node in nodes:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[" " + node.target.id] = {ast.unparse(node.annotation)}
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.setdefault(" " + node.id, set())
        for node in nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[" " + node.targets[0].id].add(self.expression(node.value, names))
        return {name: joined(kinds) for name, kinds in found.items()}

    def expression(self, node, names):
        if isinstance(node, ast.Name):
            return names.get(" " + node.id, "Any")
        if isinstance(node, ast.Call):
            return self.called(node.func, names) or self.method(node.func, names)
        if isinstance(node, ast.BinOp):
            sides = {self.expression(node.left, names), self.expression(node.right, names)}
            return "Tensor" if "Tensor" in sides else "Array" if "Array" in sides else "Any"
        if isinstance(node, ast.IfExp):
            return joined({self.expression(node.body, names), self.expression(node.orelse, names)})
        if isinstance(node, ast.JoinedStr):
            return "builtins.str"
        if isinstance(node, ast.Constant):
            return "None" if node.value is None else f"builtins.{type(node.value).__name__}"
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return "builtins.bool"
        if isinstance(node, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in node.elts):
            return f"tuple[{', '.join(self.expression(e, names) for e in node.elts) or '()'}]"
        return "Any"


def is_function(node):
    return isinstance(node, ast.FunctionDef)


def joined(kinds):
    """One type for several; Any where they differ by more than None."""
    rest = kinds - {"None"}
    if len(rest) != 1 or "Any" in rest:
        return "Any" if rest or not kinds else "None"
    return f"{rest.pop()} | None" if "None" in kinds else rest.pop()


class Annotator:
    """One module with its annotations; insertions are gathered by line and column, in bytes."""

    def __init__(self, path, tree, stub, results, hung):
        self.source = path.read_text()
        self.names, self.results, self.hung = results.known[module_name(path)], results, hung
        self.leaf = path.stem
        self.found = []
        self.colons = colons(self.source)
        self.fields = fields_of(path.with_suffix(".pxd"))
        self.visit(tree, members(stub), None)
        if tree.body:
            self.insert(tree.body[0], HEAD + self.imports(tree, module_name(path)))

    def insert(self, node, text):
        self.found.append((node.end_lineno, node.end_col_offset, text))

    def text(self):
        lines = [line.encode() for line in self.source.splitlines(keepends=True)]
        for line, column, text in reversed(sorted(self.found, key=lambda insertion: insertion[:2])):
            old = lines[line - 1]
            lines[line - 1] = old[:column] + text.encode() + old[column:]
        return b"".join(lines).decode()

    def imports(self, tree, module):
        """Imports of the types that the annotations speak of."""
        head = ""
        words = set(re.findall(r"(?<![.\w])\w+", " ".join(text for _, _, text in self.found)))
        own = {n.asname or n.name for node in tree.body for n in getattr(node, "names", ())}
        if "_F" in words:
            head = '; _F = TypeVar("_F", bound=Callable[..., Any])'
        if module == "gemmule.tensor":
            head = "; from gemmule._hung import Hung"
        return head + "".join(
            f"; from {home} import {name}"
            for name, home in HOMES.items()
            if name in words - own and home != module
        )

    def visit(self, node, known, cls):
        for child in ast.iter_child_nodes(node):
            if is_function(child):
                stub = known.get(child.name) or (self.hung.get(child.name) if cls is None else None)
                self.function(child, stub, cls)
                self.visit(child, {}, "")
            elif isinstance(child, ast.ClassDef):
                stub = known.get(child.name)
                self.declare(child, stub)
                self.visit(child, members(stub), child.name)
            else:
                if isinstance(child, ast.AnnAssign):
                    self.fill(child)
                self.visit(child, known, cls)

    def fill(self, node):
        """Say of what a list is; that a variable holds None where it is assigned None."""
        inside = {id(n.value) for n in ast.walk(node.annotation) if isinstance(n, ast.Subscript)}
        for name in ast.walk(node.annotation):
            if isinstance(name, ast.Name) and id(name) not in inside:
                self.insert(name, CONTAINERS.get(name.id, name.id).removeprefix(name.id))
        none = isinstance(node.value, ast.Constant) and node.value.value is None
        if none and "None" not in ast.unparse(node.annotation):
            self.insert(node.annotation, " | None")

    def declare(self, node, stub):
        """A class's fields, behind its docstring: those of its stub, those that Cython types."""
        # Of the functions in _Methods and _InPlace, which Tensor takes over, self is a Tensor.
        base = {"Tensor": "Hung", "_Methods": "Tensor", "_InPlace": "Tensor"}.get(node.name)
        if base and node.bases:
            self.insert(node.bases[-1], f", {base}")
        elif base:
            column = node.col_offset + len(f"class {node.name}")
            self.found.append((node.lineno, column, f"({base})"))
        fields = dict(self.fields.get(node.name, {}))
        for line in stub.body if stub else ():
            if isinstance(line, ast.AnnAssign) and ast.unparse(line.annotation) != "Any":
                fields[line.target.id] = ast.unparse(line.annotation)
        for line in node.body:
            for target in getattr(line, "targets", None) or [getattr(line, "target", None)]:
                fields.pop(getattr(target, "id", None), None)
        if ast.get_docstring(node) is not None:
            self.insert(node.body[0], "".join(f"; {f}: {kind}" for f, kind in fields.items()))

    def function(self, node, stub, cls):
        told = {
            p.arg: ast.unparse(p.annotation)
            for p, _ in (listed_parameters(stub.args) if stub else ())
            if p.annotation
        }
        static = decorated(node, "staticmethod")
        for i, (parameter, default) in enumerate(listed_parameters(node.args)):
            if i or not cls or static:
                kind = told.get(parameter.arg) or by_name(node.name, parameter.arg, default)
                if cls == "Module" and node.name == "forward":  # subclasses take what they like
                    kind = "Any, **kwargs: Any"
                self.insert(parameter, f": {kind}")
        if stub:
            sets = decorated(node, "setter") or decorated(node, "deleter")
            gives = "None" if sets else ast.unparse(stub.returns)
        else:
            gives = self.results.result(node, self.names, cls or self.leaf)
        self.found.append((*self.colons[node.lineno], f" -> {gives}"))


def members(stub):
    """{name: definition} of a stub's functions and classes."""
    body = stub.body if stub else ()
    kept = [n for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    other = ("setter", "deleter", "overload")
    return {n.name: n for n in kept if not any(decorated(n, name) for name in other)}


def decorated(node, name):
    return any(ast.unparse(d).endswith(name) for d in node.decorator_list)


def colons(source):
    """{line of a def: (line, column in bytes) of the colon that ends its head}."""
    found, start, depth = {}, None, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.string == "def" and token.type == tokenize.NAME and start is None:
            start, depth = token.start[0], 0
        elif start is not None and token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if token.string == ":" and depth == 0:
                line, column = token.start
                found[start] = line, len(token.line[:column].encode())
                start = None
    return found


def fields_of(pxd):
    """{class: {field: type}} of a .pxd; those of TensorBase are Tensor's."""
    classes, fields = {}, None
    for line in pxd.read_text().splitlines() if pxd.exists() else ():
        if found := re.match(r"cdef class (\w+)|    ctypedef class gemmule._C.(\w+)Base ", line):
            fields = classes.setdefault(found[1] or found[2], {})
        elif found := re.match(r"    (?:cdef public|    cdef) (long long|\w+) (\w+)", line):
            fields[found[2]] = TENSOR_FIELDS.get(found[2], FIELDS.get(found[1], "Any"))
    return classes


def hung_methods(tree, stub):
    """The stub of a class of the methods that operations hang on Tensor, {method: its stub}."""
    own = members(next(n for n in tree.body if getattr(n, "name", None) == "Tensor"))
    tensor = next(n for n in stub.body if getattr(n, "name", None) == "Tensor")
    methods = [n for n in tensor.body if is_function(n) and n.name not in own]
    head = [n for n in stub.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    lines = ["from gemmule.tensor import Tensor", "class Hung:"]
    for node in methods:
        ignore = ":  # type: ignore[override]" if node.name in ("__eq__", "__ne__") else ":"
        text = ast.unparse(node).replace(":\n    ...", f"{ignore}\n    ...")
        lines += ["    " + line for line in text.splitlines()]
    text = "\n".join([*map(ast.unparse, head), *lines]) + "\n"
    return text, {name: n for name, n in members(tensor).items() if name not in own}


def hung_functions(tree, methods):
    """{function: stub of the method that it is hung on Tensor as}, from the calls of methods()."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "methods":
            for key, value in zip(node.args[0].keys, node.args[0].values, strict=True):
                if isinstance(value, ast.Name) and key.value in methods:
                    found.setdefault(value.id, methods[key.value])
    return found


def write(folder):
    package = Path(folder) / "gemmule"
    paths = sorted(ROOT.rglob("*.py"))
    trees = {module_name(p): ast.parse(p.read_text()) for p in paths}
    stubs = {module_name(p): ast.parse(p.with_suffix(".pyi").read_text()) for p in paths}
    results = Results(trees, stubs)
    text, methods = hung_methods(trees["gemmule.tensor"], stubs["gemmule.tensor"])
    for path in paths:
        name = module_name(path)
        hung = hung_functions(trees[name], methods)
        copy = Annotator(path, trees[name], stubs[name], results, hung).text()
        target = package / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(copy)
    (package / "_hung.pyi").write_text(text)
    (package / "_C.pyi").write_text((ROOT / "_C.pyi").read_text())
    (package / "py.typed").touch()
    (package.parent / "cython.pyi").write_text(CYTHON)
    (package.parent / "mypy.ini").write_text(SETTINGS)
    shutil.copytree(ROOT.parent / "gemmule_config", package.parent / "gemmule_config")


if __name__ == "__main__":
    write(sys.argv[1])
