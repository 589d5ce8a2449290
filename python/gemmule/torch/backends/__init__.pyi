# Written by tools/stubs.py.
from gemmule.torch.backends import *


