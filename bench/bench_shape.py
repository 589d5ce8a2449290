"""Joins, pads and rolls of images; and what one call costs on ten elements."""

import gemmule
import numpy as np
from peers import Row, main, peer

IMAGES = (32, 64, 28, 28)


def images(torch):
    data = [np.random.default_rng(i).standard_normal(IMAGES, dtype=np.float32) for i in range(3)]
    ours = [gemmule.tensor(d) for d in data]
    theirs = [torch.tensor(d) for d in data] if torch is not None else None
    around = ((0, 0), (0, 0), (1, 1), (1, 1))
    # name, ours, NumPy's, torch's
    cases = [
        ("cat axis 1", lambda: gemmule.cat(ours, 1), lambda: np.concatenate(data, 1),
         lambda: torch.cat(theirs, 1)),
        ("stack", lambda: gemmule.stack(ours), lambda: np.stack(data), lambda: torch.stack(theirs)),
        ("pad 1", lambda: gemmule.pad(ours[0], (1, 1, 1, 1)), lambda: np.pad(data[0], around),
         lambda: torch.nn.functional.pad(theirs[0], (1, 1, 1, 1))),
        ("pad 1 reflect", lambda: gemmule.pad(ours[0], (1, 1, 1, 1), "reflect"),
         lambda: np.pad(data[0], around, "reflect"),
         lambda: torch.nn.functional.pad(theirs[0], (1, 1, 1, 1), "reflect")),
        ("roll 3 axis -1", lambda: gemmule.roll(ours[0], 3, -1), lambda: np.roll(data[0], 3, -1),
         lambda: torch.roll(theirs[0], 3, -1)),
    ]  # fmt: skip
    for name, gm, numpy, pt in cases:
        row = Row(f"{name} {IMAGES}", bytes=2.0 * np.asarray(numpy()).nbytes, bound=0.0)
        row.engines["gemmule"], row.engines["numpy"] = gm, numpy
        if torch is not None:
            row.engines["torch"] = pt
        yield row


def calls(torch):
    data = np.arange(10, dtype=np.float32)
    x, leaf = gemmule.tensor(data), gemmule.tensor(data, requires_grad=True)
    t = torch.tensor(data) if torch is not None else None
    t_leaf = torch.tensor(data, requires_grad=True) if torch is not None else None
    # name, ours, NumPy's, torch's
    cases = [
        ("x[3]", lambda: x[3], lambda: data[3], lambda: t[3]),
        ("x[2:5]", lambda: x[2:5], lambda: data[2:5], lambda: t[2:5]),
        ("x[3] with gradient", lambda: leaf[3], None, lambda: t_leaf[3]),
        ("x.reshape(2, 5)", lambda: x.reshape(2, 5), lambda: data.reshape(2, 5),
         lambda: t.reshape(2, 5)),
        ("x[3].item()", lambda: x[3].item(), lambda: data[3].item(), lambda: t[3].item()),
        ("clone", lambda: x.clone(), lambda: data.copy(), lambda: t.clone()),
        ("zeros(10)", lambda: gemmule.zeros(10), lambda: np.zeros(10, "f4"),
         lambda: torch.zeros(10)),
        ("x.double()", lambda: x.double(), lambda: data.astype("f8"), lambda: t.double()),
        ("cat", lambda: gemmule.cat([x, x]), lambda: np.concatenate([data, data]),
         lambda: torch.cat([t, t])),
    ]  # fmt: skip
    for name, gm, numpy, pt in cases:
        row = Row(f"10 elements: {name}", bound=0.0)
        row.engines["gemmule"] = gm
        if numpy is not None:
            row.engines["numpy"] = numpy
        if torch is not None:
            row.engines["torch"] = pt
        yield row


def rows():
    torch = peer("torch")
    return [*images(torch), *calls(torch)]


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
