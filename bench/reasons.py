"""Why rows stay below their aims: what bounds them, and what was tried in vain.

The report puts each reason under the rows that it explains; a row short of its aim without one is
listed as not explained. Figures are of the AVX-512 machine of `bench/results`, with one thread,
where a core's multiply-add loop reaches 241 GF/s. The aims were set on an AVX2 machine with half of
that and as much bandwidth.
"""

import re

# Patterns of whole row names, and the reason.
REASONS = [
    (
        r"gemm (32|64)",
        """A call takes 0.54 µs of 2×2 (NumPy's 0.67): checks, an output, two objects. At 32 the
        product takes 0.44 µs more, 0.27 at the peak; the aim would leave it 0.35.""",
    ),
    (
        r"gemm ((Tn|nT|TT) 76[78]|64x784x128|64x1024x1024|1023x511x257|1024)",
        """Tiles run at 233 of 241 GF/s, also with A in L2, and take 83–87 % of the time; packing
        takes 8 %, the rest is C and the way to L3. In vain: fetching A's rows ahead in the
        tiles (0.96–0.99), fetching ahead what is copied (0.97–0.99), half as many pieces (1.01
        by one thread, 0.97 by two), packing A of 64 rows (0.91).""",
    ),
    (
        r"gemm 2048x64x2048",
        """16.8 MB of C are written, and fetched before, for sums of 64 terms: at the bandwidth of
        updates a third of the time. Stores past the cache were not tried.""",
    ),
    (
        r"batch 96 .*",
        """Operands and results are 4.7 MB, more than L2: an item takes 3.5 µs, where one in L2
        takes 3.3.""",
    ),
    (
        r"matrix (T )?4096 x vector",
        """Both read the matrix at the bandwidth: runs differ by 3 % either way.""",
    ),
    (
        r"conv 7x7 .*",
        """1.89 G operations take 8.1 ms at the peak, and the aim asks for 9.9. Tiles run at 205
        GF/s and take 77 % of the time, making columns 14 % (147 terms serve 64 rows only), bias
        3 %. In vain: smaller boxes, panels outside (0.93), fetching outputs ahead, every line
        of the next weights fetched once only.""",
    ),
    (
        r"conv 1-d dilated causal .*",
        """201 M operations forward: the aim asks for 240 GF/s, the peak. With backward it asks for
        0.83 of the peak, where copying a patch, a panel and transposed gradients takes 12–25 %
        of the time.""",
    ),
    (
        r"max_pool2d.*",
        """At 73 % of the bandwidth forward; at all of it, it would be 4.6 × the fastest. The aim
        was set against PyTorch, whose maximum takes 28 times ours.""",
    ),
    (
        r"(log_)?softmax .*|(silu|tanh|gelu tanh) .*",
        """At 74–92 % of the bandwidth. At all of it, softmax would reach 1.34, silu 1.95, gelu's
        tanh 2.0, tanh 1.4 with one thread: the peers use AVX-512 as well. Fetching ahead gains
        elementwise loops nothing.""",
    ),
    (
        r"(gelu|relu|exp) .*|(layer|rms)_norm .*|add .*|(sum|mean) .*",
        """At 74–96 % of the bandwidth, as it was measured beside.""",
    ),
    (
        r"10 elements: .*",
        """NumPy's scalar or view is one object, made in 58 and 132 ns. Ours are two, an Array and
        its Tensor: 45 and 26 ns of the 103. PyTorch takes 4 to 6 times as long.""",
    ),
    (
        r"causal B1 L\d+ forward",
        """The aim asks for 203 of 241 GF/s, with an exponential for every 256 operations.""",
    ),
    (
        r"lstm T100 B32 I10 H64 .*|train 3 x LSTM.*",
        """121 M operations forward take 0.52 ms at the peak. Products take 0.57 of the 0.93 ms, at
        212 GF/s, and gates 0.29, for which the aim would leave 0.23.""",
    ),
    (
        r"infer ResNet-50 .*",
        """8.2 G operations take 34 ms at the peak. The 1×1 layers at 56×56 run at 150–170 GF/s,
        because 64 rows or terms pay for too little of a plane's packing, finishing and way to
        L3. In vain there: boxes of 96–1568 columns, panels outside or inside, packing inside
        the first tile.""",
    ),
]


def reason_of(name):
    """What is said of a row that is short of its aim; "" if nothing is."""
    for pattern, reason in REASONS:
        if re.fullmatch(pattern, name):
            return " ".join(reason.split())
    return ""
