#pragma once
// The GELU family (Hendrycks and Gimpel 2016) as formulas.

#include <cotangent/kernel/number.hpp>

namespace cot::formula {

/// x Phi(x), the exact form: x (1 + erf(x / sqrt 2)) / 2. Computed from Phi itself: no cancellation in the lower tail.
struct gelu {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return x * normal(x).distribution;
  }
};

/// x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3), written x / (1 + exp(-2 u)): the same number without the
/// cancellation of 1 + tanh.
struct gelu_tanh {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    const Number twice = x * fma(x * x, Number(0.071354816272600243), Number(1.5957691216057308));
    return x * sigmoid(twice);
  }
};

/// x sigmoid(x), also called swish.
struct silu {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return x * sigmoid(x);
  }
};

}  // namespace cot::formula
