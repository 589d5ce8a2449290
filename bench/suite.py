"""Which rows make the report's table, section by section, and what they aim at.

A section takes the rows of one ``bench_<stem>.py`` (or models.py) whose whole name matches. `aim`
is the ratio to the best peer that we mean to reach on a 2-core AVX2 machine; the report lists what
stays below it, and everything below 1.
"""

import importlib
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """Rows that stand together.

    Attributes:
        title: said above them.
        module: where their rows() is.
        pattern: regular expression of whole row names.
        aim: ratio to the best peer, or to `against` alone: then the best one's time at most.
        quick: regular expression of the rows that --quick measures.
        reads: bytes that its rows read at least, where their file states operations alone.
    """

    title: str
    module: str
    pattern: str
    aim: float = 1.0
    quick: str = r"(?!)"
    against: str = ""
    reads: float = 0.0

    def short_of(self, ratios):
        """The peer whose ratio misses the aim, the slowest for us first; None if all is well."""
        for engine, ratio in sorted(ratios.items(), key=lambda item: item[1]):
            aim = self.aim if self.against in ("", engine) else 1.0
            if ratio < aim:
                return engine
        return None

    def has(self, name, quick=False):
        return bool(re.fullmatch(self.pattern, name)) and (
            not quick or bool(re.fullmatch(self.quick, name))
        )


WIDE = r"\(4194304,\)"
SQUARES = r"conv 3x3 \(.*\) to \d\d+"  # stride 1

SECTIONS = [
    Section("GEMM", "bench_matmul", r"gemm (256|512|1024|2048)", 1.0, r"gemm (256|1024)"),
    Section("GEMM, small", "bench_matmul", "gemm 32", 1.4, ".*"),
    Section("GEMM, small", "bench_matmul", "gemm 64", 1.12),
    Section("GEMM, small", "bench_matmul", "gemm 128", 1.0),
    Section("GEMM, batch", "bench_matmul", r"batch 96 .*", 1.1, ".*"),
    Section(
        "GEMM, transposed, odd and skinny",
        "bench_matmul",
        r"gemm (Tn|nT|TT) (767|768)|gemm (64x784x128|64x1024x1024|2048x64x2048|1023x511x257"
        r"|127x129x131)",
        1.05,
        r"gemm nT 767|gemm 64x784x128",
    ),
    Section("GEMM, few rows", "bench_matmul", r"gemm 8x4096x4096", 2.0, ".*",
            reads=4.0 * 4096**2),
    Section("Matrix × vector", "bench_matmul", r"matrix (T )?4096 x vector", 1.0, "matrix 4096.*",
            reads=4.0 * 4096**2),
    Section("Convolution 3×3", "bench_conv", rf"{SQUARES} forward", 1.5, r".*\(8, 64, 56.*"),
    Section("Convolution 3×3, highest", "bench_conv", rf"{SQUARES} forward, highest", 1.0),
    Section("Convolution 3×3, training", "bench_conv", rf"{SQUARES} fwd\+bwd", 1.35, r".*512.*"),
    Section("Convolution 3×3, training, highest", "bench_conv",
            rf"{SQUARES} fwd\+bwd, highest", 1.15),
    Section("Convolution 1×1", "bench_conv", r"conv 1x1 \(8, 256.*forward", 1.1, ".*"),
    Section("Convolution 1×1", "bench_conv", r"conv 1x1 \(8, 256.*bwd", 1.25),
    Section("Convolution 7×7 stride 2", "bench_conv", r"conv 7x7.*forward", 2.2),
    Section("Convolution 7×7 stride 2", "bench_conv", r"conv 7x7.*bwd", 2.0),
    Section("Convolution, depthwise", "bench_conv", r"conv depthwise.*forward", 1.8, ".*"),
    Section("Convolution, depthwise", "bench_conv", r"conv depthwise.*bwd", 2.0),
    Section("Convolution, 1-d dilated causal", "bench_conv", r"conv 1-d dilated causal.*", 2.0),
    Section("Pooling", "bench_pool", r"max_pool2d\(3, 2, 1\).*", 20.0, ".*forward"),
    Section("Pooling", "bench_pool", r"avg_pool2d\(3, 2, 1\).*", 6.0, ".*forward"),
    Section("Pooling", "bench_pool", r"adaptive_avg_pool2d\(1,\).*"),
    Section("Softmax", "bench_softmax", r"(log_)?softmax \(4096, 1024\) axis 1 forward", 1.7,
            "softmax.*"),
    Section("Softmax", "bench_softmax", r"softmax \(4096, 1024\) axis 1 fwd\+bwd", 1.7),
    Section("Loss", "bench_loss", r"cross_entropy \(4096, 1024\) fwd\+bwd", 5.0, ".*"),
    Section("Activations", "bench_activation", rf"(gelu|silu) {WIDE}", 2.0, "gelu.*"),
    Section("Activations", "bench_activation", rf"gelu tanh {WIDE}", 5.0),
    Section("Activations", "bench_unary", rf"tanh {WIDE}", 4.0, ".*"),
    Section("Activations", "bench_unary", rf"exp {WIDE}", 2.5, ".*"),
    Section("Activations", "bench_activation", rf"gelu {WIDE} with backward", 1.8),
    Section("Norms", "bench_norm", r"(layer|rms)_norm 4096x1024.*|batch_norm 8x64x56x56.*", 1.5,
            "layer_norm 4096x1024"),
    Section("Elementwise", "bench_binary", rf"add {WIDE} {WIDE}|add \(4096, 1024\) \(1024,\)", 1.0,
            rf"add {WIDE} {WIDE}"),
    Section("Elementwise", "bench_activation", rf"relu {WIDE}", 1.0, ".*"),
    Section("Reductions", "bench_reduce", r"(sum|mean) \(4096, 1024\) axis [01]", 1.0, "sum.*"),
    Section("Transposed copy", "bench_cast", r"transpose 2048²", 1.0, ".*"),
    Section("10 elements", "bench_binary", r"add \(10,\) \(10,\).*", 3.0, ".*", "torch"),
    Section("10 elements", "bench_reduce", r"sum \(10,\) axis None", 3.0, ".*", "torch"),
    Section("10 elements", "bench_shape",
            r"10 elements: (x\[3\]|x\.reshape\(2, 5\)|x\[3\]\.item\(\))", 3.0,
            r".*reshape.*", "torch"),
    Section("Attention", "bench_attention", r"B\d L(128|512) forward", 1.15, "B4 L512.*"),
    Section("Attention", "bench_attention", r"B\d L(128|512) fwd\+bwd", 1.15),
    Section("Attention, causal", "bench_attention", r"causal .* forward", 2.0, "causal B4.*"),
    Section("Attention, causal", "bench_attention", r"causal .* fwd\+bwd", 1.3),
    Section("LSTM", "bench_rnn", r"lstm T100 B32 I10 H64 forward", 1.9, ".*"),
    Section("LSTM", "bench_rnn", r"lstm T60 B16 I64 H128 forward", 1.3),
    Section("LSTM", "bench_rnn", r"lstm (T100 B32 I256|T35 B20 I650).*", 1.05),
    Section("LSTM", "bench_rnn", r"lstm T100 B32 I10 H64 forward\+backward", 1.5),
    Section("LSTM", "bench_rnn", r"lstm T60 B16 I64 H128 forward\+backward", 1.25),
    Section("GRU", "bench_rnn", r"gru (T100 B32 I10|T60 B16).*", 1.25),
    Section("GRU", "bench_rnn", r"gru (T100 B32 I256|T35 B20 I650).*", 1.05),
    Section("Optimizer", "bench_optim", "Adam 10M", 1.0, ".*"),
    Section("Training step", "models", "train MLP .* batch 64", 2.2, ".*"),
    Section("Training step", "models", "train CIFAR CNN batch 32", 2.2, ".*"),
    Section("Training step", "models", "train 3 x LSTM.* batch 32", 1.5),
    Section("Training step", "models", "train GPT .* batch 4", 1.15),
    Section("Training step", "models", "train ResNet-18 batch 8", 1.3),
    Section("Inference", "models", "infer .*", 1.15),
]  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """Rows of one kind whose work grows: a plot of time against it.

    Attributes:
        title, axis: of the plot.
        module: where their rows() is.
        pattern: regular expression of whole row names; its one group is the position on the axis.
    """

    title: str
    axis: str
    module: str
    pattern: str

    def position(self, name):
        """Where a row stands on the axis; None if it is not of this curve."""
        found = re.fullmatch(self.pattern, name)
        return int(found[1]) if found else None


