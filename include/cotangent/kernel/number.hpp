#pragma once
// What a kernel may ask of a number. A kernel is generic in it: float or double on a GPU and in the reference, a SIMD
// pack on the CPU, a dual number where a derivative is wanted. Branches are written `select(condition, a, b)`.

#include <cotangent/core/annotation.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/shape.hpp>

#include <cmath>

namespace cot {

/// `scalar`: float or double. `lanes`: how many of them the number holds.
template <class Number>
struct number_traits {
  using scalar = Number;
  static constexpr int lanes = 1;
};
template <class Number>
using scalar_of = typename number_traits<Number>::scalar;
template <class Number>
inline constexpr int lanes_of = number_traits<Number>::lanes;

/// K numbers side by side: what a kernel that computes several results for an element returns.
template <class Number, int K>
struct bundle {
  Number value[static_cast<unsigned>(K)];
  [[nodiscard]] COT_FN Number& operator[](int k) { return value[k]; }
  [[nodiscard]] COT_FN const Number& operator[](int k) const { return value[k]; }
};

// Functions of one float or double. max, min: the second argument when one is NaN. fma: fused where the compiler fuses.
COT_FN inline float exp(float x) { return std::exp(x); }
COT_FN inline double exp(double x) { return std::exp(x); }
COT_FN inline float log(float x) { return std::log(x); }
COT_FN inline double log(double x) { return std::log(x); }
COT_FN inline float tanh(float x) { return std::tanh(x); }
COT_FN inline double tanh(double x) { return std::tanh(x); }
COT_FN inline float erf(float x) { return std::erf(x); }
COT_FN inline double erf(double x) { return std::erf(x); }
COT_FN inline float sqrt(float x) { return std::sqrt(x); }
COT_FN inline double sqrt(double x) { return std::sqrt(x); }
COT_FN inline float abs(float x) { return x < 0.0f ? -x : x; }
COT_FN inline double abs(double x) { return x < 0.0 ? -x : x; }
COT_FN inline float max(float a, float b) { return a > b ? a : b; }
COT_FN inline double max(double a, double b) { return a > b ? a : b; }
COT_FN inline float min(float a, float b) { return a < b ? a : b; }
COT_FN inline double min(double a, double b) { return a < b ? a : b; }
COT_FN inline float fma(float a, float b, float c) { return a * b + c; }
COT_FN inline double fma(double a, double b, double c) { return a * b + c; }
COT_FN inline float select(bool condition, float a, float b) { return condition ? a : b; }
COT_FN inline double select(bool condition, double a, double b) { return condition ? a : b; }

/// 1 / (1 + exp(-x)).
template <class Number>
[[nodiscard]] COT_FN inline Number sigmoid(const Number& x) {
  return Number(1) / (Number(1) + exp(-x));
}

/// Phi(x), the standard normal distribution function, and phi(x), its density: what the exact GELU and its derivative
/// need. Accurate relative to Phi in the lower tail too.
template <class Number>
struct normal_values {
  Number distribution;
  Number density;
};
template <class T>
  requires(lanes_of<T> == 1)
[[nodiscard]] COT_FN inline normal_values<T> normal(const T& x) {
  return {T(0.5) * std::erfc(x * T(-0.70710678118654752)), T(0.39894228040143268) * std::exp(T(-0.5) * x * x)};
}

/// x Phi(x), the exact GELU, and its derivative Phi(x) + x phi(x).
template <class Number>
[[nodiscard]] COT_FN inline Number normal_gate(const Number& x) {
  return x * normal(x).distribution;
}
template <class Number>
[[nodiscard]] COT_FN inline Number normal_gate_slope(const Number& x) {
  const auto phi = normal(x);
  return fma(x, phi.density, phi.distribution);
}

// Between memory and numbers. E is float, double or bfloat16; a partial access touches `count` elements, and reads
// zeros beyond.
template <class Number, class E>
  requires(lanes_of<Number> == 1)
[[nodiscard]] COT_FN inline Number load(const E* from) {
  return static_cast<Number>(*from);
}
template <class Number>
  requires(lanes_of<Number> == 1)
[[nodiscard]] COT_FN inline Number load(const bfloat16* from) {
  return static_cast<Number>(static_cast<float>(*from));
}
template <class E, class Number>
  requires(lanes_of<Number> == 1)
COT_FN inline void save(E* to, const Number& x) {
  *to = static_cast<E>(x);
}

// Folds: an operation with its neutral element.
struct plus {
  template <class Number>
  COT_FN Number operator()(const Number& a, const Number& b) const {
    return a + b;
  }
  template <class Number>
  COT_FN static Number identity() {
    return Number(0);
  }
};
struct maximum {
  template <class Number>
  COT_FN Number operator()(const Number& a, const Number& b) const {
    return max(a, b);
  }
  template <class Number>
  COT_FN static Number identity() {
    return Number(-__builtin_huge_val());
  }
};
struct minimum {
  template <class Number>
  COT_FN Number operator()(const Number& a, const Number& b) const {
    return min(a, b);
  }
  template <class Number>
  COT_FN static Number identity() {
    return Number(__builtin_huge_val());
  }
};

}  // namespace cot
