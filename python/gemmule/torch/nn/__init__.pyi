# Written by tools/stubs.py.
from gemmule.nn import *
from gemmule.nn import functional as functional, init as init, utils as utils
