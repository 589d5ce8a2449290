# Written by tools/stubs.py.
from gemmule.optim import *
