# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.ops import (
    activation as activation,
    attention as attention,
    binary as binary,
    cast as cast,
    compare as compare,
    conv as conv,
    create as create,
    dlpack as dlpack,
    dropout as dropout,
    embedding as embedding,
    host as host,
    index as index,
    loss as loss,
    matmul as matmul,
    matmul_einsum as matmul_einsum,
    norm as norm,
    out as out,
    pool as pool,
    precision as precision,
    random as random,
    reduce as reduce,
    rnn as rnn,
    scan as scan,
    shape as shape,
    shape_join as shape_join,
    softmax as softmax,
    sort as sort,
    unary as unary,
)


