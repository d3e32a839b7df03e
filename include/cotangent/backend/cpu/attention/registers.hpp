#pragma once
// What the attention kernels need of SIMD registers: arrays of them that stay registers, 2^x for x <= 0, and the
// transposition of a square.

#include <cotangent/core/bfloat16.hpp>
#include <cotangent/kernel/elementary.hpp>
#include <cotangent/kernel/pack.hpp>
#include <cotangent/kernel/pack_memory.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace cot::cpu_attention {

/// Calls f(std::integral_constant<int, 0>{}), ..., f(.. N - 1): a loop that is unrolled at every optimisation level, so
/// that arrays are split into registers.
template <int N, class F>
COT_FN inline void unroll(const F& f) {
  [&]<int... At>(std::integer_sequence<int, At...>)
      COT_LAMBDA { (f(std::integral_constant<int, At>{}), ...); }(std::make_integer_sequence<int, N>{});
}

/// W numbers A in one register: the bare vector, not a `pack`, because g++ 12 keeps an array of packs (whose alignment
/// is reduced) in memory, at a tenth of the speed.
template <class A, int W>
struct lanes {
  using vector = typename pack<A, W>::vector;
  using integers = typename pack<A, W>::integer;
  vector v;

  COT_FN static lanes load(const A* from) {
    lanes x;
    __builtin_memcpy(&x.v, from, sizeof x.v);
    return x;
  }
  COT_FN void save(A* to) const { __builtin_memcpy(to, &v, sizeof v); }
  /// The bits of W * sizeof(A) bytes, whatever they are.
  COT_FN static lanes load_bits(const void* from) {
    lanes x;
    __builtin_memcpy(&x.v, from, sizeof x.v);
    return x;
  }
  COT_FN void save_bits(void* to) const { __builtin_memcpy(to, &v, sizeof v); }
  COT_FN static lanes fill(A constant) { return {constant - vector{}}; }
  COT_FN static lanes broadcast(A value) { return {pack<A, W>(value).lanes}; }  // g++ 12 would insert lane by lane

  COT_FN friend lanes operator+(const lanes& x, const lanes& y) { return {x.v + y.v}; }
  COT_FN friend lanes operator-(const lanes& x, const lanes& y) { return {x.v - y.v}; }
  COT_FN friend lanes operator*(const lanes& x, const lanes& y) { return {x.v * y.v}; }
  COT_FN friend lanes operator/(const lanes& x, const lanes& y) { return {x.v / y.v}; }
  COT_FN friend lanes fma(A x, const lanes& y, const lanes& z) { return {x * y.v + z.v}; }
  COT_FN friend lanes fma(const lanes& x, const lanes& y, const lanes& z) { return {x.v * y.v + z.v}; }
  COT_FN friend lanes max(const lanes& x, const lanes& y) { return {x.v > y.v ? x.v : y.v}; }
  /// x in the lanes below `count`, y in the others.
  COT_FN friend lanes select_first(index count, const lanes& x, const lanes& y) {
    integers number{};
    for (int i = 0; i < W; ++i) number[i] = i;
    return {number < static_cast<typename detail::vectors<A, W>::integer_type>(count) ? x.v : y.v};
  }
};

/// x rounded to bfloat16, to nearest: the upper halves of the words are it. Ties go away from zero, which no sum can
/// tell from ties to even; a NaN that arithmetic makes stays one.
template <int W>
struct rounded {
  using words = typename detail::bfloat16_vectors<W>::wide;
  using halves = typename detail::bfloat16_vectors<W>::narrow;
  words upper;

  COT_FN explicit rounded(const lanes<float, W>& x) : upper(__builtin_bit_cast(words, x.v) + 0x8000u) {}

  /// W numbers in a row.
  COT_FN void save(bfloat16* to) const {
    const words low = upper >> 16;
#if defined(__x86_64__) && !defined(__clang__)
    if constexpr (W == 16) {  // g++ 12 would narrow half by half
      __asm__("vpmovdw %1, %0" : "=m"(*reinterpret_cast<bfloat16(*)[unsigned(W)]>(to)) : "v"(low));
      return;
    }
#endif
    const halves narrow = __builtin_convertvector(low, halves);
    __builtin_memcpy(static_cast<void*>(to), &narrow, sizeof narrow);
  }
  /// x and y in turns, 2 W numbers in a row.
  COT_FN friend void save_in_turns(bfloat16* to, const rounded& x, const rounded& y) {
    const words both = x.upper >> 16 | (y.upper & 0xffff0000u);
    __builtin_memcpy(static_cast<void*>(to), &both, sizeof both);
  }
};

