#pragma once
// `dual<Number, N>`: a value with N partial derivatives. A formula evaluated in duals gives its derivative with it.

#include <cotangent/kernel/number.hpp>

#include <type_traits>

namespace cot {

template <class Number, int N>
struct dual {
  Number value;
  Number partial[static_cast<unsigned>(N)];

  dual() = default;
  /// A constant.
  template <class S>
    requires std::is_arithmetic_v<S>
  COT_FN dual(S constant) : value(static_cast<scalar_of<Number>>(constant)) {  // NOLINT: a constant is a number
    for (int i = 0; i < N; ++i) partial[i] = Number(0);
  }
  /// The k-th variable.
  COT_FN static dual variable(const Number& x, int k) {
    dual d(0);
    d.value = x;
    d.partial[k] = Number(1);
    return d;
  }
  /// The value f(x) where df/dx is `slope`.
  COT_FN static dual chain(const Number& f, const Number& slope, const dual& x) {
    dual d;
    d.value = f;
    for (int i = 0; i < N; ++i) d.partial[i] = slope * x.partial[i];
    return d;
  }
  /// The value f(x, y) with its two slopes.
  COT_FN static dual chain(const Number& f, const Number& slope_x, const dual& x, const Number& slope_y,
                           const dual& y) {
    dual d;
    d.value = f;
    for (int i = 0; i < N; ++i) d.partial[i] = fma(slope_x, x.partial[i], slope_y * y.partial[i]);
    return d;
  }

  COT_FN friend dual operator+(const dual& a, const dual& b) {
    return chain(a.value + b.value, Number(1), a, Number(1), b);
  }
  COT_FN friend dual operator-(const dual& a, const dual& b) {
    return chain(a.value - b.value, Number(1), a, Number(-1), b);
  }
  COT_FN friend dual operator*(const dual& a, const dual& b) {
    return chain(a.value * b.value, b.value, a, a.value, b);
  }
  COT_FN friend dual operator/(const dual& a, const dual& b) {
    const Number inverse = Number(1) / b.value, q = a.value * inverse;
    return chain(q, inverse, a, -q * inverse, b);
  }
  COT_FN friend dual operator-(const dual& a) { return chain(-a.value, Number(-1), a); }
  COT_FN dual& operator+=(const dual& b) { return *this = *this + b; }
  COT_FN dual& operator-=(const dual& b) { return *this = *this - b; }
  COT_FN dual& operator*=(const dual& b) { return *this = *this * b; }
  COT_FN dual& operator/=(const dual& b) { return *this = *this / b; }

  COT_FN friend auto operator<(const dual& a, const dual& b) { return a.value < b.value; }
  COT_FN friend auto operator>(const dual& a, const dual& b) { return a.value > b.value; }
  COT_FN friend auto operator<=(const dual& a, const dual& b) { return a.value <= b.value; }
  COT_FN friend auto operator>=(const dual& a, const dual& b) { return a.value >= b.value; }
  COT_FN friend auto operator==(const dual& a, const dual& b) { return a.value == b.value; }
  COT_FN friend auto operator!=(const dual& a, const dual& b) { return a.value != b.value; }
};

template <class Number, int N>
struct number_traits<dual<Number, N>> : number_traits<Number> {};

template <class Mask, class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> select(const Mask& condition, const dual<Number, N>& a,
                                                   const dual<Number, N>& b) {
  dual<Number, N> d;
  d.value = select(condition, a.value, b.value);
  for (int i = 0; i < N; ++i) d.partial[i] = select(condition, a.partial[i], b.partial[i]);
  return d;
}
template <class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> max(const dual<Number, N>& a, const dual<Number, N>& b) {
  return select(a.value > b.value, a, b);
}
template <class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> min(const dual<Number, N>& a, const dual<Number, N>& b) {
  return select(a.value < b.value, a, b);
}
template <class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> abs(const dual<Number, N>& a) {
  const Number zero(0), one(1);
  const Number sign = select(a.value > zero, one, select(a.value < zero, -one, zero));  // abs'(0) = 0
  return dual<Number, N>::chain(abs(a.value), sign, a);
}
template <class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> fma(const dual<Number, N>& a, const dual<Number, N>& b,
                                                const dual<Number, N>& c) {
  dual<Number, N> d;
  d.value = fma(a.value, b.value, c.value);
  for (int i = 0; i < N; ++i) d.partial[i] = fma(a.partial[i], b.value, fma(a.value, b.partial[i], c.partial[i]));
  return d;
}
template <class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> sqrt(const dual<Number, N>& a) {
  const Number root = sqrt(a.value);
  return dual<Number, N>::chain(root, Number(0.5) / root, a);
}
template <class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> exp(const dual<Number, N>& a) {
  const Number e = exp(a.value);
  return dual<Number, N>::chain(e, e, a);
}
template <class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> log(const dual<Number, N>& a) {
  return dual<Number, N>::chain(log(a.value), Number(1) / a.value, a);
}
template <class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> tanh(const dual<Number, N>& a) {
  const Number t = tanh(a.value);
  return dual<Number, N>::chain(t, Number(1) - t * t, a);
}
template <class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> sigmoid(const dual<Number, N>& a) {
  const Number s = sigmoid(a.value);
  return dual<Number, N>::chain(s, s * (Number(1) - s), a);
}
template <class Number, int N>
[[nodiscard]] COT_FN inline dual<Number, N> erf(const dual<Number, N>& a) {
  return dual<Number, N>::chain(erf(a.value), Number(1.1283791670955126) * exp(-a.value * a.value), a);
}
template <class Number, int N>
[[nodiscard]] COT_FN inline normal_values<dual<Number, N>> normal(const dual<Number, N>& a) {
  const auto at = normal(a.value);
  return {dual<Number, N>::chain(at.distribution, at.density, a),
          dual<Number, N>::chain(at.density, -a.value * at.density, a)};
}

}  // namespace cot
