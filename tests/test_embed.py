"""The consumers in tests/embed are built against the package that is imported here, each in a clean
folder, and run. They are the examples of docs/embedding.md."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

import gemmule
import gemmule_config
import numpy as np
import pytest

HERE = Path(__file__).parent / "embed"
BUILT = Path(gemmule.__file__).parent


def run(*command, cwd, **environment):
    done = subprocess.run(
        [str(c) for c in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            pytest.skip(f"needs {program}")


@pytest.fixture
def consumer(tmp_path):
    """copy(name): the consumer in a clean folder; build(folder): it built by CMake."""

    class Consumer:
        @staticmethod
        def copy(name):
            shutil.copytree(HERE / name, tmp_path / name)
            return tmp_path / name

        @staticmethod
        def build(folder, *options):
            need("cmake", "ninja")
            run("cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                f"-Dgemmule_DIR={gemmule_config.cmake_dir()}",
                f"-DPython_EXECUTABLE={sys.executable}", *options, cwd=folder)  # fmt: skip
            run("cmake", "--build", "build", cwd=folder)
            return folder / "build"

    return Consumer()


def expected_mlp():
    """What tests/embed/c computes, in Python."""

    def fill(count, seed):
        values = []
        for _ in range(count):
            seed = (seed * 1664525 + 1013904223) % 2**32
            values.append((seed >> 8) / 16777216 - 0.5)
        return np.array(values, np.float32)

    x, w1, b1 = fill(64, 1).reshape(4, 16), fill(512, 2).reshape(32, 16), fill(32, 3)
    w2, b2 = fill(96, 4).reshape(3, 32), fill(3, 5)
    F = gemmule.nn.functional
    x, w1, b1, w2, b2 = map(gemmule.tensor, (x, w1, b1, w2, b2))
    return F.softmax(F.linear(F.gelu(F.linear(x, w1, b1)), w2, b2), 1).numpy()


def check_mlp(output):
    numbers = [[float(n) for n in re.findall(r"0\.\d+", line)] for line in output.splitlines()]
    np.testing.assert_allclose(numbers, expected_mlp(), atol=2e-6)
    classes = [int(n) for n in re.findall(r"class (\d)", output)]
    np.testing.assert_array_equal(classes, expected_mlp().argmax(1))


def test_c(consumer):
    check_mlp(run(consumer.build(consumer.copy("c")) / "mlp", cwd=HERE))


def test_c_through_pkg_config(consumer):
    need("cc", "pkg-config")
    folder = consumer.copy("c")
    path = {"PKG_CONFIG_PATH": str(Path(gemmule_config.lib_dir(), "pkgconfig"))}
    version = run("pkg-config", "--modversion", "gemmule", cwd=folder, **path)
    assert version.strip() == gemmule.__version__
    flags = run("pkg-config", "--cflags", "--libs", "gemmule", cwd=folder, **path)
    run("cc", "-std=c11", "mlp.c", "-o", "mlp", *flags.split(), cwd=folder)
    check_mlp(run(folder / "mlp", cwd=folder))


def test_the_documents_c(tmp_path):
    need("cc", "pkg-config")
    text = (HERE.parent.parent / "docs" / "embedding.md").read_text()
    (code,) = re.findall(r"```c\n(#include <gemmule/gemmule.h>)\n(.*?)```", text, re.DOTALL)
    body = f'{code[1]} printf("%.4f %.4f", y[0], y[3]); return 0;'
    (tmp_path / "a.c").write_text(f"#include <stdio.h>\n{code[0]}\nint main(void) {{ {body} }}")
    path = {"PKG_CONFIG_PATH": str(Path(gemmule_config.lib_dir(), "pkgconfig"))}
    flags = run("pkg-config", "--cflags", "--libs", "gemmule", cwd=tmp_path, **path)
    run("cc", "-std=c11", "-Wall", "-Werror", "a.c", "-o", "a", *flags.split(), cwd=tmp_path)
    assert run(tmp_path / "a", cwd=tmp_path) == "0.0900 0.3333"


def test_cpp(consumer):
    output = run(consumer.build(consumer.copy("cpp")) / "train", cwd=HERE)
    first, last = (float(n) for n in re.findall(r"loss ([\d.]+)", output))
    assert first > 0.9 and last < 0.05, output
    assert "refused: softmax: y overlaps x" in output


def test_cython(consumer, tmp_path):
    need("cmake", "ninja")
    pytest.importorskip("scikit_build_core", reason="needs scikit-build-core")
    pytest.importorskip("Cython", reason="needs Cython")
    folder = consumer.copy("cython")
    run(sys.executable, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "--quiet",
        "--target", tmp_path / "site", f"-Ccmake.define.gemmule_DIR={gemmule_config.cmake_dir()}",
        ".", cwd=folder)  # fmt: skip
    code = """
import numpy as np, embed_cython
a, b = np.arange(12, dtype=np.float32).reshape(3, 4), np.ones((2, 4), np.float32).T
out = np.zeros((6, 4), np.float32)[::2, ::2]
embed_cython.matmul(a, b, out)
print(out.tolist())
try:
    embed_cython.matmul(a, a, out)
except ValueError as error:
    print(error)