/// N values, indexed by constants.
template <class E, int N>
struct registers {
  E item[static_cast<unsigned>(N)];
  COT_FN E& operator[](int i) { return item[i]; }
  COT_FN const E& operator[](int i) const { return item[i]; }
};

/// x = 2^x for x <= 0, exactly 0 below the smallest normal number; NaN stays NaN. Float: a minimax polynomial of degree
/// 6 on [-1/2, 1/2] (relative error 2e-9 before rounding); double: the Taylor polynomial of degree 13 (4e-18). All
/// registers go step by step together: a chain of a dozen dependent operations alone would leave the ports idle.
template <class A, int W, int Count>
COT_FN inline void exp2_nonpositive(registers<lanes<A, W>, Count>& x) {
  using number = lanes<A, W>;
  using word = std::conditional_t<sizeof(A) == 4, std::uint32_t, std::uint64_t>;
  typedef word words __attribute__((vector_size(sizeof(A) * W)));
  constexpr bool single = sizeof(A) == 4;
  // Adding it leaves round(x) and the bias of an exponent in the lowest bits.
  constexpr A rounder = single ? A(0x1.8p23) + 127 : A(0x1.8p52) + 1023;
  using held = pack<A, W>;  // -ffast-math would take x + rounder - rounder for x, were the steps not held apart
  registers<number, Count> shifted, f, p;
  const auto each = [&](const auto& step) COT_LAMBDA { unroll<Count>(step); };
  each([&](auto u) COT_LAMBDA { x[u] = {detail::exactly(held::of(x[u].v)).lanes}; });
  each([&](auto u) COT_LAMBDA { shifted[u] = x[u] + number::fill(rounder); });
  each([&](auto u) COT_LAMBDA {
    f[u] = x[u] - number{detail::exactly(detail::subtract_exactly(held::of(shifted[u].v), held(rounder))).lanes};
  });
  if constexpr (single) {
    each([&](auto u)
             COT_LAMBDA { p[u] = fma(f[u], number::fill(1.53458121613e-4f), number::fill(1.33999311772e-3f)); });
    const auto next = [&](float c)
                          COT_LAMBDA { each([&](auto u) COT_LAMBDA { p[u] = fma(p[u], f[u], number::fill(c)); }); };
    next(9.61848895633e-3f);
    next(5.55032877711e-2f);
    next(2.40226468906e-1f);
    next(6.93147205737e-1f);
    next(1.0f);
  } else {
    constexpr double ln2 = 0.693147180559945309417232;
    each([&](auto u) COT_LAMBDA { p[u] = fma(f[u], number::fill(ln2 / 13), number::fill(1.0)); });
    unroll<12>([&](auto i) COT_LAMBDA {
      each([&](auto u) COT_LAMBDA { p[u] = fma(p[u] * f[u], number::fill(ln2 / (12 - i)), number::fill(1.0)); });
    });
  }
  each([&](auto u) COT_LAMBDA {
    const auto power = __builtin_bit_cast(words, shifted[u].v) << (single ? 23 : 52);
    const typename number::vector zero{};
    const number y = p[u] * number{__builtin_bit_cast(typename number::vector, power)};  // a NaN times any bits is NaN
    x[u] = {x[u].v < (single ? A(-126) : A(-1022)) - zero ? zero : y.v};
  });
}

/// x[i] lane j <-> x[j] lane i, in log2(W) rounds that exchange blocks of Step lanes between registers Step apart.
template <class A, int W>
COT_FN inline void transpose_square(registers<lanes<A, W>, W>& x) {
  const auto exchange = [&]<int Step, int... At>(std::integral_constant<int, Step>,
                                                 std::integer_sequence<int, At...>) COT_LAMBDA {
    unroll<W>([&](auto i) COT_LAMBDA {
      if constexpr ((i & Step) == 0) {
        const auto low = x[i].v, high = x[i + Step].v;
        x[i].v = __builtin_shufflevector(low, high, ((At & Step) ? W + At - Step : At)...);
        x[i + Step].v = __builtin_shufflevector(low, high, ((At & Step) ? W + At : At + Step)...);
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
