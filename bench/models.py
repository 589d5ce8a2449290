"""Whole models: training steps, and inference of the same weights.

The models are in networks.py, and get the same weights in every engine; onnxruntime's graphs of the
inference models are in onnx_graphs.py.
"""

import gemmule
import numpy as np
from gemmule import nn as our_nn
from networks import (
    Attention,
    bert_base,
    cifar_cnn,
    gpt,
    lstm,
    mlp,
    resnet18,
    resnet50,
    small_encoder,
)
from onnx_graphs import encoder_graph, resnet50_graph
from peers import Row, main, onnx_session, peer, wanted


def images(rng, batch, size, classes):
    x = rng.standard_normal((batch, 3, size, size), dtype=np.float32)
    return x, rng.integers(0, classes, batch)


def shifted_tokens(rng, batch, length=256, tokens=65):
    x = rng.integers(0, tokens, (batch, length + 1))
    return x[:, :-1].copy(), x[:, 1:].reshape(-1)


#: name → (model, its data for a batch size, batch sizes: the first is the table's)
TRAINING = {
    "MLP 784-128-64-10": (
        mlp,
        lambda rng, n: (rng.standard_normal((n, 784), dtype=np.float32), rng.integers(0, 10, n)),
        (64, 16, 32, 128, 256),
    ),
    "CIFAR CNN": (cifar_cnn, lambda rng, n: images(rng, n, 32, 10), (32, 8, 16, 64, 128)),
    "3 x LSTM(64) T100": (
        lstm,
        lambda rng, n: (
            rng.standard_normal((n, 100, 10), dtype=np.float32),
            rng.integers(0, 10, n),
        ),
        (32, 8, 16, 64),
    ),
    "GPT 6 layers d384 T256": (gpt, shifted_tokens, (4, 1, 2)),
    "ResNet-18": (resnet18, lambda rng, n: images(rng, n, 32, 10), (8, 2, 4)),
}

#: name → (model, its input, graph for onnxruntime)
INFERENCE = {
    "ResNet-50 batch 1": (resnet50, lambda rng: images(rng, 1, 224, 10)[0], resnet50_graph),
    "BERT-base 1x128": (
        bert_base,
        lambda rng: rng.integers(0, 30522, (1, 128)),
        lambda state, x: encoder_graph(state, x, 12, 768, 12),
    ),
    "6-layer encoder d384 8x64": (
        small_encoder,
        lambda rng: rng.integers(0, 30522, (8, 64)),
        lambda state, x: encoder_graph(state, x, 6, 384, 12),
    ),
}


def forward_flops(model, x):
    """Multiplications and additions of the products in one forward pass: (all, first layer's)."""
    counts = []

    def count(module, inputs, output):
        if isinstance(module, our_nn.LSTM):
            weights = [p for p in module.parameters() if p.ndim == 2]
            steps = inputs[0].shape[0] * inputs[0].shape[1]
            counts.append(2.0 * steps * sum(w.numel() for w in weights))
        else:
            counts.append(2.0 * output.numel() * np.prod(module.weight.shape[1:]))

    def count_attention(module, inputs, output):
        # q·kᵀ and its product with v; half of each where causal.
        n, length, width = inputs[0].shape
        counts.append((2.0 if hasattr(module, "qkv") else 4.0) * n * length * length * width)

    kinds = our_nn.Linear, our_nn.Conv2d, our_nn.LSTM
    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, kinds)]
    hooks += [
        m.register_forward_hook(count_attention)
        for m in model.modules()
        if isinstance(m, Attention)
    ]
    with gemmule.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return sum(counts), counts[0]


def training_step(lib, model, x, labels, **options):
    """A function that makes one step of Adam and gives the loss before it."""
    optimizer = lib.optim.Adam(model.parameters(), lr=1e-4, **options)

    def step():
        optimizer.zero_grad()
        loss = lib.nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def with_weights(torch, build, state):
    """torch's model of the same weights."""
    model = build(torch)
    model.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    return model


def weights(model):
    return {name: value.detach().numpy().copy() for name, value in model.state_dict().items()}


def training_row(name, build, data, batch):
    x, labels = data(np.random.default_rng(0), batch)
    gemmule.manual_seed(0)
    model = build(gemmule)
    state = weights(model)  # before the pass that counts: it moves running averages
    flops, first = forward_flops(model, gemmule.tensor(x))
    # Forward, and twice as much backward, but for the first layer's input. Embeddings come first
    # in GPT: there the first product has such a gradient too.
    row = Row(name, flops=3 * flops - (0 if x.dtype == np.int64 else first), bound=1e-3)
    arguments = gemmule.tensor(x), gemmule.tensor(labels)
    row.engines["gemmule"] = training_step(gemmule, model, *arguments)
    torch = peer("torch")
    if torch is not None:
        theirs = with_weights(torch, build, state)
        arguments = torch.tensor(x), torch.tensor(labels)
        row.engines["torch"] = training_step(torch, theirs, *arguments, fused=True)
    return row


def inference_row(name, build, data, graph):
    x = data(np.random.default_rng(0))
    gemmule.manual_seed(0)
    model = build(gemmule)
    model.eval()
    mine, state = gemmule.tensor(x), weights(model)
    flops, _ = forward_flops(model, mine)
    row = Row(name, flops=flops, bound=1e-3, expects=("torch", "onnxruntime"))
    model = our_nn.utils.prepare(model, mine)

    def ours():
        with gemmule.no_grad():
            return model(mine)

    row.engines["gemmule"] = ours
    torch = peer("torch")
    if torch is not None:
        theirs, tensor = with_weights(torch, build, state).eval(), torch.tensor(x)

        def torchs():
            with torch.inference_mode():
                return theirs(tensor)

        row.engines["torch"] = torchs
    if peer("onnx") is not None and peer("onnxruntime") is not None:
        row.engines["onnxruntime"] = onnx_session(graph(state, x), {"x": x})
    return row


def rows():
    for name, (build, data, batches) in TRAINING.items():
        for batch in batches:
            title = f"train {name} batch {batch}"
            if wanted(title):
                yield training_row(title, build, data, batch)
    for name, (build, data, graph) in INFERENCE.items():
        title = f"infer {name}"
        if wanted(title):
            yield inference_row(title, build, data, graph)


if __name__ == "__main__":
    main(rows, __doc__)
