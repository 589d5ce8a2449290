"""The ground floor as seen from Python: threads, fork, memory, ISA choice, import time."""

import ctypes
import os
import signal
import subprocess
import sys
import threading

import gemmule
import numpy as np
import pytest
from check import isa, threads
from gemmule import _C

LARGE = 1 << 20


def large(value=1.0):
    return gemmule.asarray(np.full(LARGE, value, np.float32))


def test_threads_are_what_was_asked_for():
    with threads(3):
        assert _C.num_threads() == 3
    with pytest.raises(ValueError, match="set_num_threads: expected at least 1 thread, got 0"):
        _C.set_num_threads(0)


def test_threads_asked_for_hold_in_other_python_threads():
    seen = []
    with threads(3):
        worker = threading.Thread(target=lambda: seen.append(_C.num_threads()))
        worker.start()
        worker.join()
    assert seen == [3]


def test_python_threads_compute_at_once():
    x, y = large(1.0), large(2.0)
    wrong = []

    def work():
        for _ in range(20):
            if not (gemmule.add(x, y).numpy() == 3.0).all():
                wrong.append(1)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_fork_after_a_parallel_loop():
    x = large()
    with threads(2):
        gemmule.add(x, x)
        child = os.fork()
        if child == 0:
            good = bool((gemmule.add(x, x).numpy() == 2.0).all())
            os._exit(0 if good else 1)
        assert (gemmule.add(x, x).numpy() == 2.0).all()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_freed_memory_is_used_again():
    x = large()
    first = gemmule.add(x, x)._array.data_ptr
    assert gemmule.add(x, x)._array.data_ptr == first
    _C.empty_cache()
    allocated, cached, peak, limit = _C.memory_stats()
    assert cached == 0
    assert peak >= allocated
    assert limit > 0


def test_wrong_cache_size_is_refused():
    code = "import gemmule; gemmule.ones((1 << 20,))"
    for value in ("abc", "-1"):
        result = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "GEMMULE_CACHE_MB": value},
            capture_output=True,
            text=True,
        )
        assert result.returncode == 1
        expected = f"GEMMULE_CACHE_MB: expected an integer of at least 0, got '{value}'"
        assert result.stderr.rstrip().endswith(expected)


