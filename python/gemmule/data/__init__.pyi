# Written by tools/stubs.py.
from gemmule.data.dataset import *
from gemmule.data.loader import *
from gemmule.data.sampler import *


