#pragma once
// exp, log, tanh, erf and the normal distribution for packs. Coefficients: scripts/elementary_coefficients.py. Largest
// relative errors, found by tests/kernel: exp 1e-7, log 2e-7, tanh 3e-7, erf 2e-7 (float); 4e-16 for exp in double.

#include <cotangent/kernel/pack.hpp>

#include <cstdint>
#include <utility>

namespace cot {

namespace detail {

/// c[0] + c[1] x + ... by Horner's rule.
template <class Number, class... C>
COT_FN inline Number polynomial(const Number& x, double first, C... rest) {
  if constexpr (sizeof...(C) == 0)
    return Number(first);
  else
    return fma(polynomial(x, rest...), x, Number(first));
}

/// The same in pairs, by Horner's rule in x^2: half as long a chain.
template <class Number, class... C>
COT_FN inline Number polynomial_in_pairs(const Number& x, const Number& square, double first, C... rest) {
  if constexpr (sizeof...(C) == 0)
    return Number(first);
  else
    return [&](double second, auto... others) COT_LAMBDA {
      const Number pair = fma(x, Number(second), Number(first));
      if constexpr (sizeof...(others) == 0)
        return pair;
      else
        return fma(polynomial_in_pairs(x, square, others...), square, pair);
    }(rest...);
}

/// Hides a value from a compiler that was told to reassociate (-ffast-math).
template <class T, int Lanes>
COT_FN inline pack<T, Lanes> exactly(const pack<T, Lanes>& a) {
#if defined(__x86_64__) && !defined(__clang__) && !defined(__CUDA_ARCH__)
  typename pack<T, Lanes>::vector x = a.lanes;
  if constexpr (sizeof x == 16)
    __asm__("" : "+x"(x));
  else
    __asm__("" : "+v"(x));
  return pack<T, Lanes>::of(x);
#else
  return a;
#endif
}

/// a - b, never reassociated.
template <class T, int Lanes>
COT_FN inline pack<T, Lanes> subtract_exactly(const pack<T, Lanes>& a, const pack<T, Lanes>& b) {
#if defined(__clang__)
#pragma clang fp reassociate(off)
#endif
  return pack<T, Lanes>::of(exactly(a).lanes - b.lanes);
}

/// a * b - c, never reassociated with what c was made of.
template <class T, int Lanes>
COT_FN inline pack<T, Lanes> multiply_subtract_exactly(const pack<T, Lanes>& a, const pack<T, Lanes>& b,
                                                       const pack<T, Lanes>& c) {
#if defined(__clang__)
#pragma clang fp reassociate(off)
#endif
  return pack<T, Lanes>::of(a.lanes * b.lanes - exactly(c).lanes);
}

template <class T, int Lanes, class F>
COT_FN inline pack<T, Lanes> each_lane(const pack<T, Lanes>& x, const F& f) {
  pack<T, Lanes> y;
  for (int i = 0; i < Lanes; ++i) y.lanes[i] = f(T(x.lanes[i]));
  return y;
}

}  // namespace detail

namespace detail {
/// exp(x) for floats in [-87.3, 89], doubles in [-708.3, 710], or NaN.
template <class T, int Lanes>
[[nodiscard]] COT_FN inline pack<T, Lanes> exp_inside(const pack<T, Lanes>& x) {
  using number = pack<T, Lanes>;
  constexpr bool single = sizeof(T) == 4;
  // Adding 1.5 2^(digits - 1) leaves round(.) in the lowest bits; the exponent's bias, less one, comes with it.
  const number rounder(single ? 0x1.8p23 + 126 : 0x1.8p52 + 1022);
  const number shifted = fma(x, number(1.4426950408889634), rounder);
  const number n = subtract_exactly(shifted, rounder);
  const number r = fma(n, number(single ? -1.42860682e-6 : -1.9082149292705877e-10),
                       fma(n, number(single ? -0.693145751953125 : -0.69314718036912382), x));
  const number square = r * r;
  number g;
  if constexpr (single)
    g = polynomial_in_pairs(r, square, 0.5, 0.1666657703, 0.04166655466, 0.008363173075, 0.001392617612);
  else
    g = polynomial_in_pairs(r, square, 0.50000000000000010211, 0.16666666666666667452, 0.041666666666624161903,
                            0.0083333333333300644495, 0.0013888888917196719077, 0.00019841269863040545271,
                            0.000024801521322368693266, 2.7557268480310025526e-6, 2.7620075879983366586e-7,
                            2.5100375832561233664e-8);
  // 2^(n - 1), so that the largest results do not overflow on the way; 0 at the least n.
  const number scale = number::from_bits(shifted.bits().lanes << (single ? 23 : 52));
  const number h = fma(g, square, r);
  number half;
  if constexpr (sizeof(number) > 16)
    half = exactly(fma(h, scale, scale));
  else  // not fused: h * scale would be denormal at the lowest n but one
    half = exactly((h + number(1)) * scale);
  return half + half;
}
}  // namespace detail

/// exp(x) = 2^n exp(r) with n = round(x / ln 2). Results below 2^-125.5 (2^-1021.5) are flushed to zero; those up to
/// 2^-125 (2^-1021) have a digit less.
template <class T, int Lanes>
[[nodiscard]] COT_FN inline pack<T, Lanes> exp(const pack<T, Lanes>& x) {
  using number = pack<T, Lanes>;
  constexpr bool single = sizeof(T) == 4;
  return detail::exp_inside(min(number(single ? 89.0 : 710.0), max(number(single ? -87.3 : -708.3), x)));
}

/// Natural logarithm. 0 gives -inf, negative numbers NaN; denormal floats count as 0.
template <int Lanes>
[[nodiscard]] COT_FN inline pack<float, Lanes> log(const pack<float, Lanes>& x) {
  using number = pack<float, Lanes>;
  using integer = typename number::integer;
  // x = 2^e (1 + f) with 1 + f between sqrt(1/2) and sqrt(2): 0x3f3504f3 is sqrt(1/2).
  const integer bits = x.bits().lanes;
  const integer e = (bits - 0x3f3504f3) >> 23;
  const number f = number::from_bits(bits - (e << 23)) - number(1);
  const number exponent = number::of(__builtin_convertvector(e, typename number::vector));
  const number g = detail::polynomial(f, 0.3333333118, -0.2499999696, 0.2000071575, -0.1666780232, 0.1424905765,
                                      -0.1242568733, 0.1168541992, -0.1147973385, 0.06971611471);
  const number square = f * f;
  number y = fma(exponent, number(1.42860682e-6), fma(g, square * f, fma(number(-0.5), square, f)));
  y = fma(exponent, number(0.693145751953125), y);
  y = select(x < number(0x1p-126f), number(-__builtin_huge_val()), y);
  y = select(x < number(0), number(__builtin_nan("")), y);
  y = select(x == number(__builtin_huge_val()), x, y);
  return select(x != x, x, y);
}
template <int Lanes>
[[nodiscard]] COT_FN inline pack<double, Lanes> log(const pack<double, Lanes>& x) {
  return detail::each_lane(x, [](double lane) { return std::log(lane); });
}

/// tanh(x) = 1 - 2 / (exp(2 x) + 1), and an odd polynomial where that cancels.
template <int Lanes>
[[nodiscard]] COT_FN inline pack<float, Lanes> tanh(const pack<float, Lanes>& x) {
  using number = pack<float, Lanes>;
  const number s = x * x;
  const number near =
      fma(detail::polynomial(s, -0.3333332894, 0.1333276974, -0.05385090958, 0.020997179, -0.006096714166), s * x, x);
  const number far = number(1) - number(2) / (exp(x + x) + number(1));
  return select(abs(x) < number(0.625), near, far);
}
template <int Lanes>
[[nodiscard]] COT_FN inline pack<double, Lanes> tanh(const pack<double, Lanes>& x) {
  return detail::each_lane(x, [](double lane) { return std::tanh(lane); });
}

namespace detail {
/// take(z, power, scale, above, below) with z = |x| and Phi(-z) = scale power above / below. exp(-z^2 / 2) is 2^n 2^f
/// with n + f = -z^2 / (2 ln 2): scale is 2^n, and the rest of it is in power. Both polynomials are monic, which saves
/// a multiplication each; their constant factor is in power too. The rounding of z^2 grows to some 7e-6 of the result
/// at z = 12. The tail ends at z = 13.24, where the scale is 0. (Not a struct: g++ 12 takes wide ones through memory.)
template <int Lanes, class Take>
[[nodiscard]] COT_FN inline auto tail_of_normal(const pack<float, Lanes>& x, const Take& take) {
  using number = pack<float, Lanes>;
  const number z = min(number(13.25), abs(x)), square = z * z;
  const number rounder(0x1.8p23 + 127), rate(-0.72134752044448170);  // the exponent's bias is in the lowest bits
  const number shifted = fma(square, rate, rounder);
  const number f = multiply_subtract_exactly(square, rate, subtract_exactly(shifted, rounder));
  const number scale = number::from_bits(shifted.bits().lanes << 23);
  const number power =
      polynomial(f, -16092.24881, -11154.29266, -3865.698999, -893.2345004, -155.7012062, -21.36491192);
  const number above = fma(z + number(7.700613203), square, fma(z, number(24.71999331), number(37.21806262)));
  const number highest = fma(z + number(-40381.53787), square, fma(z, number(-309791.6225), number(-1046322.447)));
  const number below = fma(highest, square, fma(z, number(-1751338.377), number(-1197844.623)));
  return take(z, power, scale, above, below);
}
/// phi(z) = scale power times this.
inline constexpr double density_factor = -2.47909607712e-5;
}  // namespace detail

template <int Lanes>
[[nodiscard]] COT_FN inline normal_values<pack<float, Lanes>> normal(const pack<float, Lanes>& x) {
  using number = pack<float, Lanes>;
  return detail::tail_of_normal(x, [&](const number&, const number& power, const number& scale, const number& above,
                                       const number& below) COT_LAMBDA {
    const number tail = above / below * power * scale;
    return normal_values<number>{select(x < number(0), tail, number(1) - tail),
                                 power * scale * number(detail::density_factor)};
  });
}
/// max(0, x) - z Phi(-z): the same on both sides of 0.
template <int Lanes>
[[nodiscard]] COT_FN inline pack<float, Lanes> normal_gate(const pack<float, Lanes>& x) {
  using number = pack<float, Lanes>;
  return detail::tail_of_normal(
      x, [&](const number& z, const number& power, const number& scale, const number& above, const number& below)
             COT_LAMBDA { return fma(-(z * power * (above / below)), scale, max(number(0), x)); });
}
template <int Lanes>
[[nodiscard]] COT_FN inline pack<float, Lanes> normal_gate_slope(const pack<float, Lanes>& x) {
  using number = pack<float, Lanes>;
  return detail::tail_of_normal(x, [&](const number& z, const number& power, const number& scale, const number& above,
                                       const number& below) COT_LAMBDA {
    const number tail = (above / below - z * number(detail::density_factor)) * power * scale;
    return select(x < number(0), tail, number(1) - tail);
  });
}
template <int Lanes>
[[nodiscard]] COT_FN inline normal_values<pack<double, Lanes>> normal(const pack<double, Lanes>& x) {
  using number = pack<double, Lanes>;
  return {detail::each_lane(x, [](double lane) { return 0.5 * std::erfc(lane * -0.70710678118654752); }),
          exp(number(-0.5) * x * x) * number(0.39894228040143268)};
}

/// The error function: x g(x^2) for |x| < 1, else by Phi.
template <int Lanes>
[[nodiscard]] COT_FN inline pack<float, Lanes> erf(const pack<float, Lanes>& x) {
  using number = pack<float, Lanes>;
  const number near = x * detail::polynomial(x * x, 1.128379166, -0.3761262667, 0.1128359472, -0.02685421201,
                                             0.005189087423, -0.0008016864287, 7.875875063e-5);
  const number far = fma(number(2), normal(x * number(1.4142135623730951)).distribution, number(-1));
  return select(abs(x) < number(1), near, far);
}
template <int Lanes>
[[nodiscard]] COT_FN inline pack<double, Lanes> erf(const pack<double, Lanes>& x) {
  return detail::each_lane(x, [](double lane) { return std::erf(lane); });
}

}  // namespace cot
