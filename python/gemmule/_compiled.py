"""Finds the modules that Cython compiled. All are in one shared object: one for each took 0.8 MB
more, in padding and in symbols that every one of them repeats."""

import sys
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path

_package = Path(__file__).parent
_library = _package / "lib" / f"modules{EXTENSION_SUFFIXES[0]}"


class Finder:
    """Of what has a .pxd beside it, which says that it is compiled."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        package, _, stem = fullname.partition(".")
        if package != "gemmule":
            return None
        declared = (_package / f"{stem.replace('.', '/')}.pxd").exists()
        if not declared and stem != "_shared":  # which holds what all of them use
            return None
        loader = ExtensionFileLoader(fullname, str(_library))
        return spec_from_file_location(fullname, _library, loader=loader)


if _library.exists():  # else they are interpreted, from the sources beside the .pxd
    sys.meta_path.insert(0, Finder)
