# Written by tools/stubs.py.
from gemmule.nn.utils import *
from gemmule.nn.utils import rnn as rnn
