#pragma once
// Pointwise formulas: functors generic in the number. `ops::map` applies them; their derivatives come from dual
// numbers. The activations among them are in activation.hpp.

#include <cotangent/kernel/formula/activation.hpp>
#include <cotangent/kernel/number.hpp>

namespace cot::formula {

struct exponential {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return exp(x);
  }
};

struct logarithm {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return log(x);
  }
};

/// 1 / (1 + exp(-x)).
struct logistic {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return sigmoid(x);
  }
};

/// log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)).
struct softplus {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return relu{}(x) + log(Number(1) + exp(-abs(x)));
  }
};

struct add {
  static constexpr bool transcendental = false;
  template <class Number>
  COT_FN Number operator()(const Number& a, const Number& b) const {
    return a + b;
  }
};

struct subtract {
  static constexpr bool transcendental = false;
  template <class Number>
  COT_FN Number operator()(const Number& a, const Number& b) const {
    return a - b;
  }
};

struct multiply {
  static constexpr bool transcendental = false;
  template <class Number>
  COT_FN Number operator()(const Number& a, const Number& b) const {
    return a * b;
  }
};

/// silu(gate) * up: the gate of SwiGLU feed-forward blocks (Shazeer 2020).
struct silu_gate {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& gate, const Number& up) const {
    return gate * sigmoid(gate) * up;
  }
};

/// gelu_tanh(gate) * up: the gate of GeGLU feed-forward blocks (Shazeer 2020).
struct gelu_tanh_gate {
  static constexpr bool transcendental = true;
  template <class Number>
  COT_FN Number operator()(const Number& gate, const Number& up) const {
    return gelu_tanh{}(gate)*up;
  }
};

/// factor * x + offset.
template <class T>
struct affine {
  static constexpr bool transcendental = false;
  T factor, offset;
  template <class Number>
  COT_FN Number operator()(const Number& x) const {
    return fma(x, Number(factor), Number(offset));
  }
};

}  // namespace cot::formula
