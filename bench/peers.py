"""What every benchmark shares: rows, and the engines that they are measured on.

A ``bench_<stem>.py`` gives ``rows()``: :class:`Row` after row, each with one callable per engine
on the same numbers. ``python bench/bench_<stem>.py`` measures them in turns at one thread and at
all; ``pytest`` on the same file runs them through pytest-benchmark; ``bench/report.py`` measures
the rows of all files and writes the table.
"""

import argparse
import importlib
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from turns import in_turns

INSTALL = {
    "torch": "pip install torch --index-url https://download.pytorch.org/whl/cpu",
    "onnxruntime": 'pip install ".[bench]" (onnxruntime and onnx)',
    "jax": 'pip install ".[bench]"',
    "threadpoolctl": 'pip install ".[bench]" (without it NumPy\'s BLAS uses all cores)',
}


@dataclass
class Row:
    """One line of the table.

    Attributes:
        name: operation and shape.
        engines: engine name → a function that computes the row once and returns its result.
        flops, bytes: work and least traffic of one run; 0 where not stated.
        bound: largest allowed difference of the engines' results, relative to the largest value.
        traffic: which bandwidth `bytes` is held against: copy, triad, update (in place) or read.
        footprint: distinct bytes touched; as `bytes` where not stated.
        expects: engines that are peers of this row, and are missed where not installed.
        note: said beside the row.
    """

    name: str
    engines: dict[str, Callable] = field(default_factory=dict)
    flops: float = 0.0
    bytes: float = 0.0
    bound: float = 1e-3
    traffic: str = "copy"
    footprint: float = 0.0
    expects: tuple[str, ...] = ("torch",)
    note: str = ""

    def missing(self):
        """The expected engines that it has not."""
        return [name for name in self.expects if name not in self.engines]


_select = [lambda name: True]


def wanted(name):
    """Whether a row of this name will be measured: others need not be built."""
    return _select[0](name)


def select(predicate):
    """Let :func:`wanted` answer with `predicate`."""
    _select[0] = predicate


def peer(name):
    """The peer's module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def set_threads(count):
    """Let every engine that is installed use `count` threads. JAX takes as many as the process has
    cores (see :func:`with_jax`), onnxruntime's sessions as many as are set when they are made."""
    import gemmule

    gemmule._C.set_num_threads(count)
    torch = peer("torch")
    if torch is not None:
        torch.set_num_threads(count)
    threadpoolctl = peer("threadpoolctl")
    if threadpoolctl is not None:
        threadpoolctl.threadpool_limits(count, user_api="blas")  # NumPy's


def with_jax(function, *arrays, backward=None):
    """{"jax": a call of the compiled function on the arrays}, {} where JAX cannot be measured.

    Args:
        function: of jax.numpy arrays; receives (jax, *arrays).
        backward: a gradient for its result; the call then gives the arrays' gradients.
    """
    jax = peer("jax")
    import gemmule

    # XLA makes one thread for each core that the process may use, once and for all.
    if jax is None or len(os.sched_getaffinity(0)) != gemmule._C.num_threads():
        return {}

    def plain(*values):
        return function(jax, *values)

    def both(g, *values):  # gives the value too: XLA would leave out a forward that nobody reads
        value, pull = jax.vjp(plain, *values)
        return pull(g), value

    given = arrays if backward is None else (backward, *arrays)
    values = [jax.numpy.asarray(a) for a in given]
    compiled = jax.jit(plain if backward is None else both)
    if backward is None:
        return {"jax": lambda: jax.block_until_ready(compiled(*values))}
    return {"jax": lambda: jax.block_until_ready(compiled(*values))[0]}


