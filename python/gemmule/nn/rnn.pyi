# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.nn import init as init
from gemmule.nn._sizes import check_sizes as check_sizes
from gemmule.nn.module import Module as Module
from gemmule.nn.parameter import Parameter as Parameter, new_parameter as new_parameter
from gemmule.ops import rnn as sequences
from gemmule.ops.create import zeros as zeros
from gemmule.ops.dropout import dropout as dropout
from gemmule.ops.shape_join import cat as cat, stack as stack
from gemmule.tensor import Tensor as Tensor, check_tensor as check_tensor

class _Recurrent(Module):
    def reset_parameters(self) -> None: ...
    hidden_size: builtins.int

class RNNBase(_Recurrent):
    def __init__(self, mode: builtins.str, input_size: builtins.int, hidden_size: builtins.int, num_layers: builtins.int = 1, bias: builtins.bool = True, batch_first: builtins.bool = False, dropout: builtins.float = 0.0, bidirectional: builtins.bool = False, proj_size: builtins.int = 0, device: Any = None, dtype: Any = None) -> None: ...
    @property
    def all_weights(self) -> Any: ...
    def extra_repr(self) -> builtins.str: ...
    def flatten_parameters(self) -> None: ...
    def forward(self, input: Tensor, hx: Any = None) -> Any: ...
    mode: builtins.str
    input_size: builtins.int
    hidden_size: builtins.int
    num_layers: builtins.int
    bias: builtins.bool
    batch_first: builtins.bool
    bidirectional: builtins.bool
    proj_size: builtins.int
    dropout: Any

class RNNCellBase(_Recurrent):
    def __init__(self, input_size: builtins.int, hidden_size: builtins.int, bias: Any, num_chunks: builtins.int, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    bias_ih: Parameter | None
    bias_hh: Parameter | None
    input_size: builtins.int
    hidden_size: builtins.int
    bias: Any
    weight_ih: Any
    weight_hh: Any

class GRU(RNNBase):
    def __init__(self, input_size: builtins.int, hidden_size: builtins.int, num_layers: builtins.int = 1, bias: builtins.bool = True, batch_first: builtins.bool = False, dropout: builtins.float = 0.0, bidirectional: builtins.bool = False, device: Any = None, dtype: Any = None) -> None: ...

class GRUCell(RNNCellBase):
    def __init__(self, input_size: builtins.int, hidden_size: builtins.int, bias: builtins.bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Tensor, hx: Any = None) -> Tensor: ...

class LSTM(RNNBase):
    def __init__(self, input_size: builtins.int, hidden_size: builtins.int, num_layers: builtins.int = 1, bias: builtins.bool = True, batch_first: builtins.bool = False, dropout: builtins.float = 0.0, bidirectional: builtins.bool = False, proj_size: builtins.int = 0, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Tensor, hx: Any = None) -> Any: ...

class LSTMCell(RNNCellBase):
    def __init__(self, input_size: builtins.int, hidden_size: builtins.int, bias: builtins.bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Tensor]: ...

class RNN(RNNBase):
    def __init__(self, input_size: builtins.int, hidden_size: builtins.int, num_layers: builtins.int = 1, nonlinearity: builtins.str = 'tanh', bias: builtins.bool = True, batch_first: builtins.bool = False, dropout: builtins.float = 0.0, bidirectional: builtins.bool = False, device: Any = None, dtype: Any = None) -> None: ...
    nonlinearity: builtins.str

class RNNCell(RNNCellBase):
    def __init__(self, input_size: builtins.int, hidden_size: builtins.int, bias: builtins.bool = True, nonlinearity: builtins.str = 'tanh', device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor, hx: Any = None) -> Tensor: ...
    nonlinearity: builtins.str
