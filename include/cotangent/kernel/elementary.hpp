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

template <class T, int Lanes, class F>
COT_FN inline pack<T, Lanes> each_lane(const pack<T, Lanes>& x, const F& f) {
  pack<T, Lanes> y;
  for (int i = 0; i < Lanes; ++i) y.lanes[i] = f(T(x.lanes[i]));
  return y;
}

}  // namespace detail

/// exp(x) = 2^n exp(r) with n = round(x / ln 2). Results below 2^-125 (2^-1021) are flushed to zero.
template <class T, int Lanes>
[[nodiscard]] COT_FN inline pack<T, Lanes> exp(const pack<T, Lanes>& argument) {
  using number = pack<T, Lanes>;
  using integer = typename number::integer;
  constexpr bool single = sizeof(T) == 4;
  // Adding 1.5 2^(digits - 1) leaves round(.) in the lowest bits.
  const number rounder(single ? 0x1.8p23 : 0x1.8p52), lowest(single ? -86.64 : -707.70);
  const number x = min(number(single ? 88.7228391 : 709.782712893384), max(lowest, argument));
  const number shifted = fma(x, number(1.4426950408889634), rounder);
  const number n = detail::subtract_exactly(shifted, rounder);
  const number r = fma(n, number(single ? -1.42860682e-6 : -1.9082149292705877e-10),
                       fma(n, number(single ? -0.693145751953125 : -0.69314718036912382), x));
  number g;
  if constexpr (single)
    g = detail::polynomial(r, 0.5, 0.1666657703, 0.04166655466, 0.008363173075, 0.001392617612);
  else
    g = detail::polynomial(r, 0.50000000000000010211, 0.16666666666666667452, 0.041666666666624161903,
                           0.0083333333333300644495, 0.0013888888917196719077, 0.00019841269863040545271,
                           0.000024801521322368693266, 2.7557268480310025526e-6, 2.7620075879983366586e-7,
                           2.5100375832561233664e-8);
  const number mantissa = fma(g, r * r, r) + number(1);
  // 2^(n - 1), so that the largest results do not overflow on the way; the bits of `shifted` end in n.
  const integer exponent = shifted.bits().lanes + (single ? 126 : 1022);
  const number scale = number::from_bits(exponent << (single ? 23 : 52));
  number y = detail::exactly(mantissa * scale) * number(2);
  y = select(argument < lowest, number(0), y);
  return select(argument > number(single ? 88.7228391 : 709.782712893384), number(__builtin_huge_val()), y);
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

/// Phi and phi with one exponential: for z = |x|, Phi(-z) = exp(-z^2 / 2) w g(w) with w = 1 / (1 + 0.24 z).
template <int Lanes>
[[nodiscard]] COT_FN inline normal_values<pack<float, Lanes>> normal(const pack<float, Lanes>& x) {
  using number = pack<float, Lanes>;
  const number z = abs(x);
  const number bell = exp(number(-0.5) * x * x);
  const number w = number(1) / fma(z, number(0.24), number(1));
  const number g = detail::polynomial(w, 0.09574213, 0.09585615033, 0.08894430356, 0.08771019964, 0.02832766273,
                                      0.1410780213, -0.1437522768, 0.2050353785, -0.1244238667, 0.02548229877);
  const number tail = bell * w * g;
  return {select(x < number(0), tail, number(1) - tail), bell * number(0.39894228040143268)};
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