"""
    output = run(sys.executable, "-c", code, cwd=tmp_path / "site",
                 LD_LIBRARY_PATH=gemmule_config.lib_dir())  # fmt: skip
    assert output.splitlines() == [
        "[[6.0, 6.0], [22.0, 22.0], [38.0, 38.0]]",
        "matmul: shapes (3, 4) and (3, 4) do not match: 4 columns meet 3 rows",
    ]


def test_pybind(consumer):
    pybind11 = pytest.importorskip("pybind11", reason="needs pybind11")
    built = consumer.build(consumer.copy("pybind"), f"-Dpybind11_DIR={pybind11.get_cmake_dir()}")
    code = """
import embed_pybind, gemmule, numpy as np
x = gemmule.tensor([[-1.0, 0.0], [1.0, 2.0]])
want = gemmule.nn.functional.gelu(x).numpy()
assert embed_pybind.address(x) == x.numpy().__array_interface__["data"][0]
embed_pybind.gelu_(x)
assert (x.numpy() == want).all()
a = np.array([-1.0, 2.0])
embed_pybind.gelu_(a)
assert np.allclose(a, [-0.15865525, 1.95449974])
try:
    embed_pybind.gelu_(np.arange(3))
except embed_pybind.Error as error:
    print(error)
"""
    output = run(sys.executable, "-c", code, cwd=built)
    assert output.strip() == "activate: x is int64, expected a float"


def test_cffi(consumer):
    pytest.importorskip("cffi", reason="needs cffi")
    folder = consumer.copy("numba_or_cffi")
    output = run(sys.executable, "softmax_cffi.py", cwd=folder)
    assert output.splitlines() == [
        "[[0.09000000357627869, 0.24469999969005585, 0.6651999950408936], "
        "[0.33329999446868896, 0.33329999446868896, 0.33329999446868896]]",
        "softmax: axis 2 is out of range for an array of 2 dimensions",
    ]


def test_consumers_are_short():
    paths = [path for path in HERE.rglob("*") if path.is_file()]
    assert len(paths) >= 9
    for path in paths:
        assert len(path.read_text().splitlines()) < 100, path


# ---- where things are ---------------------------------------------------------------------------


def test_folders_agree():
    folders = [gemmule.get_cmake_dir(), gemmule.get_include(), gemmule.get_library_dir()]
    assert (Path(folders[0]) / "gemmuleConfig.cmake").is_file()
    assert (Path(folders[1]) / "gemmule" / "gemmule.h").is_file()
    assert any(path.name.startswith("libgemmule") for path in Path(folders[2]).iterdir())
    options = ["--cmake-dir", "--include-dir", "--lib-dir"]
    for module in ("gemmule", "gemmule_config"):
        assert run(sys.executable, "-m", module, *options, cwd=HERE).split() == folders


def test_folders_need_no_extension():
    code = """
import sys, gemmule_config
gemmule_config.main(["--cmake-dir"])
assert not {"gemmule", "numpy"} & set(sys.modules), "gemmule_config imported what it must not"
"""
    assert run(sys.executable, "-c", code, cwd=HERE).strip() == gemmule.get_cmake_dir()


def test_scikit_build_core_finds_the_package():
    found = [e for e in entry_points(group="cmake.root") if e.name == "gemmule"]
    if not found:
        pytest.skip("needs gemmule installed: pip install .")
    assert (Path(str(files(found[0].load()))) / "cmake" / "gemmuleConfig.cmake").is_file()


# ---- what the library shows ---------------------------------------------------------------------


def symbols(path, *options):
    return run("nm", "-D", *options, path, cwd=HERE).splitlines()


def test_only_the_abi_is_exported():
    need("nm")
    if sys.platform != "linux":
        pytest.skip("needs Linux: version nodes are ELF's")
    (library,) = Path(gemmule_config.lib_dir()).glob("libgemmule*")
    header = Path(gemmule_config.include_dir(), "gemmule", "gemmule.h").read_text()
    declared = set(re.findall(r"GEMMULE_API [\w* ]+?(gemmule_\w+)\(", header))
    assert len(declared) >= 50
    private = f"GEMMULE_PRIVATE_{gemmule.__version__}"
    shown, inner = set(), set()
    for line in symbols(library, "--defined-only"):
        name, _, node = line.split()[-1].partition("@@")
        if node == "GEMMULE_0" and name != "GEMMULE_0":
            shown.add(name)
        elif node == private and name != private:
            inner.add(name)
        else:
            assert name in ("GEMMULE_0", private), line
    assert shown == declared
    # The private node: C++ names of gemmule's own, none of a kernel's.
    for name in inner:
        assert re.match(r"_Z(N|NK|TIN|TSN)2gm", name), name
        assert not re.match(r"_ZN2gm(2v2|2v3|2v4|4neon)", name), name
    extension = Path(gemmule._C.__file__)
    used = {
        line.split()[-1].partition("@")[0]
        for line in symbols(extension, "--undefined-only")
        if "2gm" in line
    }
    assert used <= inner, used - inner


def test_cython_declares_the_whole_header():
    header = Path(gemmule_config.include_dir(), "gemmule", "gemmule.h").read_text()
    declared = (BUILT / "__init__.pxd").read_text()
    names = set(
        re.findall(r"\b(?:gemmule|GEMMULE)_\w+\b", re.sub(r"/\*.*?\*/", "", header, flags=re.S))
    )
    names -= {"GEMMULE_H", "GEMMULE_API", "GEMMULE_ABI_VERSION"}
    assert names == set(re.findall(r"\b(?:gemmule|GEMMULE)_\w+\b", declared)) - {"gemmule_DIR"}
