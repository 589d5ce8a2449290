# Written by tools/stubs.py.
from gemmule.nn.init import *
