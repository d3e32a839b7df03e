#pragma once
// The activations: a formula each, with its slope in closed form, and the choice among them at run time.

#include <cotangent/core/matmul.hpp>
#include <cotangent/kernel/elementary.hpp>
#include <cotangent/kernel/number.hpp>

namespace cot::formula {

/// x Phi(x), the exact GELU (Hendrycks and Gimpel 2016): x (1 + erf(x / sqrt 2)) / 2, without cancellation in the lower
/// tail.
struct gelu {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return normal_gate(x);
  }
  template <class Number>
  [[nodiscard]] COT_FN static Number slope(const Number& x) {
    return normal_gate_slope(x);
  }
};

/// x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3), written x sigmoid(2 u): the same number without the
/// cancellation of 1 + tanh.
struct gelu_tanh {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return x * sigmoid(twice_argument(x));
  }
  template <class Number>
  [[nodiscard]] COT_FN static Number slope(const Number& x) {
    const Number s = sigmoid(twice_argument(x));
    const Number inner = fma(x * x, Number(0.21406444881780082), Number(1.5957691216057308));
    return fma(x * inner, s * (Number(1) - s), s);
  }

 private:
  /// 2 u.
  template <class Number>
  [[nodiscard]] COT_FN static Number twice_argument(const Number& x) {
    return x * fma(x * x, Number(0.071354816272600275), Number(1.5957691216057308));
  }
};

/// x sigmoid(x), also called swish.
struct silu {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return x * sigmoid(x);
  }
  template <class Number>
  [[nodiscard]] COT_FN static Number slope(const Number& x) {
    const Number s = sigmoid(x);
    return s * fma(x, Number(1) - s, Number(1));
  }
};

/// max(0, x); the slope at 0 is 0, and NaN stays NaN.
struct relu {
  static constexpr bool transcendental = false;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return select(x <= Number(0), Number(0), x);
  }
  template <class Number>
  [[nodiscard]] COT_FN static Number slope(const Number& x) {
    return select(x > Number(0), Number(1), Number(0));
  }
};

struct hyperbolic_tangent {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return tanh(x);
  }
  template <class Number>
  [[nodiscard]] COT_FN static Number slope(const Number& x) {
    const Number t = tanh(x);
    return Number(1) - t * t;
  }
};

}  // namespace cot::formula

namespace cot {

/// act(x), for an activation chosen at run time.
template <class Number>
[[nodiscard]] COT_FN inline Number activate(activation act, const Number& x) {
  switch (act) {
    case activation::gelu: return formula::gelu{}(x);
    case activation::gelu_tanh: return formula::gelu_tanh{}(x);
    case activation::silu: return formula::silu{}(x);
    case activation::relu: return formula::relu{}(x);
    case activation::tanh: return formula::hyperbolic_tangent{}(x);
    case activation::none: break;
  }
  return x;
}

/// act'(x).
template <class Number>
[[nodiscard]] COT_FN inline Number activation_slope(activation act, const Number& x) {
  switch (act) {
    case activation::gelu: return formula::gelu::slope(x);
    case activation::gelu_tanh: return formula::gelu_tanh::slope(x);
    case activation::silu: return formula::silu::slope(x);
    case activation::relu: return formula::relu::slope(x);
    case activation::tanh: return formula::hyperbolic_tangent::slope(x);
    case activation::none: break;
  }
  return Number(1);
}

}  // namespace cot
