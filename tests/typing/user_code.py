"""Typical code of a user; mypy --strict passes over it."""

import gemmule
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


def shapes(x: gemmule.Tensor) -> tuple[int, ...]:
    first, *_ = gemmule.unstack(x.reshape((-1, 2)), axis=1)
    assert first.dtype is gemmule.float32
    return first.mT.shape if first.ndim > 1 else first.shape


ndarray = np.ones((4, 3), np.float32)
tensor = gemmule.asarray(ndarray)
tensor[0] = 2 * tensor[1] + 1
rows: int = len(tensor)
text: str = f"{rows} rows of {tensor.shape[1]}"
