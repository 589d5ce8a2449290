# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.tensor import methods as methods

__array_api_version__: builtins.str
def __array_namespace_info__() -> Any: ...
e: builtins.float
inf: builtins.float
nan: builtins.float
newaxis: Any
pi: builtins.float

class Info:
    def capabilities(self) -> Any: ...
    def default_device(self) -> Any: ...
    def default_dtypes(self, *, device: Any = None) -> Any: ...
    def devices(self) -> Any: ...
    def dtypes(self, *, device: Any = None, kind: Any = None) -> Any: ...
