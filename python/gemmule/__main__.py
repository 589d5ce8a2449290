"""python -m gemmule --cmake-dir | --include-dir | --lib-dir: as gemmule-config."""

from gemmule_config import main

if __name__ == "__main__":
    main()
