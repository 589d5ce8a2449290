"""Copies in and across the order of memory, beside a plain copy of as many bytes; conversions."""

import gemmule
import numpy as np
from peers import Row, main, peer, wanted

# name, shape, axes in which it is read
COPIES = [
    ("transpose 512²", (512, 512), (1, 0)),
    ("transpose 2048²", (2048, 2048), (1, 0)),
    ("transpose 1000 × 4000", (4000, 1000), (1, 0)),
    ("NCHW to NHWC", (32, 64, 56, 56), (0, 2, 3, 1)),
    ("heads of attention", (8, 512, 12, 64), (0, 2, 1, 3)),
]
CASTS = [
    ("float32", "float64"),
    ("float64", "float32"),
    ("uint8", "float32"),
    ("int64", "float32"),
    ("float32", "float16"),
    ("float16", "float32"),
]


def copies(torch):
    for name, shape, axes in COPIES:
        if not wanted(name):
            continue
        data = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
        x = gemmule.tensor(data)
        view, plain = x.permute(axes), gemmule.tensor(np.ascontiguousarray(data.transpose(axes)))
        row = Row(name, bytes=2 * data.nbytes, bound=0.0)
        row.engines["gemmule"] = lambda view=view: view.contiguous()
        row.engines["plain copy"] = lambda plain=plain: plain.clone()
        row.engines["numpy"] = lambda data=data, axes=axes: np.ascontiguousarray(
            data.transpose(axes)
        )
        if torch is not None:
            theirs = torch.tensor(data).permute(axes)
            row.engines["torch"] = lambda theirs=theirs: theirs.contiguous()
        yield row


def casts(torch, elements=1 << 22):
    for source, target in CASTS:
        name = f"{source} to {target}, 4 M"
        if not wanted(name):
            continue
        data = np.random.default_rng(0).integers(0, 100, elements).astype(source)
        x, dtype = gemmule.tensor(data), getattr(gemmule, target)
        width = np.dtype(source).itemsize + np.dtype(target).itemsize
        row = Row(name, bytes=width * elements, bound=0.0)
        row.engines["gemmule"] = lambda x=x, dtype=dtype: x.to(dtype)
        row.engines["numpy"] = lambda data=data, target=target: data.astype(target)
        if torch is not None:
            theirs, kind = torch.from_numpy(data), getattr(torch, target)
            row.engines["torch"] = lambda theirs=theirs, kind=kind: theirs.to(kind)
        yield row


def rows():
    torch = peer("torch")
    yield from copies(torch)
    yield from casts(torch)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
