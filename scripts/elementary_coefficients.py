"""Polynomial coefficients of kernel/elementary.hpp, derived from the functions themselves.

Each is the interpolation in Chebyshev nodes of a smooth function in 60 digits, within a small factor of the best polynomial of
its degree. Prints the coefficients, constant term first, and the largest relative error of the exact polynomial.

  python scripts/elementary_coefficients.py        (needs mpmath)
"""

from mpmath import mp, mpf

mp.dps = 60


def interpolate(g, a, b, degree):
    """Coefficients (constant first) of the polynomial through g at the Chebyshev nodes of [a, b]."""
    n = degree + 1
    nodes = [(a + b) / 2 + (b - a) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * n)) for k in range(n)]
    powers = mp.matrix(n, n)
    values = mp.matrix(n, 1)
    for i, x in enumerate(nodes):
        values[i] = g(x)
        for j in range(n):
            powers[i, j] = x**j
    return list(mp.lu_solve(powers, values))


def evaluate(c, x):
    y = mpf(0)
    for q in reversed(c):
        y = y * x + q
    return y


def report(name, c, error, digits):
    print(f"{name}: relative error {mp.nstr(error, 3)}")
    for q in c:
        print("   ", mp.nstr(q, digits))


def points(a, b, n=2000):
    return [a + (b - a) * (mpf(i) + mpf("0.37")) / n for i in range(n)]


def main():
    half = mp.log(2) / 2

    def exp_tail(r):  # exp(r) = 1 + r + r^2 g(r)
        return (mp.exp(r) - 1 - r) / r**2 if abs(r) > mpf("1e-20") else mpf("0.5")

    for name, degree, digits in (("exp, float", 4, 10), ("exp, double", 9, 20)):
        c = interpolate(exp_tail, -half, half, degree)
        error = max(abs((1 + r + r * r * evaluate(c, r)) / mp.exp(r) - 1) for r in points(-half, half))
        report(name, c, error, digits)

    def power_tail(f):  # 2^f = 1 + f g(f)
        return (mpf(2) ** f - 1) / f if abs(f) > mpf("1e-20") else mp.log(2)

    c = interpolate(power_tail, -mpf("0.5"), mpf("0.5"), 5)
    error = max(abs((1 + f * evaluate(c, f)) / mpf(2) ** f - 1) for f in points(-mpf("0.5"), mpf("0.5")))
    report("2^f, float", c, error, 10)

    def log_tail(f):  # log(1 + f) = f - f^2 / 2 + f^3 g(f)
        return (mp.log1p(f) - f + f * f / 2) / f**3

    low, high = mp.sqrt(2) / 2 - 1, mp.sqrt(2) - 1
    c = interpolate(log_tail, low, high, 8)
    error = max(abs((f - f * f / 2 + f**3 * evaluate(c, f)) / mp.log1p(f) - 1) for f in points(low, high))
    report("log, float", c, error, 10)

    def tanh_tail(s):  # tanh(x) = x + x^3 g(x^2)
        x = mp.sqrt(s)
        return (mp.tanh(x) - x) / x**3

    top = mpf("0.625")
    c = interpolate(tanh_tail, mpf("1e-12"), top**2, 4)
    error = max(abs((x + x**3 * evaluate(c, x * x)) / mp.tanh(x) - 1) for x in points(mpf("1e-6"), top))
    report("tanh, float, up to 0.625", c, error, 10)

    def erf_ratio(s):  # erf(x) = x g(x^2)
        x = mp.sqrt(s)
        return mp.erf(x) / x

    top = mpf(1)
    c = interpolate(erf_ratio, mpf("1e-12"), top**2, 6)
    error = max(abs(x * evaluate(c, x * x) / mp.erf(x) - 1) for x in points(mpf("1e-6"), top))
    report("erf, float, up to 1", c, error, 10)

    def mills(z):  # Phi(-z) exp(z^2 / 2)
        return mp.erfc(z / mp.sqrt(2)) / 2 * mp.exp(z * z / 2)

    far, top, bottom = mpf("13.2"), 4, 5
    best = None
    for hundredths in range(10, 80, 2):  # nodes are those of Chebyshev in 1 / (1 + scale z)
        scale = mpf(hundredths) / 100
        low = 1 / (1 + scale * far)
        number = top + bottom + 1
        nodes = [(1 / ((low + 1) / 2 + (1 - low) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * number))) - 1) / scale
                 for k in range(number)]
        system = mp.matrix(number, number)  # P(z) - mills(z) (Q(z) - 1) = mills(z)
        for i, z in enumerate(nodes):
            for j in range(top + 1):
                system[i, j] = z**j
            for j in range(bottom):
                system[i, top + 1 + j] = -mills(z) * z ** (j + 1)
        c = list(mp.lu_solve(system, mp.matrix([mills(z) for z in nodes])))
        p, q = c[: top + 1], [mpf(1)] + c[top + 1 :]
        error = max(abs(evaluate(p, z) / evaluate(q, z) / mills(z) - 1) for z in points(mpf(0), far, 400))
        if best is None or error < best[0]:
            best = (error, p, q)
    report(f"normal cdf, float, up to {mp.nstr(far, 4)}, numerator", best[1], best[0], 10)
    report("its denominator", best[2], best[0], 10)


if __name__ == "__main__":
    main()
