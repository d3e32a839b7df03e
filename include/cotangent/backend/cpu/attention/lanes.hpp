#pragma once
// What the attention kernels need of a SIMD register, written once for every width with the compilers' vector
// extensions: arithmetic, 2^x for x <= 0, and the transposition of a square of registers.

#include <cotangent/core/annotation.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/shape.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace cot::cpu_attention {

/// Calls f(std::integral_constant<int, 0>{}), ..., f(.. N - 1): a loop that is unrolled at every optimisation level, so that
/// arrays of accumulators become registers.
template <int N, class F>
COT_FN inline void unroll(const F& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) COT_LAMBDA { (f(std::integral_constant<int, I>{}), ...); }
  (std::make_integer_sequence<int, N>{});
}

/// W numbers A (float or double) in one register.
template <class A, int W>
struct lanes {
  typedef A vector __attribute__((vector_size(W * sizeof(A))));
  using integer = std::conditional_t<sizeof(A) == 4, std::int32_t, std::int64_t>;
  typedef integer integers __attribute__((vector_size(W * sizeof(A))));
  vector v;

  COT_FN static lanes load(const A* from) {
    lanes x;
    __builtin_memcpy(&x.v, from, sizeof x.v);
    return x;
  }
  COT_FN void store(A* to) const { __builtin_memcpy(to, &v, sizeof v); }
  COT_FN static lanes fill(A value) { return {value - vector{}}; }

  COT_FN friend lanes operator+(const lanes& x, const lanes& y) { return {x.v + y.v}; }
  COT_FN friend lanes operator-(const lanes& x, const lanes& y) { return {x.v - y.v}; }
  COT_FN friend lanes operator*(const lanes& x, const lanes& y) { return {x.v * y.v}; }
  /// x * y + z: one fused instruction where the instruction set has it.
  COT_FN friend lanes multiply_add(const lanes& x, const lanes& y, const lanes& z) { return {x.v * y.v + z.v}; }
  COT_FN friend lanes multiply_add(A x, const lanes& y, const lanes& z) { return {x * y.v + z.v}; }
  COT_FN friend lanes max(const lanes& x, const lanes& y) { return {x.v > y.v ? x.v : y.v}; }
  /// x in the lanes below `bound`, y in the others.
  COT_FN friend lanes choose_below(index bound, const lanes& x, const lanes& y) {
    return [&]<int... I>(std::integer_sequence<int, I...>) COT_LAMBDA {
      const integers count = {I...};
      return lanes{count < static_cast<integer>(bound) ? x.v : y.v};
    }
    (std::make_integer_sequence<int, W>{});
  }
};

/// N registers, indexed by constants (see `unroll`).
template <class Lanes, int N>
struct registers {
  Lanes item[static_cast<unsigned>(N)];
  COT_FN Lanes& operator[](int i) { return item[i]; }
  COT_FN const Lanes& operator[](int i) const { return item[i]; }
};

/// W bfloat16 numbers, beside lanes<float, W>. (The element types are parameters because g++ 12 takes a vector of a fixed
/// type for independent of W.)
template <int W, class Half = std::uint16_t, class Word = std::uint32_t>
struct bfloat16_lanes {
  typedef Half halves __attribute__((vector_size(W * sizeof(Half))));
  typedef Word words __attribute__((vector_size(W * sizeof(Word))));

  COT_FN static lanes<float, W> load(const bfloat16* from) {
    halves h;
    __builtin_memcpy(&h, from, sizeof h);
    return {__builtin_bit_cast(typename lanes<float, W>::vector, __builtin_convertvector(h, words) << 16)};
  }
  /// Rounds as the constructor of bfloat16 does.
  COT_FN static void store(const lanes<float, W>& x, bfloat16* to) {
    const words w = __builtin_bit_cast(words, x.v), rounded = (w + 0x7fffu + ((w >> 16) & 1u)) >> 16, quiet = (w >> 16) | 0x40u;
    const halves h = __builtin_convertvector((w & 0x7fffffffu) > 0x7f800000u ? quiet : rounded, halves);
    __builtin_memcpy(static_cast<void*>(to), &h, sizeof h);
  }
};

/// 2^x for x <= 0, exactly 0 below the smallest normal number; NaN stays NaN. Float: a minimax polynomial of degree 6 on
/// [-1/2, 1/2] (relative error 2e-9 before rounding); double: the Taylor polynomial of degree 13 (4e-18).
template <class A, int W>
[[nodiscard]] COT_FN inline lanes<A, W> exp2_nonpositive(const lanes<A, W>& x) {
  using L = lanes<A, W>;
  constexpr bool single = sizeof(A) == 4;
  constexpr A magic = single ? static_cast<A>(0x1.8p23) : static_cast<A>(0x1.8p52);  // adding it rounds to an integer
  constexpr A lowest = single ? A{-126} : A{-1022};
  const typename L::vector shifted = x.v + magic, f = x.v - (shifted - magic);
  typename L::vector p;
  if constexpr (single) {
    p = f * 1.53458121613e-4f + 1.33999311772e-3f;
    p = p * f + 9.61848895633e-3f;
    p = p * f + 5.55032877711e-2f;
    p = p * f + 2.40226468906e-1f;
    p = p * f + 6.93147205737e-1f;
    p = p * f + 1.0f;
  } else {
    constexpr double ln2 = 0.693147180559945309417232;
    p = f * (ln2 / 13) + 1.0;
    unroll<12>([&](auto i) COT_LAMBDA { p = p * (f * (ln2 / (12 - i))) + 1.0; });
  }
  const typename L::integers exponent = __builtin_bit_cast(typename L::integers, shifted) << (single ? 23 : 52);
  const auto scaled = __builtin_bit_cast(typename L::vector, __builtin_bit_cast(typename L::integers, p) + exponent);
  return {x.v < lowest ? typename L::vector{} : scaled};
}

/// x[i] lane j <-> x[j] lane i.
template <class A, int W>
COT_FN inline void transpose_square(registers<lanes<A, W>, W>& x) {
  const auto exchange = [&]<int Step, int... I>(std::integral_constant<int, Step>, std::integer_sequence<int, I...>) COT_LAMBDA {
    unroll<W>([&](auto i) COT_LAMBDA {
      if constexpr ((i & Step) == 0) {
        const auto low = x[i].v, high = x[i + Step].v;
        x[i].v = __builtin_shufflevector(low, high, ((I & Step) ? W + I - Step : I)...);
        x[i + Step].v = __builtin_shufflevector(low, high, ((I & Step) ? W + I : I + Step)...);
      }
    });
  };
  constexpr auto all = std::make_integer_sequence<int, W>{};
  if constexpr (W >= 16) exchange(std::integral_constant<int, 8>{}, all);
  if constexpr (W >= 8) exchange(std::integral_constant<int, 4>{}, all);
  if constexpr (W >= 4) exchange(std::integral_constant<int, 2>{}, all);
  exchange(std::integral_constant<int, 1>{}, all);
}

}  // namespace cot::cpu_attention
