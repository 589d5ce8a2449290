"""Recurrent layers over whole sequences, and their cells for one step."""

import math

from gemmule import cat, dropout, stack, zeros
from gemmule.nn import init
from gemmule.nn._sizes import check_sizes
from gemmule.nn.module import Module
from gemmule.nn.parameter import Parameter, new_parameter
from gemmule.ops import rnn as sequences
from gemmule.tensor import check_tensor

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
_SEQUENCES: dict = {
    "LSTM": sequences.lstm,
    "GRU": sequences.gru,
    "RNN_TANH": sequences.rnn_tanh,
    "RNN_RELU": sequences.rnn_relu,
}


class _Recurrent(Module):
    hidden_size: int

    def reset_parameters(self):
        """Draw new initial values, uniform within ±1/√hidden_size."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)


class RNNBase(_Recurrent):
    """What LSTM, GRU and RNN share. PyTorch's packed sequences are left out: pad them
    (:func:`gemmule.nn.utils.rnn.pad_sequence`) and take what is before the padding, in one
    direction.

    Args:
        mode: ``"LSTM"``, ``"GRU"``, ``"RNN_TANH"`` or ``"RNN_RELU"``.
        input_size: size of the sequence's elements.
        hidden_size: size of the state.
        num_layers: layers, each of which reads the states of the one below.
        bias: whether there are biases.
        batch_first: whether sequences are (N, L, input_size) rather than (L, N, input_size).
        dropout: probability for the sequences between layers, in training.
        bidirectional: whether a second direction reads backward; the output holds both states.
        proj_size: for LSTM, the size to which the state is projected; 0 is none.

    Attributes:
        weight_ih_l0, weight_hh_l0: of the gates from the input, (gates · hidden_size, input_size),
            and from the state, (gates · hidden_size, hidden_size), stacked: i, f, g, o of an LSTM,
            r, z, n of a GRU.
        bias_ih_l0, bias_hh_l0: (gates · hidden_size,).
        weight_hr_l0: with proj_size, (proj_size, hidden_size); the state that others read is then
            of that size.

    Further layers are l1, l2, ..., whose input is the outputs of all directions below; the backward
    direction's names end in ``_reverse``.

    Raises:
        TypeError: a size is no int.
        ValueError: a size or the probability is out of range.
    """

    def __init__(
        self,
        mode,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        super().__init__()
        if mode not in _GATES:
            raise ValueError(f"RNNBase: mode is one of {tuple(_GATES)}, got {mode!r}")
        check_sizes(self, input_size=input_size, proj_size=proj_size)
        for name, value in (("hidden_size", hidden_size), ("num_layers", num_layers)):
            if not isinstance(value, int):
                raise TypeError(f"{mode}: {name} must be an int, got {type(value).__name__}")
            if value <= 0:
                raise ValueError(f"{mode}: {name} must be positive, got {value}")
        if isinstance(dropout, bool) or not 0 <= dropout <= 1:
            raise ValueError(f"{mode}: dropout must be within 0 and 1, got {dropout}")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(f"{mode}: proj_size {proj_size} must be less than {hidden_size}")
        if proj_size and mode != "LSTM":
            raise ValueError(f"{mode}: proj_size is for LSTM only")
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._names = []  # of the weights of each layer and direction
        directions = 2 if bidirectional else 1
        rows = _GATES[mode] * hidden_size
        state = proj_size or hidden_size
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else state * directions
            for direction in range(directions):
                suffix = f"_l{layer}" + ("_reverse" if direction else "")
                shapes: dict[str, tuple] = {"weight_ih": (rows, inputs), "weight_hh": (rows, state)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for name, shape in shapes.items():
                    self.register_parameter(name + suffix, new_parameter(shape, device, dtype))
                self._names.append([name + suffix for name in shapes])
        self.reset_parameters()

    @property
    def all_weights(self):
        """The parameters of each layer and direction, as lists."""
        own = self.__dict__
        return [[own[name] for name in names] for names in self._names]

    def flatten_parameters(self):
        """Accepted for PyTorch's sake; the weights need no packing."""

    def _check(self, input, states):
        name = type(self).__name__
        check_tensor(input, name)
        if input.ndim not in (2, 3) or input.shape[-1] != self.input_size:
            layout = "(N, L, input_size)" if self.batch_first else "(L, N, input_size)"
            raise ValueError(
                f"{name}: expected an input of shape {layout} or (L, input_size) with input_size "
                f"{self.input_size}, got shape {input.shape}"
            )
        for state, size in states:
            if state.ndim != input.ndim:
                raise ValueError(
                    f"{name}: for an input of shape {input.shape}, states need {input.ndim} "
                    f"dimensions too, got shape {state.shape}"
                )
            batch = input.shape[0 if self.batch_first else 1 :][:1] if input.ndim == 3 else ()
            expected = (self.num_layers * (2 if self.bidirectional else 1), *batch, size)
            if state.shape != expected:
                raise ValueError(f"{name}: expected a state of shape {expected}, got {state.shape}")

    def _run(self, input, states):
        """Every layer and direction over (L, N, ...), or (N, L, ...) with batch_first.

        Args:
            states: h, and c of an LSTM, each with a first dimension of layers and directions; or
                None for zeros.

        Returns:
            (output, *last states).
        """
        x = input.transpose(0, 1) if self.batch_first else input
        weights = iter(self.all_weights)
        firsts = self._firsts(states)
        lasts = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = dropout(x, self.dropout, self.training)
            outputs = []
            for reverse in (False, True) if self.bidirectional else (False,):
                y, *last = self._sequence(x, next(firsts), next(weights), reverse)
                outputs.append(y)
                lasts.append(last)
            x = outputs[0] if len(outputs) == 1 else cat(outputs, -1)
        output = x.transpose(0, 1) if self.batch_first else x
        return output, *(stack(parts) for parts in zip(*lasts, strict=True))

    def _firsts(self, states):
        """The first states of each layer and direction in turn."""
        if states is None:
            nothing = (None,) * (2 if self.mode == "LSTM" else 1)
            return iter([nothing] * len(self.all_weights))
        return zip(*(state.unbind(0) for state in states), strict=True)

    def _sequence(self, x, first, weights, reverse):
        """One layer in one direction: (outputs, *last states)."""
        if not self.bias:
            weights = [*weights[:2], None, None, *weights[2:]]
        if self.proj_size:
            return _projected(x, first, weights, reverse)
        return _SEQUENCES[self.mode](x, *first, *weights, reverse)

    def _batched(self, input):
        """An unbatched sequence as a batch of one, and the dimension that this adds."""
        dim = 0 if self.batch_first else 1
        return input.unsqueeze(dim), dim

    def forward(self, input, hx=None):
        """Read a sequence.

        Args:
            input: (L, N, input_size), (N, L, input_size) with batch_first, or (L, input_size).
            hx: the state before, (num_layers · directions, N, hidden_size); None is zeros.

        Returns:
            The last layer's states at every step, laid out as the input, with directions ·
            hidden_size for input_size; and the state of every layer after the last, like `hx`.

        Raises:
            TypeError: the input is no Tensor, or its dtype not that of the weights.
            ValueError: the input or the state is of another shape.
        """
        self._check(input, () if hx is None else ((hx, self.hidden_size),))
        if input.ndim == 2:
            batched, dim = self._batched(input)
            output, state = self.forward(batched, None if hx is None else hx.unsqueeze(1))
            return output.squeeze(dim), state.squeeze(1)
        return self._run(input, None if hx is None else (hx,))

    def extra_repr(self):
        text = f"{self.input_size}, {self.hidden_size}"
        if self.proj_size:
            text += f", proj_size={self.proj_size}"
        if self.num_layers != 1:
            text += f", num_layers={self.num_layers}"
        for name in ("bias", "batch_first", "dropout", "bidirectional"):
            usual = name == "bias"
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)}"
        return text


