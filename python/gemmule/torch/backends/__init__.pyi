# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.torch.backends import cuda as cuda
from gemmule.torch.backends import cudnn as cudnn
from gemmule.torch.backends import mps as mps


