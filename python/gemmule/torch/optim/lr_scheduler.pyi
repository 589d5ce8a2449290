# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.optim.lr_scheduler import CosineAnnealingLR as CosineAnnealingLR
from gemmule.optim.lr_scheduler import ExponentialLR as ExponentialLR
from gemmule.optim.lr_scheduler import LRScheduler as LRScheduler
from gemmule.optim.lr_scheduler import LambdaLR as LambdaLR
from gemmule.optim.lr_scheduler import LinearLR as LinearLR
from gemmule.optim.lr_scheduler import MultiStepLR as MultiStepLR
from gemmule.optim.lr_scheduler import ReduceLROnPlateau as ReduceLROnPlateau
from gemmule.optim.lr_scheduler import StepLR as StepLR


