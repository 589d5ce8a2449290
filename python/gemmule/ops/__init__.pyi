# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.ops import activation as activation
from gemmule.ops import attention as attention
from gemmule.ops import binary as binary
from gemmule.ops import cast as cast
from gemmule.ops import compare as compare
from gemmule.ops import conv as conv
from gemmule.ops import create as create
from gemmule.ops import dlpack as dlpack
from gemmule.ops import dropout as dropout
from gemmule.ops import embedding as embedding
from gemmule.ops import host as host
from gemmule.ops import index as index
from gemmule.ops import loss as loss
from gemmule.ops import matmul as matmul
from gemmule.ops import matmul_einsum as matmul_einsum
from gemmule.ops import norm as norm
from gemmule.ops import out as out
from gemmule.ops import pool as pool
from gemmule.ops import precision as precision
from gemmule.ops import random as random
from gemmule.ops import reduce as reduce
from gemmule.ops import rnn as rnn
from gemmule.ops import scan as scan
from gemmule.ops import shape as shape
from gemmule.ops import shape_join as shape_join
from gemmule.ops import softmax as softmax
from gemmule.ops import sort as sort
from gemmule.ops import unary as unary


