# Written by tools/stubs.py.
from gemmule.nn.utils.rnn import *