def _pair(name, hx):
    """The state of an LSTM."""
    if isinstance(hx, (tuple, list)) and len(hx) == 2:
        return hx
    got = f"{len(hx)} values" if isinstance(hx, (tuple, list)) else f"a {type(hx).__name__}"
    raise TypeError(f"{name}: expected the state as a pair (h, c), got {got}")


class LSTM(RNNBase):
    """Long short-term memory: Hochreiter and Schmidhuber, 1997. For arguments see
    :class:`RNNBase`.

    i, f, o = sigmoid(W·x + U·h + b) each, g = tanh(W·x + U·h + b); c' = f·c + i·g, h' = o·tanh(c').

    Example:
        >>> lstm = gemmule.nn.LSTM(4, 8, num_layers=2, batch_first=True)
        >>> output, (h, c) = lstm(gemmule.zeros(3, 5, 4))
        >>> output.shape, h.shape, c.shape
        ((3, 5, 8), (2, 3, 8), (2, 3, 8))
    """

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
        )

    def forward(self, input, hx=None):
        """Read a sequence; see :meth:`RNNBase.forward`. The state is a pair (h, c).

        Both are (num_layers · directions, N, hidden_size); with proj_size, h has that for
        hidden_size, and so has the output. TypeError if the state is no pair.
        """
        state_size = self.proj_size or self.hidden_size
        pair = () if hx is None else _pair("LSTM", hx)
        self._check(input, tuple(zip(pair, (state_size, self.hidden_size), strict=False)))
        if input.ndim == 2:
            batched, dim = self._batched(input)
            hx = None if hx is None else tuple(state.unsqueeze(1) for state in hx)
            output, (h, c) = self.forward(batched, hx)
            return output.squeeze(dim), (h.squeeze(1), c.squeeze(1))
        output, h, c = self._run(input, hx)
        return output, (h, c)


