"""Train a small convolutional network on 1,797 real handwritten digits, and read one.

    pip install ".[demo]" && python examples/train_digits.py

The digits are scikit-learn's, 8×8 pixels each. Where PyTorch is installed, the last line compares
the speed of training the same network on the same batch.
"""

import argparse
import statistics
import time

import gemmule
import numpy as np
from gemmule import nn, optim
from gemmule.data import DataLoader, Dataset, TensorDataset, random_split
from gemmule.train import EarlyStopping, accuracy, evaluate, fit, predict
from sklearn.datasets import load_digits

BATCH = 64


def build(nn):
    """The network, of gemmule's layers or PyTorch's: the names are the same."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * 2 * 2, 128),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(128, 10),
    )


class Shifted(Dataset):
    """Images of another data set, each moved by up to one pixel in a random direction."""

    def __init__(self, dataset, background):
        self.dataset = dataset
        self.background = background

    def __len__(self):
        return len(self.dataset)

    def batch(self, indices):
        """A whole batch at once, which is what the loader asks for."""
        images, labels = self.dataset.batch(indices)
        count, _, height, width = images.shape
        wide = nn.functional.pad(images, (1, 1, 1, 1), value=self.background)
        top, left = (gemmule.randint(0, 3, (count, 1)) for _ in range(2))
        rows = (top + gemmule.arange(height)).reshape(count, 1, height, 1)
        columns = (left + gemmule.arange(width)).reshape(count, 1, 1, width)
        samples = gemmule.arange(count).reshape(count, 1, 1, 1)
        return wide[samples, 0, rows, columns], labels


def load():
    """(training, validation and test set, value of the background), normalised."""
    digits = load_digits()
    images = gemmule.tensor(digits.images.astype(np.float32)).unsqueeze(1)
    labels = gemmule.tensor(digits.target)
    parts = random_split(TensorDataset(images, labels), [0.7, 0.15, 0.15])
    seen = images[gemmule.tensor(parts[0].indices)]
    mean, std = seen.mean().item(), seen.std().item()
    normal = TensorDataset((images - mean) / std, labels)
    for part in parts:
        part.dataset = normal
    return *parts, -mean / std


def show(image):
    """An image as text, dark where it is bright."""
    image = image - image.min()
    shades = (image / image.max() * 9).long().tolist()
    return "\n".join("".join(" .:-=+*#%@"[shade] * 2 for shade in row) for row in shades)


def speed(step, samples, rounds=5, steps=20):
    """Samples per second of a training step: the median of a few rounds."""
    for _ in range(5):
        step()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        times.append((time.perf_counter() - start) / steps)
    return samples / statistics.median(times)


def training_step(nn, optim, images, labels):
    """A function that trains a new network by one step, with either library."""
    net, criterion = build(nn), nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad()
        loss = criterion(net(images), labels)
        loss.backward()
        optimizer.step()

    return step


def compare_speed(images, labels):
    """A line with the training speed, and PyTorch's where it is installed."""
    ours = speed(training_step(nn, optim, images, labels), len(labels))
    line = f"training speed {ours:,.0f} samples/s"
    try:
        import torch
    except ImportError:
        return line
    inputs = torch.from_numpy(images.numpy()), torch.from_numpy(labels.numpy())
    theirs = speed(training_step(torch.nn, torch.optim, *inputs), len(labels))
    return f"{line}, PyTorch {theirs:,.0f} samples/s"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=60, help="at most this many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", default="digits.safetensors", help="file they are saved to")
    options = parser.parse_args()

    gemmule.manual_seed(options.seed)
    train, valid, test, background = load()
    net = build(nn)
    optimizer = optim.Adam(net.parameters(), lr=3e-3)
    history = fit(
        net,
        DataLoader(Shifted(train, background), BATCH, shuffle=True),
        nn.CrossEntropyLoss(),
        optimizer,
        epochs=options.epochs,
        validation_data=DataLoader(valid, 256),
        metrics=[accuracy],
        callbacks=[EarlyStopping("val_loss", patience=20)],
        scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs),
    )
    print(f"trained {len(history)} epochs in {history.seconds:.1f} s")

    gemmule.save(options.weights, net.state_dict())
    reloaded = build(nn)
    reloaded.load_state_dict(gemmule.load(options.weights))
    image, label = test[0]
    digit = predict(reloaded, image.unsqueeze(0)).argmax(1).item()
    print(f"{show(image[0])}\nthis is a {digit} (labelled {label.item()})")

    images, labels = next(iter(DataLoader(train, BATCH)))
    print(f"test accuracy {evaluate(reloaded, test, metrics=[accuracy])['accuracy']:.3f}")
    print(compare_speed(images, labels))


if __name__ == "__main__":
    main()
