# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.nn import init as init
from gemmule.nn.module import Module as Module
from gemmule.nn.parameter import new_parameter as new_parameter
from gemmule.ops import rnn as sequences
from gemmule.ops.create import zeros as zeros
from gemmule.ops.dropout import dropout as dropout
from gemmule.ops.matmul import linear as linear
from gemmule.ops.shape_join import cat as cat
from gemmule.ops.shape_join import stack as stack

class _Recurrent(Module):
    def reset_parameters(self) -> Any: ...

class RNNBase(_Recurrent):
    def __init__(self, mode: builtins.str, input_size: Any, hidden_size: Any, num_layers: Any = 1, bias: Any = True, batch_first: Any = False, dropout: Any = 0.0, bidirectional: Any = False, proj_size: Any = 0, device: Any = None, dtype: Any = None) -> None: ...
    @property
    def all_weights(self) -> Any: ...
    def extra_repr(self) -> builtins.str: ...
    def flatten_parameters(self) -> Any: ...
    def forward(self, input: Any, hx: Any = None) -> Any: ...
    mode: Any
    input_size: Any
    hidden_size: Any
    num_layers: Any
    bias: Any
    batch_first: Any
    dropout: Any
    bidirectional: Any
    proj_size: Any

class RNNCellBase(_Recurrent):
    def __init__(self, input_size: Any, hidden_size: Any, bias: Any, num_chunks: Any, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    input_size: Any
    hidden_size: Any
    bias: Any
    weight_ih: Any
    weight_hh: Any

class GRU(RNNBase):
    def __init__(self, input_size: Any, hidden_size: Any, num_layers: Any = 1, bias: Any = True, batch_first: Any = False, dropout: Any = 0.0, bidirectional: Any = False, device: Any = None, dtype: Any = None) -> None: ...

class GRUCell(RNNCellBase):
    def __init__(self, input_size: Any, hidden_size: Any, bias: Any = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Any, hx: Any = None) -> Any: ...

class LSTM(RNNBase):
    def __init__(self, input_size: Any, hidden_size: Any, num_layers: Any = 1, bias: Any = True, batch_first: Any = False, dropout: Any = 0.0, bidirectional: Any = False, proj_size: Any = 0, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Any, hx: Any = None) -> Any: ...

class LSTMCell(RNNCellBase):
    def __init__(self, input_size: Any, hidden_size: Any, bias: Any = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Any, hx: Any = None) -> Any: ...

class RNN(RNNBase):
    def __init__(self, input_size: Any, hidden_size: Any, num_layers: Any = 1, nonlinearity: builtins.str = 'tanh', bias: Any = True, batch_first: Any = False, dropout: Any = 0.0, bidirectional: Any = False, device: Any = None, dtype: Any = None) -> None: ...
    nonlinearity: Any

class RNNCell(RNNCellBase):
    def __init__(self, input_size: Any, hidden_size: Any, bias: Any = True, nonlinearity: builtins.str = 'tanh', device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Any, hx: Any = None) -> Any: ...
    nonlinearity: Any
