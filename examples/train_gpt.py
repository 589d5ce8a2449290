"""Train a small GPT to write Python, character by character, on the standard library's source.

    python examples/train_gpt.py --steps 500

A decoder-only transformer (Radford and others, 2019) on whatever Python is running it: nothing is
downloaded. After some minutes it writes lines that look like code, and mean nothing.
"""

import argparse
import pathlib
import sysconfig
import time

import gemmule
import numpy as np
from gemmule import nn, optim


class GPT(nn.Module):
    """Tokens in, logits of the next token at every position out.

    Args:
        tokens: how many kinds of token there are.
        context: longest sequence.
        width, heads, layers: of the transformer.
    """

    def __init__(self, tokens, context, width=128, heads=4, layers=4):
        super().__init__()
        self.context = context
        self.token = nn.Embedding(tokens, width)
        self.position = nn.Embedding(context, width)
        layer = nn.TransformerEncoderLayer(
            width,
            heads,
            4 * width,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.blocks = nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(width))
        self.head = nn.Linear(width, tokens)

    def forward(self, x):
        positions = gemmule.arange(x.shape[1])
        h = self.token(x) + self.position(positions)
        return self.head(self.blocks(h, is_causal=True))


class Characters:
    """A text's characters as numbers, and back."""

    def __init__(self, text):
        self.all = sorted(set(text))
        self._number = {character: i for i, character in enumerate(self.all)}

    def encode(self, text):
        return np.array([self._number[character] for character in text], dtype=np.int64)

    def decode(self, numbers):
        return "".join(self.all[number] for number in numbers)


def corpus(size):
    """The first `size` characters of the standard library's modules, ASCII alone."""
    folder = pathlib.Path(sysconfig.get_paths()["stdlib"])
    text = ""
    for path in sorted(folder.glob("[a-z]*.py")):
        source = path.read_text(encoding="utf-8", errors="ignore")
        text += "".join(c for c in source if c == "\n" or " " <= c <= "~")
        if len(text) >= size:
            break
    return text[:size]


def batch(data, context, count, rng):
    """Random pieces of the text, and the same pieces one character later."""
    starts = rng.integers(0, len(data) - context, count)
    pieces = data[starts[:, None] + np.arange(context + 1)]
    return gemmule.tensor(pieces[:, :-1]), gemmule.tensor(pieces[:, 1:])


def write(model, characters, prompt, length, temperature=0.8):
    """Text that the model writes after a prompt, drawn character by character."""
    model.eval()
    numbers = characters.encode(prompt).tolist()
    with gemmule.no_grad():
        for _ in range(length):
            x = gemmule.tensor([numbers[-model.context :]])
            logits = model(x)[0, -1] / temperature
            numbers.append(gemmule.multinomial(gemmule.softmax(logits, -1), 1).item())
    return characters.decode(numbers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--context", type=int, default=64)
    parser.add_argument("--length", type=int, default=300, help="characters written at the end")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    gemmule.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    text = corpus(500_000)
    characters = Characters(text)
    data = characters.encode(text)
    model = GPT(len(characters.all), options.context)
    count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{len(text):,} characters of {len(characters.all)} kinds, {count:,} parameters")

    optimizer = optim.AdamW(model.parameters(), lr=1e-3)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, options.steps, eta_min=1e-4)
    criterion = nn.CrossEntropyLoss()
    start, losses = time.perf_counter(), []
    for step in range(1, options.steps + 1):
        inputs, targets = batch(data, options.context, options.batch, rng)
        optimizer.zero_grad()
        loss = criterion(model(inputs).flatten(0, 1), targets.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % 50 == 0 or step == options.steps:
            speed = step * options.batch * options.context / (time.perf_counter() - start)
            mean = sum(losses[-50:]) / len(losses[-50:])
            print(f"step {step}: loss {mean:.3f}, {speed:,.0f} characters/s")
    print(write(model, characters, "def ", options.length))


if __name__ == "__main__":
    main()