def with_onnx(op, arrays, *, outputs=1, opset=20, **attributes):
    """{"onnxruntime": a session of one node on the arrays (None: no such input)}, or {}."""
    onnx, runtime = peer("onnx"), peer("onnxruntime")
    if onnx is None or runtime is None:
        return {}
    feeds = {f"x{i}": np.ascontiguousarray(a) for i, a in enumerate(arrays) if a is not None}
    names = [f"x{i}" if a is not None else "" for i, a in enumerate(arrays)]
    results = [f"y{i}" for i in range(outputs)]
    make = onnx.helper
    graph = make.make_graph(
        [make.make_node(op, names, results, **attributes)],
        op,
        [
            make.make_tensor_value_info(
                name, make.np_dtype_to_tensor_dtype(feed.dtype), list(feed.shape)
            )
            for name, feed in feeds.items()
        ],
        [make.make_empty_tensor_value_info(name) for name in results],
    )
    model = make.make_model(
        graph, opset_imports=[make.make_opsetid("", opset)], ir_version=10 if opset < 23 else 11
    )
    try:
        return {"onnxruntime": onnx_session(model, feeds)}
    except Exception as error:  # an older onnxruntime may not know the node
        print(f"onnxruntime cannot run {op}: {error}", file=sys.stderr)
        return {}


def onnx_session(model, feeds):
    """A call of an onnx model on `feeds`, with as many threads as are set now."""
    import gemmule

    runtime = peer("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = gemmule._C.num_threads()
    options.inter_op_num_threads = 1
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    if os.environ.get("OMP_WAIT_POLICY", "").upper() == "PASSIVE":
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda: session.run(None, feeds)


def as_numpy(result):
    """Any engine's result as an ndarray (the first of several)."""
    if isinstance(result, (tuple, list)):
        result = result[0]
    if hasattr(result, "detach"):
        result = result.detach().numpy()
    result = np.asarray(result)
    return result.astype("f4") if result.dtype == bool else result  # so that they subtract


def difference(row, ours, other):
    """How far the result of engine `other` is from ours, where that is more than the row allows."""
    theirs = as_numpy(row.engines[other]())
    if ours.shape != theirs.shape:
        return f"give shapes {ours.shape} and {theirs.shape}"
    if not ours.size:
        return None
    error = np.abs(ours - theirs)
    if error.max() <= row.bound * np.abs(theirs).max():
        return None
    worst = np.unravel_index(error.argmax(), error.shape)
    return f"differ by {error[worst]:.2e}: {ours[worst]:.7g} and {theirs[worst]:.7g}"


def check_agreement(row):
    """Raise if an engine's result differs from ours by more than the row's bound.

    A peer that differs is asked once more, and only then believed: PyTorch's very first `exp` on
    two threads was once seen to be off by 1e-4. The row's note tells of it.
    """
    ours = as_numpy(row.engines["gemmule"]())
    for other in row.engines:
        if other == "gemmule" or difference(row, ours, other) is None:
            continue
        again = difference(row, ours, other)
        if again is not None:
            raise AssertionError(f"{row.name}: gemmule and {other} {again}")
        row.note = f"{row.note}; {other}'s first result differed".removeprefix("; ")


def main(rows, description):
    """The command line of a benchmark file: measure ``rows()`` in turns and print a table."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--only", default="", help="regular expression of row names")
    parser.add_argument("--threads", type=int, action="append", help="thread counts (1 and all)")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    import gemmule

    select(lambda name: re.search(options.only, name))
    cores = len(os.sched_getaffinity(0))
    for threads in options.threads or sorted({1, cores}):
        set_threads(threads)
        print(f"\n{threads} thread{'s' if threads > 1 else ''}, {gemmule._C.isa()}")
        for row in rows():
            if not wanted(row.name):
                continue
            check_agreement(row)
            measured = in_turns(row.engines, options.rounds)
            ours = measured["gemmule"]["seconds"]
            line = f"{row.name:<40} {ours * 1e3:9.4f} ms"
            if row.flops:
                line += f" {row.flops / ours / 1e9:7.1f} GF/s"
            elif row.bytes:
                line += f" {row.bytes / ours / 1e9:7.1f} GB/s"
            for name, one in measured.items():
                if name != "gemmule":
                    spread = f"({one['low']:.2f}-{one['high']:.2f})"
                    line += f"   {name} {one['ratio']:5.2f}x {spread}"
            print(line, flush=True)
    for name, hint in INSTALL.items():
        if peer(name) is None:
            print(f"{name} is not installed: {hint}")
