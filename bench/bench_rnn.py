"""Recurrent layers over whole sequences: forward without a tape, and forward with backward."""

import gemmule
import numpy as np
from gemmule.ops import rnn
from peers import Row, main, peer, wanted, with_onnx

# (steps, batch, inputs, hidden)
SHAPES = [(100, 32, 10, 64), (60, 16, 64, 128), (100, 32, 256, 256), (35, 20, 650, 650)]
LENGTHS = [25, 50, 200, 400]  # of the first, to see how time grows
GATES = {"lstm": 4, "gru": 3}


def ours(kind, x, weights, grad):
    given = (None, None) if kind == "lstm" else (None,)
    fixed = [gemmule.tensor(w) for w in weights]
    learnt = [gemmule.tensor(w).requires_grad_() for w in weights]
    plain, tracked = gemmule.tensor(x), gemmule.tensor(x).requires_grad_()
    flow, layer = gemmule.tensor(grad), getattr(rnn, kind)

    def both():
        for tensor in (tracked, *learnt):
            tensor.grad = None
        y = layer(tracked, *given, *learnt)[0]
        gemmule.autograd.backward([y], [flow])
        return learnt[1].grad

    return lambda: layer(plain, *given, *fixed)[0], both


def theirs(torch, kind, x, weights, grad):
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](x.shape[2], grad.shape[2])
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), weights, strict=True):
            parameter.copy_(torch.tensor(value))
    plain, tracked = torch.tensor(x), torch.tensor(x, requires_grad=True)
    flow = torch.tensor(grad)

    def forward():
        with torch.no_grad():
            return layer(plain)[0]

    def both():
        layer.zero_grad()
        tracked.grad = None
        layer(tracked)[0].backward(flow)
        return layer.weight_hh_l0.grad

    return forward, both


def onnx(kind, x, weights):
    """onnxruntime's layer: gates i o f c of an LSTM, z r h of a GRU; one direction."""
    w_ih, w_hh, b_ih, b_hh = weights
    order = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2)}[kind]

    def moved(w):
        parts = np.split(w, len(order))
        return np.concatenate([parts[i] for i in order])[None]

    biases = np.concatenate([moved(b_ih), moved(b_hh)], 1)
    extra = {"linear_before_reset": 1} if kind == "gru" else {}
    engine = with_onnx(
        kind.upper(), [x, moved(w_ih), moved(w_hh), biases], hidden_size=w_hh.shape[1], **extra
    )
    # (steps, directions, batch, hidden)
    return {name: lambda run=run: run()[0][:, 0] for name, run in engine.items()}


def title(kind, steps, batch, inputs, hidden, backward):
    kinds = "forward+backward" if backward else "forward"
    return f"{kind} T{steps} B{batch} I{inputs} H{hidden} {kinds}"


def rows():
    torch = peer("torch")
    for kind, gates in GATES.items():
        for steps, batch, inputs, hidden in SHAPES + [(n, *SHAPES[0][1:]) for n in LENGTHS]:
            shape = steps, batch, inputs, hidden
            names = [title(kind, *shape, backward) for backward in (False, True)]
            if not any(map(wanted, names)):
                continue
            rows_of = gates * hidden
            x = np.random.randn(steps, batch, inputs).astype("f4")
            grad = np.random.randn(steps, batch, hidden).astype("f4")
            scale = 1 / np.sqrt(hidden)
            shapes = [(rows_of, inputs), (rows_of, hidden), (rows_of,), (rows_of,)]
            weights = [np.random.uniform(-scale, scale, s).astype("f4") for s in shapes]
            flops = 2.0 * steps * batch * rows_of * (inputs + hidden)
            forward, both = Row(names[0], flops=flops), Row(names[1], flops=3 * flops)
            pairs = {"gemmule": ours(kind, x, weights, grad)}
            if torch is not None:
                pairs["torch"] = theirs(torch, kind, x, weights, grad)
            for engine, (run_forward, run_both) in pairs.items():
                forward.engines[engine] = run_forward
                both.engines[engine] = run_both
            forward.engines |= onnx(kind, x, weights)
            yield from (forward, both)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