def test_fork_while_other_threads_allocate():
    # A child that found the allocator locked by a thread of its parent would wait for ever.
    stop = threading.Event()
    x = _C.zeros((16 * 1024,), _C.uint8)  # the least that is computed without Python's lock

    def churn():
        while not stop.is_set():
            _C.add(x, x)

    workers = [threading.Thread(target=churn) for _ in range(3)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(100):
            child = os.fork()
            if child == 0:
                signal.alarm(5)
                _C.empty((LARGE,), _C.uint8)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def test_impossible_sizes_are_refused():
    with pytest.raises(OverflowError, match="does not fit 64 bits"):
        _C.empty((1 << 40, 1 << 40), _C.float32)
    with pytest.raises(MemoryError, match="out of memory: asked for"):
        _C.empty((1 << 46,), _C.float64)
    assert (gemmule.add(large(), 1.0).numpy() == 2.0).all()


def test_isa_can_be_chosen():
    names = _C.runnable_isas()
    assert _C.isa() in names
    for name in names:
        with isa(name):
            assert _C.isa() == name
            assert (gemmule.add(large(), 1.0).numpy() == 2.0).all()
    with pytest.raises(ValueError, match="'v9' cannot run here"):
        _C.set_isa("v9")


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_environment_names_the_isa():
    name = _C.runnable_isas()[0]
    done = run_python("from gemmule import _C; print(_C.isa())", GEMMULE_ISA=name)
    assert done.stdout.strip() == name
    done = run_python("import gemmule; gemmule.asarray([1.0]) + 1", GEMMULE_ISA="fast")
    assert "GEMMULE_ISA: 'fast' cannot run here" in done.stderr


def test_import_is_light(tmp_path):
    """At most 100 ms beyond NumPy, and nothing heavy behind it. CPU time: others may be busy."""
    bytecode = {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    code = (
        "import time, numpy; t = time.process_time(); import gemmule, sys; "
        "print(time.process_time() - t, sorted({'torch', 'sklearn', 'tqdm', 'safetensors'} "
        "& set(sys.modules)))"
    )
    taken = []
    for _ in range(5):  # the first compiles
        done = run_python(code, **bytecode)
        assert done.returncode == 0, done.stderr
        seconds, heavy = done.stdout.split(maxsplit=1)
        taken.append(float(seconds))
        assert heavy.strip() == "[]"
    assert min(taken) < 0.1


class Buffer(ctypes.Structure):
    """Py_buffer."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.py_object),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


@pytest.mark.parametrize(
    ("layout", "accepted"),
    [
        ("row-major", {"SIMPLE", "ND", "STRIDES", "C", "ANY"}),
        ("column-major", {"STRIDES", "F", "ANY"}),
        ("gaps", {"STRIDES"}),
    ],
)
def test_buffers_of_the_layout_that_is_asked_for(layout, accepted):
    base = _C.from_buffer(np.ones((4, 6), np.float32))
    x = {
        "row-major": base,
        "column-major": _C.transpose(base),
        "gaps": _C.slice(base, 1, 0, 3, 2),
    }[layout]
    nd, strides = 0x08, 0x18
    kinds = {
        "SIMPLE": 0,
        "ND": nd,
        "STRIDES": strides,
        "C": 0x20 | strides,
        "F": 0x40 | strides,
        "ANY": 0x80 | strides,
    }
    for kind, flags in kinds.items():
        buffer = Buffer()
        get = ctypes.pythonapi.PyObject_GetBuffer
        if kind in accepted:
            assert get(ctypes.py_object(x), ctypes.byref(buffer), flags) == 0
            assert (buffer.shape is not None) == (kind != "SIMPLE")
            assert (buffer.strides is not None) == (kind not in ("SIMPLE", "ND"))
            ctypes.pythonapi.PyBuffer_Release(ctypes.byref(buffer))
        else:
            with pytest.raises(BufferError, match="the array is not contiguous"):
                get(ctypes.py_object(x), ctypes.byref(buffer), flags)


def test_filling_a_large_array_lets_other_threads_run():
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.wait(0.001):
            ticks.append(None)

    ticker = threading.Thread(target=tick)
    ticker.start()
    most = 0
    for _ in range(20):  # each takes some 40 ms; on a busy machine the ticker may not get a core
        before = len(ticks)
        gemmule.randn(8_000_000)
        most = max(most, len(ticks) - before)
        if most > 2:
            break
    stop.set()
    ticker.join()
    assert most > 2


def test_integers_that_do_not_fit_are_refused():
    with pytest.raises(OverflowError, match=r"softmax: .* for 'dim' does not fit 32 bits"):
        _C.softmax(_C.zeros((2, 3), _C.float32), 1 << 32)
    with pytest.raises(OverflowError, match=r"softmax: .* for 'dim' does not fit 64 bits"):
        _C.softmax(_C.zeros((2, 3), _C.float32), 1 << 64)


# ---- OpenMP, where there is one -----------------------------------------------------------------

THREADS = """
import gemmule, numpy as np, threading
counts = [gemmule.get_num_threads()]
gemmule.set_num_threads(2)
counts.append(gemmule.get_num_threads())
thread = threading.Thread(target=lambda: counts.append(gemmule.get_num_threads()))
thread.start(); thread.join()
x = gemmule.ones((300, 300))
assert (gemmule.matmul(x, x).numpy() == 300).all()
print(*counts, any("gomp" in line for line in open("/proc/self/maps")))
"""


def counted(environment):
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True,
                          env={**os.environ, **environment}, check=True)  # fmt: skip
    return done.stdout.split()


@pytest.mark.skipif(sys.platform != "linux", reason="the runtime is looked for by Linux's name")
def test_threads_without_an_openmp_runtime(tmp_path):
    (tmp_path / "libgomp.so.1").write_bytes(b"")  # found first, and no library
    without = {"LD_LIBRARY_PATH": str(tmp_path)}
    assert counted({**without, "OMP_NUM_THREADS": "3"}) == ["3", "2", "2", "False"]
    assert counted({**without, "OMP_NUM_THREADS": "5,2"})[0] == "5"
    alone = len(os.sched_getaffinity(0))
    assert 1 <= int(counted({**without, "OMP_NUM_THREADS": ""})[0]) <= alone
    assert 1 <= int(counted({**without, "OMP_NUM_THREADS": "many"})[0]) <= alone


CORES = """
import os, time
import gemmule
before = {int(task) for task in os.listdir("/proc/self/task")}
mine = sorted(os.sched_getaffinity(0))[:2]
os.sched_setaffinity(0, mine)
gemmule.set_num_threads(2)
x = gemmule.ones(512, 512)
x @ x

def work():
    time.sleep(0.005)  # helpers are moved every 2 ms at most
    x @ x
    started = [task for task in map(int, os.listdir("/proc/self/task")) if task not in before]
    return [(task, os.sched_getaffinity(task)) for task in started]

for core in mine * 2:
    os.sched_setaffinity(0, [core])
    print(*(allowed == set(mine) - {core} for _, allowed in work()))
[(helper, _)] = work()
os.sched_setaffinity(helper, mine)
os.sched_setaffinity(0, [mine[0]])
print(*(allowed == set(mine) for _, allowed in work()))
# More threads than cores, asked for by a thread on one core: the new one may use both.
gemmule.set_num_threads(3)
print(*(allowed == set(mine) for _, allowed in work()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are kept off a core on Linux only")
def test_helpers_keep_off_their_owners_core_unless_pinned():
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core")
    done = subprocess.run([sys.executable, "-c", CORES], capture_output=True, text=True)
    assert done.stdout.split() == ["True"] * 7, done.stderr


WIDENED = """
import os
import gemmule
before = {int(task) for task in os.listdir("/proc/self/task")}
mine = sorted(os.sched_getaffinity(0))[:2]
os.sched_setaffinity(0, mine[:1])
gemmule.set_num_threads(3)  # two helpers, for which one core beside their owner's is too few
x = gemmule.ones(100_000)
x.exp()
os.sched_setaffinity(0, mine)
for _ in range(3000):
    x.exp()
started = [task for task in map(int, os.listdir("/proc/self/task")) if task not in before]
print(*(os.sched_getaffinity(task) == set(mine) for task in started))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are kept off a core on Linux only")
def test_helpers_follow_their_owner_where_it_may_use_more():
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core")
    done = subprocess.run([sys.executable, "-c", WIDENED], capture_output=True, text=True)
    assert done.stdout.split() == ["True"] * 2, done.stderr


LIMITS = """
import gemmule, threadpoolctl
if not any("gomp" in one["filepath"] for one in threadpoolctl.threadpool_info()):
    raise SystemExit("none")
with threadpoolctl.threadpool_limits(1):
    limited = gemmule.get_num_threads()
gemmule.set_num_threads(3)
with threadpoolctl.threadpool_limits(2):
    print(limited, gemmule.get_num_threads())
"""


def test_threadpoolctl_limits_where_there_is_a_runtime():
    pytest.importorskip("threadpoolctl")
    done = subprocess.run([sys.executable, "-c", LIMITS], capture_output=True, text=True)
    if done.stderr.strip() == "none":
        pytest.skip("no OpenMP runtime")
    assert done.stdout.split() == ["1", "2"], done.stderr
