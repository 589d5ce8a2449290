# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.devices import check_device as check_device
from gemmule.ops.cast import moved as moved
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
