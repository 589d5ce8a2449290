# Written by tools/stubs.py.
from gemmule.torch.utils import data as data
