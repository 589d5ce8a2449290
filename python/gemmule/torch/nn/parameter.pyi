# Written by tools/stubs.py.
from gemmule.nn.parameter import Parameter as Parameter
