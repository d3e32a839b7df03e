#pragma once
// What gemm does with finished sums: bias, activation or its slope, and the store; on rows that still lie in L1.
// One body, generic in the pack, and one attributed entry point for each instruction set.

#include <cotangent/backend/cpu/isa.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/kernel/elementary.hpp>
#include <cotangent/kernel/pack_memory.hpp>

#include <algorithm>

namespace cot::detail {

/// 2 u, for gelu_tanh(x) = x sigmoid(2 u): u = sqrt(2 / pi) (x + 0.044715 x^3).
template <class Number>
[[nodiscard]] COT_FN inline Number twice_gelu_argument(const Number& x) {
  return x * fma(x * x, Number(0.071354816272600275), Number(1.5957691216057308));
}

/// act(x).
template <class Number>
[[nodiscard]] COT_FN inline Number activate(activation act, const Number& x) {
  switch (act) {
    case activation::gelu: return x * normal(x).distribution;
    case activation::gelu_tanh: return x * sigmoid(twice_gelu_argument(x));
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
      const Number s = sigmoid(twice_gelu_argument(x));
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

/// `count` elements of a row from their sums z. `at`: offset of the row within C, pre and slope_of; `c`: C + at, or z itself.
template <class Number, class Out, class Accumulator>
COT_FN inline void finish_row(const epilogue<Out, Accumulator>& e, const Accumulator* z, Out* c, index at, index column,
                              index count) {
  constexpr index lanes = lanes_of<Number>;
  for (index x = 0; x < count; x += lanes) {
    const index some = std::min(lanes, count - x);
    const auto read = [some](const auto* from) COT_LAMBDA {
      return some == lanes ? load<Number>(from) : load<Number>(from, some);
    };
    const auto write = [some](Out* to, const Number& value) COT_LAMBDA {
      some == lanes ? save(to, value) : save(to, value, some);
    };
    Number value = read(z + x);
    if (e.bias) value += read(e.bias + column + x);
    if (e.pre) write(e.pre + at + x, value);
    value = e.slope_of ? value * activation_slope(e.act, read(e.slope_of + at + x)) : activate(e.act, value);
    write(c + x, value);
  }
}

template <class Out, class Accumulator>
[[gnu::noinline]] void finish_portable(const epilogue<Out, Accumulator>& e, const Accumulator* z, Out* c, index at,
                                       index column, index count) {
  finish_row<pack<Accumulator, 16 / sizeof(Accumulator)>>(e, z, c, at, column, count);
}
#if defined(__x86_64__)
template <class Out, class Accumulator>
[[gnu::noinline, gnu::target("avx2,fma")]] void finish_avx2(const epilogue<Out, Accumulator>& e, const Accumulator* z, Out* c,
                                                            index at, index column, index count) {
  finish_row<pack<Accumulator, 32 / sizeof(Accumulator)>>(e, z, c, at, column, count);
}
template <class Out, class Accumulator>
[[gnu::noinline, gnu::target("avx512f,avx512bw,avx512vl,avx512dq,fma")]] void finish_avx512(
    const epilogue<Out, Accumulator>& e, const Accumulator* z, Out* c, index at, index column, index count) {
  finish_row<pack<Accumulator, 64 / sizeof(Accumulator)>>(e, z, c, at, column, count);
}
#endif

/// Whether there is anything to do once the sums are stored.
template <class Out, class Accumulator>
[[nodiscard]] bool has_work(const epilogue<Out, Accumulator>& e) {
  return e.bias || e.pre || e.slope_of || e.act != activation::none;
}

/// C[i .. i + r, j .. j + w] from the sums z [r, w], which may be C itself.
template <class Out, class Accumulator>
void finish(isa level, const epilogue<Out, Accumulator>& e, const Accumulator* z, index ldz, Out* c, index ldc, index i,
            index j, index r, index w) {
  auto* row = &finish_portable<Out, Accumulator>;
#if defined(__x86_64__)
  if (level >= isa::avx512) row = &finish_avx512<Out, Accumulator>;
  else if (level >= isa::avx2) row = &finish_avx2<Out, Accumulator>;
#endif
  for (index y = 0; y < r; ++y) {
    const index at = (i + y) * ldc + j;
    row(e, z + y * ldz, c + at, at, j, w);
  }
}

}  // namespace cot::detail
