"""Optimizer steps over ten million parameters in ten tensors, and clipping their gradients."""

import gemmule
import numpy as np
from gemmule import optim
from gemmule.nn.utils import clip_grad_norm_
from peers import Row, main, peer, wanted

SHAPES = [(1000, 1000)] * 10
# name → (optimizer, options, options of PyTorch's alone, bytes moved for one parameter)
STEPS = {
    "SGD 10M": ("SGD", {"lr": 1e-3}, {"fused": True}, 12),
    "SGD momentum 10M": ("SGD", {"lr": 1e-3, "momentum": 0.9}, {"fused": True}, 20),
    "Adam 10M": ("Adam", {}, {"fused": True}, 28),
    "RMSprop 10M": ("RMSprop", {}, {"foreach": True}, 20),
}


def stepper(optimizer, params):
    def run():
        optimizer.step()
        return params[0]

    return run


def rows():
    torch = peer("torch")
    if not any(wanted(name) for name in (*STEPS, "clip_grad_norm_ 10M")):
        return
    values = [np.random.rand(*shape).astype("f4") for shape in SHAPES]
    grads = [np.random.randn(*shape).astype("f4") for shape in SHAPES]
    count = sum(v.size for v in values)
    for name, (kind, options, theirs, bytes_each) in STEPS.items():
        if not wanted(name):
            continue
        # Of what is moved, parameters and state are read and written, gradients read.
        row = Row(name, bytes=float(bytes_each * count), traffic="update")
        row.footprint = (bytes_each + 4) / 2 * count
        params = [gemmule.tensor(v).requires_grad_() for v in values]
        for param, grad in zip(params, grads, strict=True):
            param.grad = gemmule.tensor(grad)
        row.engines["gemmule"] = stepper(getattr(optim, kind)(params, **options), params)
        if torch is not None:
            params = [torch.tensor(v, requires_grad=True) for v in values]
            for param, grad in zip(params, grads, strict=True):
                param.grad = torch.tensor(grad)
            other = getattr(torch.optim, kind)(params, **options, **theirs)
            row.engines["torch"] = stepper(other, params)
        yield row

    if not wanted("clip_grad_norm_ 10M"):
        return
    row = Row("clip_grad_norm_ 10M", bytes=12.0 * count, traffic="update", footprint=4.0 * count)
    params = [gemmule.tensor(v).requires_grad_() for v in values]
    for param, grad in zip(params, grads, strict=True):
        param.grad = gemmule.tensor(grad)
    # A norm never reached from below, so that every call scales.
    row.engines["gemmule"] = lambda: clip_grad_norm_(params, 1e-3)
    if torch is not None:
        others = [torch.tensor(v, requires_grad=True) for v in values]
        for param, grad in zip(others, grads, strict=True):
            param.grad = torch.tensor(grad)
        row.engines["torch"] = lambda: torch.nn.utils.clip_grad_norm_(others, 1e-3)
    yield row


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
