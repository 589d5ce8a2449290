"""Typical code of a user; mypy --strict passes over it."""

import gemmule
import gemmule.torch as torch
import numpy as np
from gemmule import nn, optim


class Classifier(nn.Module):
    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(features, 32)
        self.out = nn.Linear(32, classes)

    def forward(self, x: gemmule.Tensor) -> gemmule.Tensor:
        hidden = gemmule.relu(self.hidden(x))
        y: gemmule.Tensor = self.out(hidden)
        return y


def train(model: Classifier, x: gemmule.Tensor, labels: gemmule.Tensor, steps: int) -> list[float]:
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    losses: list[float] = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return losses


def standardize(x: gemmule.Tensor) -> gemmule.Tensor:
    mean = gemmule.mean(x, axis=0, keepdims=True)
    return (x - mean) / gemmule.std(x, axis=0, keepdims=True)


def by_other_names(x: gemmule.Tensor) -> gemmule.Tensor:
    assert x.device.type == "cpu" and x.device == torch.device("cpu")
    with torch.inference_mode():
        return torch.clamp(gemmule.mul(x, x), 0, 1)


def shapes(x: gemmule.Tensor) -> tuple[int, ...]:
    first, *_ = gemmule.unstack(x.reshape((-1, 2)), axis=1)
    assert first.dtype is gemmule.float32
    return first.mT.shape if first.ndim > 1 else first.shape


@gemmule.no_grad()
def predict(model: Classifier, x: gemmule.Tensor) -> list[int]:
    _, indices = model(x).max(dim=1)
    classes: list[int] = indices.tolist()
    return classes


def largest(x: gemmule.Tensor) -> float:
    top = x.topk(1).values.max()
    index = x.argmax().item()
    assert x.size(0) == x.shape[0] and x.size == x.numel() and index >= 0
    return float(top if x.dtype.is_floating_point else x.median())


def pooled(x: gemmule.Tensor) -> gemmule.Tensor:
    y, places = gemmule.max_pool2d(x, 2, return_indices=True)
    return nn.functional.max_unpool2d(y, places, 2) + gemmule.max_pool2d(x, 1)


def split(data: gemmule.data.Dataset, generator: gemmule.Generator) -> list[int]:
    subsets = gemmule.data.random_split(data, [0.5, 0.5], generator)
    sampler = gemmule.data.RandomSampler(subsets[0], generator=generator.manual_seed(1))
    return [index for index in sampler if index < len(subsets[0])]


def describe(model: nn.Module) -> dict[str, tuple[int, ...]]:
    layers = nn.ModuleList(model.children()).eval()
    handle = layers.register_forward_hook(lambda module, args, output: None)
    handle.remove()
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    return shapes | {name: buffer.shape for name, buffer in model.named_buffers()}


def gradient(x: gemmule.Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    x = x.detach().requires_grad_()
    (dx,) = gemmule.autograd.grad((x * x).sum(), x)
    q, r = gemmule.linalg.qr(dx + gemmule.finfo(dx.dtype).tiny)
    return gemmule.matmul(q, r).clamp(min=0).numpy()


ndarray = np.ones((4, 3), np.float32)
tensor = gemmule.asarray(ndarray)
tensor[0] = 2 * tensor[1] + 1
rows: int = len(tensor)
text: str = f"{rows} rows of {tensor.shape[1]}"
