# Written by tools/stubs.py.
from gemmule.nn.functional import *
