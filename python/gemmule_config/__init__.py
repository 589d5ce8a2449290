"""Where gemmule's headers, library and CMake package are, for build scripts.

Uses the standard library alone and does not import gemmule, whose extension may not load where one
only compiles (another architecture, no NumPy).
"""

import argparse
import importlib.util
from pathlib import Path

__all__ = ["cmake_dir", "include_dir", "lib_dir", "main"]


def _find(*parts: str) -> str:
    spec = importlib.util.find_spec("gemmule")
    roots = (spec.submodule_search_locations if spec else None) or []
    for root in roots:
        path = Path(root, *parts)
        if path.is_dir():
            return str(path)
    raise FileNotFoundError(f"gemmule: no {'/'.join(parts)} in {', '.join(roots) or 'sys.path'}")


def cmake_dir() -> str:
    """The folder of gemmuleConfig.cmake: what gemmule_DIR is to be."""
    return _find("lib", "cmake", "gemmule")


def include_dir() -> str:
    """The folder of gemmule/gemmule.h."""
    return _find("include")


def lib_dir() -> str:
    """The folder of the shared library."""
    return _find("lib")


def main(arguments: list[str] | None = None) -> None:
    """Print the folders that were asked for, one a line."""
    parser = argparse.ArgumentParser(
        prog="gemmule-config", description="Where gemmule's files for embedders are."
    )
    folders = {"--cmake-dir": cmake_dir, "--include-dir": include_dir, "--lib-dir": lib_dir}
    for option, folder in folders.items():
        parser.add_argument(
            option, dest="asked", action="append_const", const=folder, help=folder.__doc__
        )
    asked = parser.parse_args(arguments).asked
    if not asked:
        parser.error("one of " + ", ".join(folders) + " is needed")
    for folder in asked:
        print(folder())
