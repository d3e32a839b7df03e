"""Polynomial coefficients of kernel/elementary.hpp, derived from the functions themselves.

Most are the interpolation in Chebyshev nodes of a smooth function in 60 digits, within a small factor of the best polynomial of
its degree; those of the normal distribution are the best of their degrees (Remez). Prints the coefficients, constant term first,
and the largest relative error of the exact polynomial.

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


def best_rational(g, weight, top, bottom, grid):
    """P and Q of these degrees, Q(0) = 1, with the least largest |P / (Q g) - 1| / weight over the ascending grid, and that
    error: on top + bottom + 2 points P / g = (1 +- weight e) Q, which e solves as an eigenvalue; then the points move to
    where the error is largest between its changes of sign (Remez 1934)."""
    number = top + bottom + 2
    chosen = [round(i * (len(grid) - 1) / (number - 1)) for i in range(number)]
    for _ in range(30):
        plain, signed = mp.matrix(number, number), mp.matrix(number, number)
        for i, z in enumerate(grid[k] for k in chosen):
            for j in range(top + 1):
                plain[i, j] = z**j / g(z)
            for j in range(bottom + 1):
                plain[i, top + 1 + j] = -(z**j)
                signed[i, top + 1 + j] = (-1) ** i * weight(z) * z**j
        values, vectors = mp.eig(mp.inverse(plain) * signed)
        found = []
        for k, value in enumerate(values):
            if abs(value) < mpf("1e-25") or abs(mp.im(value)) > mpf("1e-12") * abs(value):
                continue
            c = [mp.re(vectors[j, k] / vectors[top + 1, k]) for j in range(number)]
            p, q = c[: top + 1], c[top + 1 :]
            if all(evaluate(q, z) > 0 for z in grid):
                found.append((abs(1 / value), p, q))
        e, p, q = min(found, key=lambda f: f[0])
        errors = [(evaluate(p, z) / (evaluate(q, z) * g(z)) - 1) / weight(z) for z in grid]
        most = max(map(abs, errors))
        if most < e * mpf("1.002"):
            break
        runs = [[0]]
        for k in range(1, len(errors)):
            if (errors[k] > 0) == (errors[k - 1] > 0):
                runs[-1].append(k)
            else:
                runs.append([k])
        chosen = [max(run, key=lambda k: abs(errors[k])) for run in runs]
        while len(chosen) > number:
            chosen.pop(0 if abs(errors[chosen[0]]) < abs(errors[chosen[-1]]) else -1)
    return most, p, q


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

    far, number = mpf("13.25"), 800  # a grid of Chebyshev nodes in 1 / (1 + 0.4 z)
    low = 1 / (1 + far * 2 / 5)
    grid = [(1 / ((low + 1) / 2 + (1 - low) / 2 * mp.cos(mp.pi * i / number)) - 1) * 5 / 2 for i in range(number + 1)]
    # The rounding of z^2 grows with z, and so may this error.
    error, p, q = best_rational(mills, lambda z: 1 + z / 2, 3, 5, grid)
    factor = p[-1] / q[-1]
    report("normal cdf, float, numerator; of 1 + z / 2", [c / p[-1] for c in p], error, 10)
    report("its denominator", [c / q[-1] for c in q], error, 10)

    grid = [-mp.cos(mp.pi * i / 400) / 2 for i in range(401)]
    error, p, _ = best_rational(lambda f: mpf(2) ** f, lambda f: mpf(1), 5, 0, grid)
    report("its power, 2^f times the factor", [c * factor for c in p], error, 10)
    report("what its density is of that", [1 / (factor * mp.sqrt(2 * mp.pi))], mpf(0), 12)


if __name__ == "__main__":
    main()
