#pragma once
// The activations of core/matmul.hpp and their slopes, for a choice at run time.

#include <cotangent/core/matmul.hpp>
#include <cotangent/kernel/elementary.hpp>
#include <cotangent/kernel/number.hpp>

namespace cot {

namespace detail {
/// 2 u, for gelu_tanh(x) = x sigmoid(2 u): u = sqrt(2 / pi) (x + 0.044715 x^3).
template <class Number>
[[nodiscard]] COT_FN inline Number twice_gelu_argument(const Number& x) {
  return x * fma(x * x, Number(0.071354816272600275), Number(1.5957691216057308));
}

}  // namespace detail

/// act(x), for an activation chosen at run time.
template <class Number>
[[nodiscard]] COT_FN inline Number activate(activation act, const Number& x) {
  switch (act) {
    case activation::gelu: return x * normal(x).distribution;
    case activation::gelu_tanh: return x * sigmoid(detail::twice_gelu_argument(x));
    case activation::silu: return x * sigmoid(x);
    case activation::relu: return max(Number(0), x);
    case activation::tanh: return tanh(x);
    case activation::none: break;
  }
  return x;
}

/// act'(x); relu'(0) = 0.
template <class Number>
[[nodiscard]] COT_FN inline Number activation_slope(activation act, const Number& x) {
  switch (act) {
    case activation::gelu: {
      const auto phi = normal(x);
      return fma(x, phi.density, phi.distribution);
    }
    case activation::gelu_tanh: {
      const Number s = sigmoid(detail::twice_gelu_argument(x));
      const Number inner = fma(x * x, Number(0.21406444881780082), Number(1.5957691216057308));
      return fma(x * inner, s * (Number(1) - s), s);
    }
    case activation::silu: {
      const Number s = sigmoid(x);
      return s * fma(x, Number(1) - s, Number(1));
    }
    case activation::relu: return select(x > Number(0), Number(1), Number(0));
    case activation::tanh: {
      const Number t = tanh(x);
      return Number(1) - t * t;
    }
    case activation::none: break;
  }
  return Number(1);
}

}  // namespace cot
