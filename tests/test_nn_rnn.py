import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from gemmule.ops.rnn import lstm_cell
from layers import check_layer, peer

OPTIONS = [
    dict(),
    dict(bias=False),
    dict(num_layers=2),
    dict(bidirectional=True),
    dict(num_layers=3, bidirectional=True, batch_first=True),
]
NAMES = ["LSTM", "GRU", "RNN"]


def states(name, layers, batch, size=4):
    h = draw((layers, *batch, size), seed=8)
    return (h, draw((layers, *batch, size), seed=9)) if name == "LSTM" else h


@pytest.mark.parametrize("given", [False, True], ids=["zeros", "state"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_sequences(name, options, given):
    layers = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    shape = (2, 5, 3) if options.get("batch_first") else (5, 2, 3)
    inputs = [draw(shape), *([states(name, layers, (2,))] if given else [])]
    check_layer(name, 3, 4, inputs=inputs, **options)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_without_batch(name, batch_first):
    check_layer(name, 3, 4, batch_first=batch_first, inputs=[draw((5, 3))])
    check_layer(name, 3, 4, batch_first=batch_first, inputs=[draw((5, 3)), states(name, 1, ())])


@pytest.mark.parametrize(
    "options", [dict(), dict(num_layers=2, bidirectional=True, bias=False)], ids=str
)
def test_projection(options):
    layers = 4 if options else 1
    check_layer("LSTM", 3, 4, proj_size=2, inputs=[draw((5, 2, 3))], **options)
    state = draw((layers, 2, 2), seed=8), draw((layers, 2, 4), seed=9)
    check_layer("LSTM", 3, 4, proj_size=2, inputs=[draw((5, 2, 3)), state], **options)


def test_relu():
    check_layer("RNN", 3, 4, nonlinearity="relu", num_layers=2, inputs=[draw((5, 2, 3))])


def test_dropout_reads_as_in_pytorch_and_acts_between_layers():
    check_layer("LSTM", 3, 4, 2, dropout=0.5, inputs=[draw((5, 2, 3))], train=False)
    layer, x = nn.LSTM(3, 4, 2, dropout=0.9), gemmule.randn(5, 2, 3)
    gemmule.manual_seed(0)
    first = layer(x)[0].detach().numpy()
    assert not np.array_equal(first, layer(x)[0].detach().numpy())
    gemmule.manual_seed(0)
    assert np.array_equal(first, layer(x)[0].detach().numpy())
    layer.eval()
    assert np.array_equal(layer(x)[0].detach().numpy(), layer(x)[0].detach().numpy())


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("given", [False, True], ids=["zeros", "state"])
@pytest.mark.parametrize("batch", [(), (2,)], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_cells(name, batch, given, bias):
    state = draw((*batch, 4), seed=8)
    state = (state, draw((*batch, 4), seed=9)) if name == "LSTM" else state
    inputs = [draw((*batch, 3)), *([state] if given else [])]
    check_layer(f"{name}Cell", 3, 4, bias, inputs=inputs)


def test_relu_cell():
    check_layer("RNNCell", 3, 4, nonlinearity="relu", inputs=[draw((2, 3))])


def test_all_weights():
    torch = peer()
    ours, theirs = nn.GRU(3, 4, 2, bidirectional=True), torch.nn.GRU(3, 4, 2, bidirectional=True)
    assert [[tuple(w.shape) for w in row] for row in ours.all_weights] == [
        [tuple(w.shape) for w in row] for row in theirs.all_weights
    ]
    ours.flatten_parameters()


def test_initial_values():
    layer = nn.LSTM(30, 100)
    for parameter in layer.parameters():
        values = parameter.detach().numpy()
        assert 0.09 < np.abs(values).max() <= 0.1 and abs(values.mean()) < 0.01


# Input, state (h, c), weights and a bias that is one short, of three inputs and four units.
CELL = [(2, 3), (2, 4), (2, 4), (16, 3), (16, 4), (15,)]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: nn.LSTM(3, 0), ValueError, "hidden_size must be positive, got 0"),
        (lambda: nn.LSTM(3, 2.0), TypeError, "hidden_size must be an int, got float"),
        (lambda: nn.GRU(3, 4, num_layers=0), ValueError, "num_layers must be positive"),
        (lambda: nn.RNN(3, 4, dropout=2), ValueError, "dropout must be within 0 and 1, got 2"),
        (lambda: nn.RNN(3, 4, nonlinearity="elu"), ValueError, "'tanh' or 'relu', got 'elu'"),
        (lambda: nn.RNNCell(3, 4, nonlinearity="elu"), ValueError, "'tanh' or 'relu', got 'elu'"),
        (lambda: nn.LSTM(3, 4, proj_size=4), ValueError, "proj_size 4 must be less than 4"),
        (lambda: nn.RNNBase("MGU", 3, 4), ValueError, "mode is one of"),
        (lambda: nn.LSTM(3, 4)(gemmule.ones(5, 2, 7)), ValueError, r"got shape \(5, 2, 7\)"),
        (
            lambda: nn.GRU(3, 4)(gemmule.ones(5, 2, 3), gemmule.ones(1, 3, 4)),
            ValueError,
            r"expected a state of shape \(1, 2, 4\), got \(1, 3, 4\)",
        ),
        (
            lambda: nn.GRU(3, 4)(gemmule.ones(5, 2, 3), gemmule.ones(2, 4)),
            ValueError,
            "states need 3 dimensions too",
        ),
        (lambda: nn.GRUCell(3, 4)(gemmule.ones(2, 5)), ValueError, r"got shape \(2, 5\)"),
        (
            lambda: nn.GRUCell(3, 4)(gemmule.ones(2, 3), gemmule.ones(2, 3)),
            ValueError,
            "a state of hidden_size 4 is expected",
        ),
        (
            lambda: nn.LSTMCell(3, 4)(gemmule.ones(2, 3, dtype=gemmule.int64)),
            TypeError,
            "lstm_cell: expected gemmule.float32, as the weights are, got gemmule.int64",
        ),
        (
            lambda: nn.RNNCell(3, 4)(gemmule.ones(2, 3, dtype=gemmule.float64)),
            TypeError,
            "rnn_tanh_cell: .*float64",
        ),
        (lambda: nn.GRUCell(3, 4)(gemmule.ones(2, 3), 4), TypeError, "Tensor for 'hx', got int 4"),
        (
            lambda: nn.LSTM(3, 4)(gemmule.ones(5, 2, 3), gemmule.ones(1, 2, 4)),
            TypeError,
            r"LSTM: expected the state as a pair \(h, c\), got a Tensor",
        ),
        (
            lambda: nn.LSTMCell(3, 4)(gemmule.ones(2, 3), [gemmule.ones(2, 4)]),
            TypeError,
            r"LSTMCell: expected the state as a pair \(h, c\), got 1 values",
        ),
        (
            lambda: lstm_cell(*[gemmule.ones(*s) for s in CELL]),
            ValueError,
            "lstm_cell: bias of sha",
        ),
        (
            lambda: lstm_cell(3, *[gemmule.ones(*s) for s in CELL[1:]]),
            TypeError,
            "lstm_cell: expected a Tensor for 'input', got int 3",
        ),
    ],
)
def test_mistakes(act, error, message):
    with pytest.raises(error, match=message):
        act()


