# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.nn.init import calculate_gain as calculate_gain
from gemmule.nn.init import constant_ as constant_
from gemmule.nn.init import dirac_ as dirac_
from gemmule.nn.init import eye_ as eye_
from gemmule.nn.init import kaiming_normal_ as kaiming_normal_
from gemmule.nn.init import kaiming_uniform_ as kaiming_uniform_
from gemmule.nn.init import normal_ as normal_
from gemmule.nn.init import ones_ as ones_
from gemmule.nn.init import orthogonal_ as orthogonal_
from gemmule.nn.init import sparse_ as sparse_
from gemmule.nn.init import trunc_normal_ as trunc_normal_
from gemmule.nn.init import uniform_ as uniform_
from gemmule.nn.init import xavier_normal_ as xavier_normal_
from gemmule.nn.init import xavier_uniform_ as xavier_uniform_
from gemmule.nn.init import zeros_ as zeros_


