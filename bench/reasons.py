"""Why rows stay below their aims: what bounds them, and what was tried in vain.

The report puts each reason under the rows that it explains; a row short of its aim without one is
listed as not explained. Figures are of the AVX-512 machine of `bench/results`, with one thread,
where a core's multiply-add loop reaches 241 GF/s. The aims were set on an AVX2 machine with half of
that and as much bandwidth.
"""

import re

# Patterns of whole row names, and the reason why the row is short of its aim.
REASONS = [
    (
        r"gemm (32|64)",
        """Of 64's 3.6 µs the call takes a thirteenth, 0.27 µs of 2×2 where NumPy's takes 0.58,
        and the multiply-adds 2.2. Gained: operators that go straight to C++ (0.27 instead of
        0.44). In vain, of the speed: packing B (0.97; 0.99 if it is aligned), panels of two
        vectors (0.94), packing A (0.88).""",
    ),
    (
        r"gemm ((Tn|nT|TT) 76[78]|1023x511x257|256|512|1024|2048|127x129x131)",
        """Tiles take 90–93 % of the time, at 0.94 of the peak, and packing 7–10 %, bound by L3 (a
        memcpy of B takes as long as packing it in rows); PyTorch's MKL reaches 0.90 of the peak in
        all. Gained: pieces as wide as C, four tiles high (768 1.03 of the speed, transposed A by
        two threads 1.04); packed B kept in L2, block by block of K (768 1.015); by two threads a
        shared B packed by both (0.96–0.97 of the time), an even number of pieces (512 0.95),
        helpers off their owner's core. In vain: other tiles than 14×2 vectors (13×2, 12×2, 9×3,
        8×3, 6×4: 0.98–1.01 of its speed; 28×1 and 5×5 less), pieces of 8 × 6, 14 × 6, 28 × 4 and
        55 × 2 tiles × panels (0.96, 0.94, 0.87, 0.66), rows of A packed once for all pieces (1.00
        by one thread, 0.95 by two), pieces of 224 rows (0.97–1.00), fetching A's rows ahead
        (0.96–0.99), fetching ahead what is copied (0.97–0.99), four terms a turn (0.97–0.99), B
        packed by the first pieces' tiles (1.00), C fetched along the loop (0.95–0.98), blocks of
        packing that begin with the source's cache lines (1.00), 32 lines transposed at once
        (1.00), packed B in huge pages (1.00).""",
    ),
    (
        r"gemm 64x(784x128|1024x1024)",
        """Five or eight tiles use each panel of B, so that packing or fetching it counts: the
        arrays begin between lines of the cache, and 64×1024×1024 of aligned ones is 1.1 times as
        fast. Gained: a panel packed while its first tile multiplies (64×784×128 0.92 of the time,
        64×1024×1024 0.97). In vain, of the speed: B read in place (0.94; 1.04 if it is aligned),
        two lines fetched a turn in the first tile (1.00, 0.99), packing A (0.91–0.93), panels of
        two vectors (0.99), blocks of 200 terms rather than 264 (0.99).""",
    ),
    (
        r"gemm 2048x64x2048",
        """16.8 MB of C are written for sums of 64 terms, past the cache, which gained 1.27; at the
        bandwidth that is a third of the time. Gained: tiles that store so themselves (0.94 of the
        time). In vain: packing A once for all pieces (0.96–0.99).""",
    ),
    (
        r"gemm 8x4096x4096",
        """67 MB of B are read once, at 69–75 % of the bandwidth of a plain sum; what one core gets
        of the memory differs by the hour. Gained: an even number of blocks of K (1.04 of the speed
        by two threads). In vain, of the speed: two vectors of
        columns at a time rather than three (1.015, 1.03 by two threads, 0.94 for 8×512×768), 22
        pieces rather than 11 (0.99, 1.01), fetching the next rows (1.00).""",
    ),
    (
        r"batch 96 .*",
        """Operands and results are 4.7 MB, more than L2: an item takes 3.5 µs, where one in L2
        takes 3.3 and the multiply-adds 2.2. Gained: B packed by each panel's first tile (0.95 of
        the time). In vain, of the speed: panels of two vectors (0.85), packing A (0.81).""",
    ),
    (
        r"matrix (T )?4096 x vector",
        """Both read the matrix at the bandwidth; with two threads, runs gave 0.88 to 1.00. Gained:
        an even number of blocks of rows (1.05 of the speed by two threads; of eleven, one read
        six). In vain: four rows at a time rather than eight (1.00), two pages of a row at a time,
        in 22 pieces (1.03 by two threads, 0.956 by one), one page (0.88 by one), fetching the next
        rows by hand (1.00).""",
    ),
    (
        r"conv 7x7 .*",
        """1.89 G operations take 7.8 ms at the peak. Tiles take 93 % of the time, at some 203 GF/s;
        alone in L1 they reach 205–235, as the processor's clock is at that minute. Copying the
        image takes 5 %. Gained: columns read from the patch itself, without panels (0.90 of the
        time, 0.86 by two threads). In vain: panels outside (1.19, 1.10), half as large boxes (1.00,
        1.04), two terms a turn (0.98, 1.01), not fetching outputs (1.03); aligned loads, were they
        possible, would gain 1 %.""",
    ),
    (
        r"conv 1-d dilated causal .*",
        """The algorithm's 101 M operations take 0.42 ms at the peak. Tiles of 64 terms take 60 % of
        the time, transforms a third. Gained: Winograd's algorithm along the line (0.74 of the time
        forward; with the weight's gradient 0.70 with backward), outputs stored from registers,
        patches of whole rows copied as one run. In vain: outputs fetched 8, 16 or 24 rows ahead
        (0.99–1.01). Of the direct one: panels outside (1.04), half as large boxes (1.05), two terms
        a turn (1.03).""",
    ),
    (
        r"conv 1x1 .*",
        """2.47 G operations with backward take 10.2 ms at the peak, and the row 14.2 by one thread.
        Tiles take 82–88 % of the time, at 205 GF/s: 6.4 MB of outputs come from L3 for sums of 256
        terms, and the weight's sums are added to every 196 terms. Copying and transposing take
        8 %, the bias 1–2 %. Gained: the bias summed with the weight's gradient (0.98 of the time),
        half as many chunks of it (0.97), pieces of 512 rows (0.98 forward). In vain: panels
        outside (1.04), boxes twice as wide (1.02 forward, 1.06 backward), boxes of two images in
        the weight's gradient (1.01).""",
    ),
    (
        r"train MLP .*",
        """Batch 64: of 345 µs by one thread, 160 lie in two products, which two make 1.8 times as
        fast, and 47 in Adam; eight small products take 25, and 55 to 85 lie between kernels, in
        Python and the tape, whose data have left L2 by the time they are read again. Gained: roots
        that pass by the divider (Adam 0.74 of its time, 0.96 of the step), the tape's walk as C
        functions (0.98), the weight's gradient cut by rows as Adam reads it (0.96 by two threads,
        0.99 by one), linear's gradients in one call (0.97, 0.99). In vain: helpers that look out
        for 200 µs before they yield, not 20 (1.01), products of 8 µs by two threads (1.00), the
        optimizer's states looked up in one expression (1.00 of its step).""",
    ),
    (
        r"train CIFAR .*",
        """Relu takes 13 % of the step, at the bandwidth, and the weight gradients of the second and
        third layer as much, of which tiles are 60 % and transforms 35 %. Gained: those gradients by
        Winograd's algorithm (0.88 of the step), the first layer's without packing (0.64 of its
        time), pooling in registers (0.53–0.6), the bias with the weight's gradient (0.98 of the
        step), weights transformed by both threads. In vain: nine taps of the first layer from an
        unaligned patch (0.77 of the old time, aligned copies 0.64), three pieces of filters
        (0.70).""",
    ),
    (
        r"(max|avg)_pool2d.*",
        """At 85–92 % of the bandwidth forward; all of it would be some 4.5 × the fastest, for the
        aims were set against PyTorch's, which takes 35 and 12 times ours. Maximum: with backward
        at 70–78 %, half the time forward and half backward. Gained: winners noted by tap in bytes,
        and
        gradients gathered in one write instead of scattered onto zeros (0.70 of the time with 3×3
        in registers). In vain: gradient rows staged between zeros (0.94 of the old time where read
        in place is 0.73), stores past the cache (1.41, 1.49 by two threads), fetching gradients
        ahead (1.02–1.04), fetching 8 KB or 2 KB ahead rather than 4 (1.07, 1.11; forward 1.00).""",
    ),
    (
        r"(log_)?softmax .*",
        """At 74–92 % of the bandwidth; at all of it, softmax would reach 1.34. In vain: fetching
        ahead, stores past the cache (softmax 1.16 of the time, log_softmax 2.2), exponentials kept
        beside (1.01). Huge pages are in use: without them 1.10–1.18.""",
    ),
    (
        r"(gelu( tanh)?|silu|tanh|exp) .*",
        """1.16–1.25 ms for 4 M by one thread, where a copy of the same bytes takes 1.12–1.26: the
        bandwidth is the limit, which the peers reach as well or come near. Gained: tanh by
        intervals, powers by table, a tail without branches (tanh 0.75 of the time, gelu's tanh
        0.89, silu 0.94; under AVX2 0.61–0.87), fetching 4 KB ahead (gelu's tanh 0.95). In vain:
        two vectors at a time (silu 1.00, tanh 1.02) or four (0.99, 1.00), pieces of 64 K elements
        (1.00, 1.02) or of the whole array (1.01, 1.02), fetching only what is written (1.03,
        0.99), results 64 bytes off (1.05, 1.01) or 2 KB (1.00, 1.02), stores past the cache (silu
        1.06, tanh 1.20).""",
    ),
    (
        r"relu .*|(layer|rms)_norm .*|add .*|(sum|mean) .*",
        """At 90–100 % of the bandwidth, as it was measured beside. layer_norm gained 0.95 of the
        time by fetching the next row while the squares of this one are summed. In vain: while it is
        written (1.00), two rows ahead (1.00), only what is written (1.01), nothing (0.98).""",
    ),
    (
        r"causal B1 L\d+ forward",
        """6.4 G operations of L2048 take 27 ms at the peak, and the aim asks for 26–27. Tiles take
        82 % of the 37 ms, at 218 GF/s, exponentials and maxima 12 %, scaling rows and transposing
        Q 2 % each. In vain: blocks of 64×72, 64×96, 48×64, 80×64 and 96×48 queries × keys
        (1.01–1.05 of the time), not scaling rows whose maximum stays (1.00), a shorter
        exponential (0.985 at 2048, 1.00 at 512), no tile of one row on the diagonal (1.00).""",
    ),
    (
        r"lstm T100 B32 I10 H64 .*",
        """121 M operations forward take 0.50 ms at the peak, and five gates for 12,800 vectors of
        units some 0.15 by their instructions; the step takes 0.72–0.88, and the aim leaves
        0.59–0.69. Tiles take three quarters, at 0.82 of the peak, gates a quarter. Gained: a
        sigmoid by table and no stalled copies of tile arguments (1.05), 32 rows a piece (1.09). In
        vain: weights fetched ahead (0.97), 16 rows (1.07).""",
    ),
    (
        r"(lstm|gru) T(100 B32 I10 H64|60 B16 I64 H128) .*",
        """By two threads: two processes at once do this work from L2 3–6 % slower each, and Python
        and copies of gradients take 0.08–0.1 ms of 1.3–2.1 whatever the threads. H128 has 8 rows a
        thread, 7 % dearer than 16, and packs 0.4 MB of weights in each. Gained: rows through all
        steps with products and packing of their own (1.05–1.25 of the speed by two threads,
        0.96–1.00 by one). In vain: fetching the saved lines (0.96–1.00), the halves' lines apart in
        memory (1.016), sums of 1 MB (0.97), four groups of rows rather than two (0.94).""",
    ),
    (
        r"train 3 x LSTM.*",
        """The products are 1.6 G operations, 6.7 ms of 11–13 at the peak, at 75–85 % of which they
        run; gates take 16 %, packing 7 %. Gained: products while the sums are in L2 (1.02–1.07).
        In vain: 256 rows of sums at a time (1.00), inputs' products not made ahead (0.995), other
        ways to fetch the cells' data (0.98–1.0). Processes of one build differ by up to 10 %, and
        products of each group of rows, which gained 1.12 by two threads, take 1.02 by one.""",
    ),
    (
        r"lstm T35 B20 I650 H650 .*|lstm T100 B32 I256 H256 .*",
        """H650 reads 6.8 MB of recurrent weights a step, from L3, for 20 rows, in which 68 M
        operations take 0.28 ms: 24 GB/s. Gained: fetching the next weights (1.18 forward, 1.1 with
        gradients). In vain: fetching those of the state only (0.96 of that), products inside the
        backward kernel (1.00).""",
    ),
    (
        r"train GPT .*",
        """Products take 79 % of the step, at 180–208 GF/s (PyTorch's 137–205), attention 9 %, gelu
        and Adam 2.4 % each, copies 1.5 %. Gained: K cut every 384 terms, not 256 (0.99 of the
        time), heads side by side in attention's results, which spares two copies (attention between
        its projections 0.94, by two threads 0.98; the step within its spread of 2 %). In vain:
        every 512 or 768 (0.996, 0.992, within the spread), fetching across pieces (0.997, 1.003 by
        two threads), q, k and v contiguous (1.00 of attention).""",
    ),
    (
        r"infer 6-layer encoder .*",
        """Tiles take 82 % of the time, and two threads make products 1.93–2.06 times as fast as
        one. Gained: fetching across pieces (1.2 %), K cut every 384 terms (1.8 %). In vain: every
        512 or 768 (1.00).""",
    ),
    (
        r"infer ResNet-50 .*",
        """8.2 G operations take 34 ms at the peak. The 1×1 layers at 56×56 run at 150–170 GF/s,
        because 64 rows or terms pay for too little of a plane's packing, finishing and way to
        L3; residuals take 3 %, packing positions 2.5 %, copying patches 3 %. In vain: boxes of
        96–1568 columns, panels outside or inside, packing inside the first tile, pieces of 171
        or 512 rows (1.01–1.02 of the time), planes of 1×1 read in place rather than packed (64 rows
        and terms: 0.85 of a layer's time, 1.07 with eight images; 64 rows of 256 terms 1.17; 256
        rows of 64 terms 0.96; the network 1.00 with 64 rows alone, 1.01 with 256 as well). Gained
        by two threads: equal boxes in even numbers (0.96 of the time).""",
    ),
]


# The same for rows that gain less from threads than they should, where that one does not say it.
GAINS = [
    (
        r"gemm (32|64)",
        """One thread makes them, in 0.7 and 2.8 µs: to wake a helper, and to wait for it, takes
        about as long.""",
    ),
    (
        r"gemm (128|256|64x784x128|127x129x131)",
        """Two or four pieces, in 12–90 µs: 1.3 µs of 128's are lost, 2 of 127×129×131's, 3 of
        64×784×128's. Gained: pieces that pack for themselves (128 0.43 of the time by two threads),
        rows halved where nine vectors of columns would be (127×129×131 0.76). In vain: 256 in eight
        pieces (0.97 of the speed by one thread).""",
    ),
    (
        r"conv 3x3 .*",
        """0.91 to 1.1 in different runs. Gained by two threads: equal blocks of tiles in even
        numbers, the last of an odd number halved by rows, weights and few inputs transformed by
        both (512 channels of 7×7 0.86 of the time).""",
    ),
]


def reason_of(name, reasons):
    """What REASONS or GAINS says of a row; "" if nothing."""
    for pattern, reason in reasons:
        if re.fullmatch(pattern, name):
            return " ".join(reason.split())
    return ""
