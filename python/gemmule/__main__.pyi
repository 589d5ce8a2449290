# Written by tools/stubs.py.
from gemmule_config import main as main