def _projected(x, first, weights, reverse):
    """An LSTM whose state is projected, step by step: Sak and others, 2014."""
    *cell, projection = weights
    h, c = first
    if h is None:
        h = zeros((x.shape[1], projection.shape[0]), dtype=x.dtype)
        c = zeros((x.shape[1], projection.shape[1]), dtype=x.dtype)
    outputs = []
    for step in x.flip(0) if reverse else x:
        wide, c = sequences.lstm_cell(step, h, c, *cell)
        h = sequences.product("lstm", wide, projection)
        outputs.append(h)
    return stack(outputs[::-1] if reverse else outputs), h, c


class GRU(RNNBase):
    """Gated recurrent unit: Cho and others, 2014. For arguments see :class:`RNNBase`.

    r, z = sigmoid(W·x + U·h + b) each, n = tanh(W·x + b + r·(U·h + c)); h' = (1 − z)·n + z·h.
    """

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )


class RNN(RNNBase):
    """Plain recurrence h' = tanh(W·x + U·h + b): Elman, 1990. For arguments see :class:`RNNBase`.

    Args:
        nonlinearity: ``"tanh"`` or ``"relu"``.
    """

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNN: nonlinearity is 'tanh' or 'relu', got {nonlinearity!r}")
        super().__init__(
            f"RNN_{nonlinearity.upper()}",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )
        self.nonlinearity = nonlinearity


class RNNCellBase(_Recurrent):
    """What the cells share: the weights of `num_chunks` gates."""

    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(self, input_size, hidden_size, bias, num_chunks, device=None, dtype=None):
        super().__init__()
        check_sizes(self, input_size=input_size, hidden_size=hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = new_parameter((rows, input_size), device, dtype)
        self.weight_hh = new_parameter((rows, hidden_size), device, dtype)
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, new_parameter((rows,), device, dtype) if bias else None)
        self.reset_parameters()

    def _with_state(self, input, hx):
        """(input with a batch, state with a batch), the state being zeros by default."""
        name = type(self).__name__
        check_tensor(input, name)
        if input.ndim not in (1, 2) or input.shape[-1] != self.input_size:
            raise ValueError(
                f"{name}: expected an input of shape (N, {self.input_size}) or "
                f"({self.input_size},), got shape {input.shape}"
            )
        batch = input if input.ndim == 2 else input.unsqueeze(0)
        shape = (batch.shape[0], self.hidden_size)
        if hx is None:
            return batch, zeros(shape, dtype=input.dtype, device=input.device)
        check_tensor(hx, name, "hx")
        if hx.shape != (shape if input.ndim == 2 else shape[1:]):
            raise ValueError(
                f"{name}: for an input of shape {input.shape} a state of hidden_size "
                f"{self.hidden_size} is expected, got shape {hx.shape}"
            )
        return batch, hx if input.ndim == 2 else hx.unsqueeze(0)

    def _weights(self):
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def extra_repr(self):
        text = f"{self.input_size}, {self.hidden_size}"
        return text if self.bias else text + ", bias=False"


class LSTMCell(RNNCellBase):
    """One step of an :class:`LSTM`."""

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input, hx=None):
        """(h', c') from an input (N, input_size) or (input_size,) and (h, c), zeros by default."""
        h, c = (None, None) if hx is None else _pair("LSTMCell", hx)
        batch, h = self._with_state(input, h)
        _, c = self._with_state(input, c)
        h, c = sequences.lstm_cell(batch, h, c, *self._weights())
        return (h, c) if batch is input else (h.squeeze(0), c.squeeze(0))


class GRUCell(RNNCellBase):
    """One step of a :class:`GRU`."""

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input, hx=None):
        """h' from an input (N, input_size) or (input_size,) and h, zeros by default."""
        batch, h = self._with_state(input, hx)
        h = sequences.gru_cell(batch, h, *self._weights())
        return h if batch is input else h.squeeze(0)


class RNNCell(RNNCellBase):
    """One step of an :class:`RNN`."""

    def __init__(
        self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None
    ):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNNCell: nonlinearity is 'tanh' or 'relu', got {nonlinearity!r}")
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        """h' from an input (N, input_size) or (input_size,) and h, zeros by default."""
        batch, h = self._with_state(input, hx)
        tanh = self.nonlinearity == "tanh"
        cell = sequences.rnn_tanh_cell if tanh else sequences.rnn_relu_cell
        h = cell(batch, h, *self._weights())
        return h if batch is input else h.squeeze(0)

    def extra_repr(self):
        text = super().extra_repr()
        return text if self.nonlinearity == "tanh" else f"{text}, nonlinearity={self.nonlinearity}"
