#pragma once
// gemm as its definition reads: for each element one chain of fused multiply-adds in ascending k. The reference of
// every other gemm; bfloat16 operands are widened and their products summed in float.

#include <cotangent/backend/serial.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>

#include <cmath>

namespace cot {

namespace detail {

/// act(x) in the precision of Number, by the standard library's functions.
template <class Number>
[[nodiscard]] Number reference_activation(activation act, Number x) {
  const Number root_two_over_pi = Number(0.79788456080286535588);
  switch (act) {
    case activation::gelu: return x * std::erfc(-x * Number(0.70710678118654752440)) / Number(2);
    case activation::gelu_tanh: {
      const Number u = root_two_over_pi * (x + Number(0.044715) * x * x * x);
      return x / (Number(1) + std::exp(Number(-2) * u));
    }
    case activation::silu: return x / (Number(1) + std::exp(-x));
    case activation::relu: return x > Number(0) ? x : Number(0);
    case activation::tanh: return std::tanh(x);
    case activation::none: break;
  }
  return x;
}

/// act'(x) likewise; relu'(0) = 0.
template <class Number>
[[nodiscard]] Number reference_slope(activation act, Number x) {
  const Number root_two_over_pi = Number(0.79788456080286535588);
  switch (act) {
    case activation::gelu:
      return std::erfc(-x * Number(0.70710678118654752440)) / Number(2) +
             x * Number(0.39894228040143267794) * std::exp(Number(-0.5) * x * x);
    case activation::gelu_tanh: {
      const Number u = root_two_over_pi * (x + Number(0.044715) * x * x * x);
      const Number s = Number(1) / (Number(1) + std::exp(Number(-2) * u));
      return s + Number(2) * x * s * (Number(1) - s) * root_two_over_pi * (Number(1) + Number(0.134145) * x * x);
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

}  // namespace detail

/// C[m, n] = op_a(A)[m, k] op_b(B)[k, n], then the epilogue: see core/matmul.hpp.
template <class In, class Out>
void gemm(serial&, transpose op_a, transpose op_b, index m, index n, index k, const In* a, index lda, const In* b,
          index ldb, Out* c, index ldc, const epilogue<Out, accumulator_of<Out>>& e = {}) {
  using number = accumulator_of<Out>;
  for (index i = 0; i < m; ++i)
    for (index j = 0; j < n; ++j) {
      const index at = i * ldc + j;
      number z = e.mode == store::add ? static_cast<number>(c[at]) : number(0);
      for (index p = 0; p < k; ++p) {
        const number x = static_cast<number>(op_a == transpose::yes ? a[p * lda + i] : a[i * lda + p]);
        const number y = static_cast<number>(op_b == transpose::yes ? b[j * ldb + p] : b[p * ldb + j]);
        z = std::fma(x, y, z);
      }
      if (e.bias) z += e.bias[j];
      if (e.pre) e.pre[at] = static_cast<Out>(z);
      if (e.slope_of)
        z *= detail::reference_slope<number>(e.act, static_cast<number>(e.slope_of[at]));
      else
        z = detail::reference_activation<number>(e.act, z);
      c[at] = static_cast<Out>(z);
    }
}

}  // namespace cot
