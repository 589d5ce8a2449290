"""Minimax coefficients for csrc/isa/math: Remez exchange in 100-digit arithmetic.

    python tools/minimax.py              every fit, with the largest weighted error reached
    python tools/minimax.py exp32 erf    the fits whose names start with these

Needs mpmath. A fit approximates f on [a, b] by a polynomial P, or a quotient P/Q with Q(0) = 1, so
that max |w (f - P/Q)| is smallest. Coefficients are rounded to the lane type at the end, and the error
with them so is printed too. Lowest power first, as C hexadecimal literals.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp
import numpy as np

mp.mp.dps = 100


@dataclass
class Fit:
    """One approximation: `f` on [`a`, `b`], weighted by `w`; `den` > 0 asks for a quotient."""

    f: Callable
    w: Callable
    a: float
    b: float
    degree: int
    den: int = 0
    dtype: type = np.float64


def cheb(a, b, n: int) -> list:
    """The n roots of a Chebyshev polynomial on [a, b], ascending: never an end, nor 0 for even n."""
    return [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * n)) for k in range(n)]


def horner(c, x):
    out = mp.mpf(0)
    for v in reversed(c):
        out = out * x + v
    return out


def solve(nodes, fv, wv, degree, den, q_before):
    """Coefficients and the levelled error on the given nodes (linear in all of them).

    For a quotient, p - f q = ± E q_before / w, with q of the round before on the right.
    """
    n = len(nodes)
    A, rhs = mp.matrix(n, n), mp.matrix(n, 1)
    for i, x in enumerate(nodes):
        row = [x**p for p in range(degree + 1)] + [-fv[i] * x**j for j in range(1, den + 1)]
        row.append((-1) ** i * horner(q_before, x) / wv[i])
        for j, v in enumerate(row):
            A[i, j] = v
        rhs[i] = fv[i]
    s = mp.lu_solve(A, rhs)
    k = degree + 1
    return list(s[:k]), [mp.mpf(1)] + list(s[k : k + den]), s[n - 1]


def remez(f, w, a, b, degree, den=0, rounds=60):
    """(numerator coefficients, denominator coefficients, largest weighted error)."""
    a, b = mp.mpf(a), mp.mpf(b)
    n = degree + den + 2
    grid = cheb(a, b, 40 * n)
    fg, wg = [f(x) for x in grid], [abs(w(x)) for x in grid]
    at = [round(k * (len(grid) - 1) / (n - 1)) for k in range(n)]
    q = [mp.mpf(1)] + [mp.mpf(0)] * den
    worst = mp.inf
    for _ in range(rounds):
        nodes = [grid[i] for i in at]
        for _ in range(1 if den == 0 else 8):
            p, q, _e = solve(nodes, [fg[i] for i in at], [wg[i] for i in at], degree, den, q)
        err = [
            wg[i] * (fg[i] - horner(p, x) / horner(q, x)) for i, x in enumerate(grid)
        ]
        worst = max(abs(e) for e in err)
        # The best of each run of one sign; of those, n alternating ones without the smallest.
        runs, start = [], 0
        for i in range(1, len(err) + 1):
            if i == len(err) or (err[i] > 0) != (err[start] > 0):
                runs.append(max(range(start, i), key=lambda j: abs(err[j])))
                start = i
        while len(runs) > n:
            size = [abs(err[i]) for i in runs]
            pair = min(range(len(runs) - 1), key=lambda j: max(size[j], size[j + 1]))
            end = 0 if size[0] < size[-1] else -1
            if len(runs) > n + 1 and max(size[pair], size[pair + 1]) < size[end]:
                del runs[pair : pair + 2]
            else:
                runs.pop(end)
        if len(runs) < n:
            break
        if runs == at:
            break
        at = runs
    return p, q, worst


def rounded(c, dtype):
    """c to the nearest value of the lane type, exactly."""
    if dtype is np.float64:
        return mp.mpf(float(c))
    mantissa, exponent = mp.frexp(c)
    return mp.ldexp(mp.nint(mp.ldexp(mantissa, 24)), int(exponent) - 24)


def fit(spec: Fit):
    """Rounded numerator and denominator, largest weighted error before and after rounding."""
    p, q, exact = remez(spec.f, spec.w, spec.a, spec.b, spec.degree, spec.den)
    p = [rounded(c, spec.dtype) for c in p]
    q = [rounded(c, spec.dtype) for c in q]
    worst = max(
        abs(spec.w(x) * (spec.f(x) - horner(p, x) / horner(q, x)))
        for x in cheb(mp.mpf(spec.a), mp.mpf(spec.b), 1000)
    )
    return p, q, exact, worst


def show(c, dtype) -> str:
    return float(c).hex().replace("0000000p", "p") + ("f" if dtype is np.float32 else "")


f32 = np.float32
ln2, ln10, half, third = mp.log(2), mp.log(10), mp.mpf(1) / 2, mp.mpf(1) / 3
sqrt2, tiny = mp.sqrt(2), mp.mpf("1e-12")


def series(g, value_at_0):
    """g, or its limit where x is 0 (the formulas below divide by powers of x)."""
    return lambda x: mp.mpf(value_at_0) if abs(x) < mp.mpf("1e-25") else g(x)


def atanh_rest(x):
    """2 (atanh(s)/s - 1)/s² at x = s²: log(m) = 2 atanh((m-1)/(m+1))."""
    s = mp.sqrt(x)
    return 2 * (mp.atanh(s) / s - 1) / x


def scaled_erfc(k, t):
    """e^(a²) erfc(a) (a+k) at a = k (1+t)/(1-t)."""
    a = k * (1 + t) / (1 - t)
    return mp.erfc(a) * mp.exp(a * a) * (a + k)


erf_slope = 2 / mp.sqrt(mp.pi)

FITS: dict[str, Fit] = {
    # e^r = 1 + r + r² P(r)
    "exp32": Fit(series(lambda r: (mp.exp(r) - 1 - r) / r**2, half), lambda r: r**2 / mp.exp(r),
                 -0.3467, 0.3467, 4, dtype=f32),
    "exp32_short": Fit(series(lambda r: (mp.exp(r) - 1 - r) / r**2, half),
                       lambda r: r**2 / mp.exp(r), -0.3467, 0.3467, 3, dtype=f32),
    "exp64": Fit(series(lambda r: (mp.exp(r) - 1 - r) / r**2, half), lambda r: r**2 / mp.exp(r),
                 -0.34658, 0.34658, 9),
    # the same, weighted for e^r - 1
    "expm1_32": Fit(series(lambda r: (mp.expm1(r) - r) / r**2, half),
                    series(lambda r: r**2 / mp.expm1(r), 0), -0.3467, 0.3467, 4, dtype=f32),
    "expm1_64": Fit(series(lambda r: (mp.expm1(r) - r) / r**2, half),
                    series(lambda r: r**2 / mp.expm1(r), 0), -0.34658, 0.34658, 10),
    # 2^r = 1 + r P(r)
    "exp2_32": Fit(series(lambda r: (mp.power(2, r) - 1) / r, ln2), lambda r: r / mp.power(2, r),
                   -0.5, 0.5, 5, dtype=f32),
    "exp2_64": Fit(series(lambda r: (mp.power(2, r) - 1) / r, ln2), lambda r: r / mp.power(2, r),
                   -0.5, 0.5, 11),
    # log(1+f) = f - f²/2 + f³ P(f) for 1+f in [3/4, 3/2]
    "log32": Fit(series(lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, third),
                 series(lambda f: f**3 / mp.log1p(f), 0), -0.25, 0.5, 7, dtype=f32),
    # log(1+f) = 2s + s·x·P(x), s = f/(2+f), x = s²
    "log64": Fit(series(atanh_rest, 2 * third), lambda x: x, 0, 0.04, 7),
    # sin r = r + r³ P(r²), cos r = 1 - r²/2 + r⁴ P(r²)
    "sin32": Fit(series(lambda u: (mp.sin(mp.sqrt(u)) / mp.sqrt(u) - 1) / u, -mp.mpf(1) / 6),
                 lambda u: u, 0, 0.6169, 2, dtype=f32),
    "cos32": Fit(series(lambda u: (mp.cos(mp.sqrt(u)) - 1 + u / 2) / u**2, mp.mpf(1) / 24),
                 lambda u: u**2, 0, 0.6169, 2, dtype=f32),
    "sin64": Fit(series(lambda u: (mp.sin(mp.sqrt(u)) / mp.sqrt(u) - 1) / u, -mp.mpf(1) / 6),
                 lambda u: u, 0, 0.6169, 5),
    "cos64": Fit(series(lambda u: (mp.cos(mp.sqrt(u)) - 1 + u / 2) / u**2, mp.mpf(1) / 24),
                 lambda u: u**2, 0, 0.6169, 5),
    # sin(2πt) = t P(t²), cos(2πt) = P(t²) for |t| ≤ 1/8 of a turn
    "sinturn32": Fit(series(lambda u: mp.sin(2 * mp.pi * mp.sqrt(u)) / mp.sqrt(u), 2 * mp.pi),
                     lambda u: 1, 0, 0.015626, 3, dtype=f32),
    "costurn32": Fit(lambda u: mp.cos(2 * mp.pi * mp.sqrt(u)), lambda u: 1, 0, 0.015626, 4,
                     dtype=f32),
    "sinturn64": Fit(series(lambda u: mp.sin(2 * mp.pi * mp.sqrt(u)) / mp.sqrt(u), 2 * mp.pi),
                     lambda u: 1, 0, 0.015626, 6),
    "costurn64": Fit(lambda u: mp.cos(2 * mp.pi * mp.sqrt(u)), lambda u: 1, 0, 0.015626, 7),
    # atan t = t + t³ P(t²), asin t = t + t³ P(t²)
    "atan32": Fit(series(lambda u: (mp.atan(mp.sqrt(u)) / mp.sqrt(u) - 1) / u, -third),
                  lambda u: u, 0, 1, 7, dtype=f32),
    "atan64": Fit(series(lambda u: (mp.atan(mp.sqrt(u)) / mp.sqrt(u) - 1) / u, -third),
                  lambda u: u, 0, 1, 18),
    "asin32": Fit(series(lambda u: (mp.asin(mp.sqrt(u)) / mp.sqrt(u) - 1) / u, mp.mpf(1) / 6),
                  lambda u: u, 0, 0.25, 4, dtype=f32),
    "asin64": Fit(series(lambda u: (mp.asin(mp.sqrt(u)) / mp.sqrt(u) - 1) / u, mp.mpf(1) / 6),
                  lambda u: u, 0, 0.25, 11),
    # log2(1+f) = f P(f) for 1+f in [√½, √2] and 2^r = 1 + r P(r), in double to give a float32 power
    "pow_log2": Fit(series(lambda f: mp.log1p(f) / ln2 / f, 1 / ln2),
                    series(lambda f: f / mp.log1p(f), 1), -0.2929, 0.41423, 12),
    "pow_exp2": Fit(series(lambda r: (mp.power(2, r) - 1) / r, ln2), lambda r: r / mp.power(2, r),
                    -0.5, 0.5, 5),
    # log(1+f) = 2s + s x (2/3 + x P(x)), s = f/(2+f), x = s²
    "pow_log64": Fit(series(lambda x: (atanh_rest(x) - 2 * third) / x, mp.mpf(2) / 5),
                     lambda x: x * x, 0, 0.04, 7),
    # tanh x = x P(x²)/Q(x²); beyond 9.02 float32 rounds to 1
    "gate32": Fit(series(lambda u: mp.tanh(mp.sqrt(u)) / mp.sqrt(u), 1),
                  series(lambda u: mp.sqrt(u) / mp.tanh(mp.sqrt(u)), 1), 0, 81.5, 4, 4, dtype=f32),
    # erf x = x + x P(x²) for small x, 1 - 2^P(x) above, to where it rounds to 1
    "erf_small32": Fit(series(lambda u: mp.erf(mp.sqrt(u)) / mp.sqrt(u) - 1, erf_slope - 1),
                       series(lambda u: mp.sqrt(u) / mp.erf(mp.sqrt(u)), 1), 0, 0.81, 5, dtype=f32),
    "erf_small64": Fit(series(lambda u: mp.erf(mp.sqrt(u)) / mp.sqrt(u) - 1, erf_slope - 1),
                       series(lambda u: mp.sqrt(u) / mp.erf(mp.sqrt(u)), 1), 0, 1, 12),
    "erf_large32": Fit(lambda a: mp.log(mp.erfc(a), 2), lambda a: mp.erfc(a) * ln2,
                       0.9, 3.95, 6, dtype=f32),
    "erf_large64": Fit(lambda a: mp.log(mp.erfc(a), 2), lambda a: mp.erfc(a) * ln2, 1, 5.95, 17),
    # 2^r = 1 + r P(r), where the result is only a part of a larger one
    "exp2_short32": Fit(series(lambda r: (mp.power(2, r) - 1) / r, ln2),
                        lambda r: r / mp.power(2, r), -0.5, 0.5, 4, dtype=f32),
    # e^(a²) erfc(a) (a+k) = P(t), t = (a-k)/(a+k); k = 3 and 4, from a = 0.79
    "erfc32": Fit(lambda t: scaled_erfc(3, t), lambda t: 1 / scaled_erfc(3, t),
                  (0.79 - 3) / 3.79, 7.1 / 13.1, 8, dtype=f32),
    "erfc64": Fit(lambda t: scaled_erfc(4, t), lambda t: 1 / scaled_erfc(4, t),
                  (0.79 - 4) / 4.79, 23.4 / 31.4, 20),
}


def main(wanted: list[str]) -> None:
    for name, spec in FITS.items():
        if wanted and not any(name.startswith(w) for w in wanted):
            continue
        p, q, exact, worst = fit(spec)
        print(f"{name}: error 2^{mp.nstr(mp.log(exact, 2), 4)}, rounded 2^{mp.nstr(mp.log(worst, 2), 4)}")
        print("  P: " + ", ".join(show(c, spec.dtype) for c in p))
        if spec.den:
            print("  Q: " + ", ".join(show(c, spec.dtype) for c in q))


if __name__ == "__main__":
    main(sys.argv[1:])
