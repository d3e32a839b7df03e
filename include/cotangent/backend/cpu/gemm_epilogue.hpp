#pragma once
// What gemm does with finished sums: bias, activation or its slope, and the store; on rows that still lie in L1.

#include <cotangent/backend/cpu/isa.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>

#include <cmath>
#include <type_traits>

namespace cot::detail {

/// act(x) and act'(x), in the precision of Number.
template <class Number>
[[nodiscard]] Number activate(activation act, Number x) {
  constexpr double half_root = 0.70710678118654752440, slope = 0.79788456080286535588, cube = 0.044715;
  switch (act) {
    case activation::gelu: return Number(0.5) * x * (Number(1) + std::erf(x * Number(half_root)));
    case activation::gelu_tanh: return Number(0.5) * x * (Number(1) + std::tanh(Number(slope) * (x + Number(cube) * x * x * x)));
    case activation::silu: return x / (Number(1) + std::exp(-x));
    case activation::relu: return x > Number(0) ? x : Number(0);
    case activation::tanh: return std::tanh(x);
    case activation::none: break;
  }
  return x;
}

template <class Number>
[[nodiscard]] Number activation_slope(activation act, Number x) {
  constexpr double half_root = 0.70710678118654752440, density = 0.39894228040143267794;
  constexpr double slope = 0.79788456080286535588, cube = 0.044715;
  switch (act) {
    case activation::gelu:
      return Number(0.5) * (Number(1) + std::erf(x * Number(half_root))) +
             x * Number(density) * std::exp(Number(-0.5) * x * x);
    case activation::gelu_tanh: {
      const Number t = std::tanh(Number(slope) * (x + Number(cube) * x * x * x));
      return Number(0.5) * (Number(1) + t) +
             Number(0.5) * x * (Number(1) - t * t) * Number(slope) * (Number(1) + Number(3 * cube) * x * x);
    }
    case activation::silu: {
      const Number s = Number(1) / (Number(1) + std::exp(-x));
      return s * (Number(1) + x * (Number(1) - s));
    }
    case activation::relu: return x > Number(0) ? Number(1) : Number(0);
    case activation::tanh: {
      const Number t = std::tanh(x);
      return Number(1) - t * t;
    }
    case activation::none: break;
  }
  return Number(1);
}

/// C[i .. i + r, j .. j + w] from the sums z [r, w], which may be C itself.
template <class Out, class Accumulator>
void finish_scalar(const epilogue<Out, Accumulator>& e, const Accumulator* z, index ldz, Out* c, index ldc, index i, index j,
                   index r, index w) {
  for (index y = 0; y < r; ++y)
    for (index x = 0; x < w; ++x) {
      const index at = (i + y) * ldc + j + x;
      Accumulator value = z[y * ldz + x];
      if (e.bias) value += e.bias[j + x];
      if (e.pre) e.pre[at] = static_cast<Out>(value);
      if (e.slope_of) value *= activation_slope<Accumulator>(e.act, static_cast<Accumulator>(e.slope_of[at]));
      else value = activate<Accumulator>(e.act, value);
      c[at] = static_cast<Out>(value);
    }
}

/// Whether there is anything to do once the sums are stored.
template <class Out, class Accumulator>
[[nodiscard]] bool has_work(const epilogue<Out, Accumulator>& e) {
  return e.bias || e.pre || e.slope_of || e.act != activation::none;
}

template <class Out, class Accumulator>
void finish(isa, const epilogue<Out, Accumulator>& e, const Accumulator* z, index ldz, Out* c, index ldc, index i, index j,
            index r, index w) {
  finish_scalar(e, z, ldz, c, ldc, i, j, r, w);
}

}  // namespace cot::detail
