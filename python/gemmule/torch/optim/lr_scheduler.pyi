# Written by tools/stubs.py.
from gemmule.optim.lr_scheduler import *
