# Written by tools/stubs.py.
from gemmule.data import *
