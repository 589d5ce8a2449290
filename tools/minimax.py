"""Minimax coefficients for csrc/isa/math: Remez exchange in 100-digit arithmetic.

    python tools/minimax.py              every fit, with the largest weighted error reached
    python tools/minimax.py exp32 erf    the fits whose names start with these

Needs mpmath. A fit approximates f on [a, b] by a polynomial P, or a quotient P/Q with Q(0) = 1, so
that max |w (f - P/Q)| is smallest. Coefficients are rounded to the lane type at the end; the error
with them so is printed too. Lowest power first, as C hexadecimal literals.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp

mp.mp.dps = 100


@dataclass
class Fit:
    """One approximation: `f` on [`a`, `b`], weighted by `w`; `den` > 0 asks for a quotient.

    A name ending in 32 has its coefficients rounded to float, any other to double.
    """

    name: str
    f: Callable
    w: Callable
    a: float
    b: float
    degree: int
    den: int = 0

    @property
    def single(self) -> bool:
        return self.name.endswith("32")


def cheb(a, b, n: int) -> list:
    """The n roots of a Chebyshev polynomial on [a, b], ascending; n even: 0 is never one."""
    return [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * n)) for k in range(n)]


def horner(c, x):
    out = mp.mpf(0)
    for v in reversed(c):
        out = out * x + v
    return out


def solve(nodes, fv, wv, degree, den, q_before):
    """Coefficients whose weighted error is ±E, alternating, on the given nodes (E is solved for).

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
    return list(s[:k]), [mp.mpf(1), *s[k : k + den]]


def remez(f, w, a, b, degree, den=0, rounds=60):
    """(numerator coefficients, denominator coefficients, largest weighted error)."""
    a, b = mp.mpf(a), mp.mpf(b)
    n = degree + den + 2
    grid = cheb(a, b, 40 * n)
    fg, wg = [f(x) for x in grid], [abs(w(x)) for x in grid]
    at = [round(k * (len(grid) - 1) / (n - 1)) for k in range(n)]
    q = [mp.mpf(1), *[mp.mpf(0)] * den]
    worst = mp.inf
    for _ in range(rounds):
        nodes = [grid[i] for i in at]
        for _ in range(1 if den == 0 else 8):
            p, q = solve(nodes, [fg[i] for i in at], [wg[i] for i in at], degree, den, q)
        err = [wg[i] * (fg[i] - horner(p, x) / horner(q, x)) for i, x in enumerate(grid)]
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
        if len(runs) < n or runs == at:
            break
        at = runs
    return p, q, worst


def rounded(c, single: bool):
    """c to the nearest value of the lane type, exactly."""
    mantissa, exponent = mp.frexp(c)
    digits = 24 if single else 53
    return mp.ldexp(mp.nint(mp.ldexp(mantissa, digits)), int(exponent) - digits)


def run(spec: Fit):
    """Rounded numerator and denominator, largest weighted error before and after rounding."""
    p, q, exact = remez(spec.f, spec.w, spec.a, spec.b, spec.degree, spec.den)
    p, q = ([rounded(c, spec.single) for c in part] for part in (p, q))
    worst = max(
        abs(spec.w(x) * (spec.f(x) - horner(p, x) / horner(q, x)))
        for x in cheb(mp.mpf(spec.a), mp.mpf(spec.b), 1000)
    )
    return p, q, exact, worst


def show(c, single: bool) -> str:
    return float(c).hex().replace("0000000p", "p") + ("f" if single else "")


def exp_rest(r):  # e^r = 1 + r + r² P(r)
    return (mp.expm1(r) - r) / r**2


def exp2_rest(r):  # 2^r = 1 + r P(r)
    return (mp.power(2, r) - 1) / r


def log_rest(f):  # log(1+f) = f - f²/2 + f³ P(f)
    return (mp.log1p(f) - f + f * f / 2) / f**3


def atanh_rest(x):  # log(1+f) = 2s + s x P(x), s = f/(2+f), x = s²
    s = mp.sqrt(x)
    return 2 * (mp.atanh(s) / s - 1) / x


def odd(g):  # g(x)/x in u = x²
    return lambda u: g(mp.sqrt(u)) / mp.sqrt(u)


def odd_rest(g):  # g(x) = x + x³ P(x²)
    return lambda u: (g(mp.sqrt(u)) / mp.sqrt(u) - 1) / u


def odd_weight(g):  # makes the error of g(x) = x P(x²) relative
    return lambda u: mp.sqrt(u) / g(mp.sqrt(u))


def cos_rest(u):  # cos r = 1 - r²/2 + r⁴ P(r²)
    return (mp.cos(mp.sqrt(u)) - 1 + u / 2) / u**2


def cos_turn(u):
    return mp.cos(2 * mp.pi * mp.sqrt(u))


def sin_turn(t):
    return mp.sin(2 * mp.pi * t)


def erf_rest(u):  # erf x = x + x P(x²)
    return odd(mp.erf)(u) - 1


def log2_erfc(a):  # erf x = 1 - 2^P(x)
    return mp.log(mp.erfc(a), 2)


def scaled_erfc(k):  # e^(a²) erfc(a) (a+k) in t = (a-k)/(a+k)
    def f(t):
        a = k * (1 + t) / (1 - t)
        return mp.erfc(a) * mp.exp(a * a) * (a + k)

    return f


