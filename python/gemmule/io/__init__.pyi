# Written by tools/stubs.py.
from gemmule.io.weights import *