CURVES = [
    Curve("GEMM n×n", "n", "bench_matmul", r"gemm (\d+)"),
    Curve("Attention, 12 heads of 64", "L", "bench_attention", r"B1 L(\d+) forward"),
    Curve("Attention, causal", "L", "bench_attention", r"causal B1 L(\d+) forward"),
    Curve("LSTM, B32 I10 H64", "T", "bench_rnn", r"lstm T(\d+) B32 I10 H64 forward"),
    Curve("Training MLP", "batch", "models", r"train MLP .* batch (\d+)"),
    Curve("Training CIFAR CNN", "batch", "models", r"train CIFAR CNN batch (\d+)"),
    Curve("Training 3 × LSTM", "batch", "models", r"train 3 x LSTM.* batch (\d+)"),
    Curve("Training GPT", "batch", "models", r"train GPT .* batch (\d+)"),
    Curve("Training ResNet-18", "batch", "models", r"train ResNet-18 batch (\d+)"),
]

#: Every file with rows, in the order of the table; the last ones are in no section.
OTHERS = ["cast", "compare", "dropout", "embedding", "index", "loss", "random", "scan", "shape"]
MODULES = list(dict.fromkeys([s.module for s in SECTIONS] + [f"bench_{s}" for s in OTHERS]))


def section_of(module, name):
    """The first section that has the row, or None."""
    for section in SECTIONS:
        if section.module == module and section.has(name):
            return section
    return None


def chosen(module, name, options):
    """Whether the report measures a row under its options (only, quick, all, curves)."""
    if options.only and not re.search(options.only, name):
        return False
    section = section_of(module, name)
    if options.quick:
        return any(s.module == module and s.has(name, quick=True) for s in SECTIONS)
    if section is not None or options.all:
        return True
    curve = any(c.module == module and c.position(name) is not None for c in CURVES)
    return (options.curves and curve) or bool(options.only)


def rows_of(module):
    """The rows that are wanted of a file."""
    return importlib.import_module(module).rows()