def one(x):
    return mp.mpf(1)


erfc3, erfc4 = scaled_erfc(3), scaled_erfc(4)
FITS = [
    Fit("exp32", exp_rest, lambda r: r**2 / mp.exp(r), -0.3467, 0.3467, 4),
    Fit("exp64", exp_rest, lambda r: r**2 / mp.exp(r), -0.34658, 0.34658, 9),
    Fit("exp_quarter32", exp_rest, lambda r: r**2 / mp.exp(r), -0.0868, 0.0868, 2),
    Fit("exp_eighth32", exp_rest, lambda r: r**2 / mp.exp(r), -0.0434, 0.0434, 1),
    Fit("exp2_eighth32", exp2_rest, lambda r: r / mp.power(2, r), -0.0626, 0.0626, 2),
    Fit("expm1_32", exp_rest, lambda r: r**2 / mp.expm1(r), -0.3467, 0.3467, 4),
    Fit("expm1_64", exp_rest, lambda r: r**2 / mp.expm1(r), -0.34658, 0.34658, 10),
    Fit("exp2_32", exp2_rest, lambda r: r / mp.power(2, r), -0.5, 0.5, 5),
    Fit("exp2_64", exp2_rest, lambda r: r / mp.power(2, r), -0.5, 0.5, 11),
    Fit("exp2_short32", exp2_rest, lambda r: r / mp.power(2, r), -0.5, 0.5, 4),
    Fit("log32", log_rest, lambda f: f**3 / mp.log1p(f), -0.25, 0.5, 7),
    Fit("log64", atanh_rest, lambda x: x, 0, 0.04, 7),
    Fit("sin32", odd_rest(mp.sin), lambda u: u, 0, 0.6169, 2),
    Fit("sin64", odd_rest(mp.sin), lambda u: u, 0, 0.6169, 5),
    Fit("cos32", cos_rest, lambda u: u**2, 0, 0.6169, 2),
    Fit("cos64", cos_rest, lambda u: u**2, 0, 0.6169, 5),
    # sin(2πt) = t P(t²), cos(2πt) = P(t²) for |t| ≤ 1/8 of a turn
    Fit("sinturn32", odd(sin_turn), one, 0, 0.015626, 3),
    Fit("sinturn64", odd(sin_turn), one, 0, 0.015626, 6),
    Fit("costurn32", cos_turn, one, 0, 0.015626, 4),
    Fit("costurn64", cos_turn, one, 0, 0.015626, 7),
    Fit("atan32", odd_rest(mp.atan), lambda u: u, 0, 1, 7),
    Fit("atan64", odd_rest(mp.atan), lambda u: u, 0, 1, 18),
    Fit("asin32", odd_rest(mp.asin), lambda u: u, 0, 0.25, 4),
    Fit("asin64", odd_rest(mp.asin), lambda u: u, 0, 0.25, 11),
    # in double for a float32 power: log2(1+f) = f P(f), 1+f in [√½, √2]; 2^r = 1 + r P(r)
    Fit(
        "pow_log2",
        lambda f: mp.log1p(f) / mp.log(2) / f,
        lambda f: f / mp.log1p(f),
        -0.2929,
        0.41423,
        12,
    ),
    Fit("pow_exp2", exp2_rest, lambda r: r / mp.power(2, r), -0.5, 0.5, 5),
    # log(1+f) = 2s + s x (2/3 + x P(x))
    Fit("pow_log64", lambda x: (atanh_rest(x) - mp.mpf(2) / 3) / x, lambda x: x * x, 0, 0.04, 7),
    # tanh x = x P(x²)/Q(x²); beyond 9.02 float32 rounds to 1
    Fit("gate32", odd(mp.tanh), odd_weight(mp.tanh), 0, 81.5, 4, 4),
    # erf: one form near 0, another from there to where it rounds to 1
    Fit("erf_small32", erf_rest, odd_weight(mp.erf), 0, 0.81, 5),
    Fit("erf_small64", erf_rest, odd_weight(mp.erf), 0, 1, 12),
    Fit("erf_large32", log2_erfc, lambda a: mp.erfc(a) * mp.log(2), 0.9, 3.95, 6),
    Fit("erf_large64", log2_erfc, lambda a: mp.erfc(a) * mp.log(2), 1, 5.95, 17),
    # from a = 0.79 to 10.1 (27.4)
    Fit("erfc32", erfc3, lambda t: 1 / erfc3(t), (0.79 - 3) / 3.79, 7.1 / 13.1, 8),
    Fit("erfc64", erfc4, lambda t: 1 / erfc4(t), (0.79 - 4) / 4.79, 23.4 / 31.4, 20),
]


def main(wanted: list[str]) -> None:
    for spec in FITS:
        if wanted and not any(spec.name.startswith(w) for w in wanted):
            continue
        p, q, exact, worst = run(spec)
        before, after = (mp.nstr(mp.log(e, 2), 4) for e in (exact, worst))
        print(f"{spec.name}: error 2^{before}, rounded 2^{after}")
        for letter, part in ("P", p), ("Q", q):
            if letter == "P" or spec.den:
                print(f"  {letter}: " + ", ".join(show(c, spec.single) for c in part))


if __name__ == "__main__":
    main(sys.argv[1:])