LENGTHS = [(4, 1, 6), (3, 3), (2,), (0, 2)]


@pytest.mark.parametrize("options", [{}, {"batch_first": True, "padding_value": -1.5,
                                          "padding_side": "left"}], ids=str)  # fmt: skip
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)], ids=str)
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_pad_sequence(lengths, shape, options):
    torch = peer()
    values = [draw((length, *shape), seed=i) for i, length in enumerate(lengths)]
    mine = [gemmule.tensor(v).requires_grad_() for v in values]
    theirs = [torch.tensor(v, requires_grad=True) for v in values]
    got = nn.utils.rnn.pad_sequence(mine, **options)
    want = torch.nn.utils.rnn.pad_sequence(theirs, **options)
    assert got.dtype is gemmule.float64
    np.testing.assert_array_equal(got.detach().numpy(), want.detach().numpy())
    g = draw(got.shape, seed=9)
    got.backward(gemmule.tensor(g))
    want.backward(torch.tensor(g))
    for x, y in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(x.grad.numpy(), y.grad.numpy())


def test_pad_sequence_of_labels():
    padded = nn.utils.rnn.pad_sequence(
        [gemmule.tensor([1, 2]), gemmule.tensor([3])], padding_value=-100
    )
    assert padded.dtype is gemmule.int64 and padded.tolist() == [[1, 3], [2, -100]]


def test_pad_sequence_errors():
    x = gemmule.ones(2, 3)
    for arguments, error, message in (
        (([x, [1.0]],), TypeError, "expected a Tensor for 'sequences', got list"),
        (([],), ValueError, ""),
        (([x, gemmule.ones(1, 4)],), ValueError, r"sequences\[1\] has shape \(1, 4\), expected "),
        (([x], False, 0.0, "both"), ValueError, """expected "left" or "right", got 'both'"""),
        (([gemmule.ones(())],), ValueError, r"sequences\[0\] has shape \(\), expected"),
    ):
        with pytest.raises(error, match=f"^pad_sequence: {message}"):
            nn.utils.rnn.pad_sequence(*arguments)
