"""Assemble importable packages for development: symbolic links to the Python sources in a build
folder, beside the compiled modules that CMake puts there. Usage: link_package.py SOURCE TARGET"""

import sys
from pathlib import Path


def link_package(source, target):
    """Mirror what the packages of `source` consist of under `target` as links."""
    wanted = set()
    for path in source.glob("*/**/*"):
        if path.suffix not in (".py", ".pyi", ".pxd", ".cmake") and path.name != "py.typed":
            continue
        link = target / path.relative_to(source)
        wanted.add(link)
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.unlink(missing_ok=True)
            link.symlink_to(path.resolve())
    for link in target.rglob("*.py"):
        if link.is_symlink() and link not in wanted:
            link.unlink()


if __name__ == "__main__":
    link_package(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
