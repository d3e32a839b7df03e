#pragma once
// What gemm does with finished sums: bias, activation or its slope, and the store; on rows that still lie in L1.
// One body, generic in the pack, and one attributed entry point for each instruction set.

#include <cotangent/backend/cpu/isa.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/kernel/elementary.hpp>
#include <cotangent/kernel/formula/activation.hpp>
#include <cotangent/kernel/pack_memory.hpp>

#include <algorithm>
#include <type_traits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace cot::detail {

/// What a loop over a row applies: the epilogue's activation, or the one that it is compiled for, whose constants then
/// stay in registers.
struct any_activation {
  template <class Number>
  COT_FN static Number value(activation act, const Number& x) {
    return activate(act, x);
  }
  template <class Number>
  COT_FN static Number slope(activation act, const Number& x) {
    return activation_slope(act, x);
  }
};
struct gelu_activation {
  template <class Number>
  COT_FN static Number value(activation, const Number& x) {
    return formula::gelu{}(x);
  }
  template <class Number>
  COT_FN static Number slope(activation, const Number& x) {
    return formula::gelu::slope(x);
  }
};

/// `count` elements of a row from their sums z. `at`: offset of the row within C, pre and slope_of; `c`: C + at, or z
/// itself. BySlope: whether there is a slope_of.
template <class Number, class Activation, bool BySlope, class Out, class Accumulator>
COT_FN inline void finish_row(const epilogue<Out, Accumulator>& e, const Accumulator* z, Out* c, index at, index column,
                              index count) {
  constexpr index lanes = lanes_of<Number>;
  for (index x = 0; x < count; x += lanes) {
    const index some = std::min(lanes, count - x);
    const auto read = [some](const auto* from)
                          COT_LAMBDA { return some == lanes ? load<Number>(from) : load<Number>(from, some); };
    const auto write = [some](Out* to, const Number& value)
                           COT_LAMBDA { some == lanes ? save(to, value) : save(to, value, some); };
    Number value = read(z + x);
    if (e.bias) value += read(e.bias + column + x);
    if (e.pre) write(e.pre + at + x, value);
    if constexpr (BySlope)
      value *= Activation::slope(e.act, read(e.slope_of + at + x));
    else
      value = Activation::value(e.act, value);
    write(c + x, value);
  }
}
template <class Number, class Out, class Accumulator>
COT_FN inline void finish_row(const epilogue<Out, Accumulator>& e, const Accumulator* z, Out* c, index at, index column,
                              index count) {
  if (e.act == activation::gelu)
    e.slope_of ? finish_row<Number, gelu_activation, true>(e, z, c, at, column, count)
               : finish_row<Number, gelu_activation, false>(e, z, c, at, column, count);
  else
    e.slope_of ? finish_row<Number, any_activation, true>(e, z, c, at, column, count)
               : finish_row<Number, any_activation, false>(e, z, c, at, column, count);
}

template <class Out, class Accumulator>
[[gnu::noinline]] void finish_portable(const epilogue<Out, Accumulator>& e, const Accumulator* z, Out* c, index at,
                                       index column, index count) {
  finish_row<pack<Accumulator, 16 / sizeof(Accumulator)>>(e, z, c, at, column, count);
}
#if defined(__x86_64__)
template <class Out, class Accumulator>
[[gnu::noinline, gnu::target("avx2,fma")]] void finish_avx2(const epilogue<Out, Accumulator>& e, const Accumulator* z,
                                                            Out* c, index at, index column, index count) {
  finish_row<pack<Accumulator, 32 / sizeof(Accumulator)>>(e, z, c, at, column, count);
}
template <class Out, class Accumulator>
[[gnu::noinline, gnu::target("avx512f,avx512bw,avx512vl,avx512dq,fma")]] void finish_avx512(
    const epilogue<Out, Accumulator>& e, const Accumulator* z, Out* c, index at, index column, index count) {
  finish_row<pack<Accumulator, 64 / sizeof(Accumulator)>>(e, z, c, at, column, count);
}

/// To bfloat16 by the instruction for it, in place of some eight. It would take numbers too small to be normal for 0.
[[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma"), gnu::always_inline]] inline void save_rounded(
    bfloat16* to, const pack<float, 16>& x) {
  constexpr int too_small = 0x20;
  if (_mm512_fpclass_ps_mask(x.lanes, too_small) != 0)
    save(to, x);
  else
    _mm256_storeu_epi16(to, __builtin_bit_cast(__m256i, _mm512_cvtneps_pbh(x.lanes)));
}
/// finish_row for whole vectors.
template <class Activation, bool BySlope>
[[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma"), gnu::always_inline]] inline void finish_vectors(
    const epilogue<bfloat16, float>& e, const float* z, bfloat16* c, index at, index column, index count) {
  using number = pack<float, 16>;
  for (index x = 0; x < count; x += 16) {
    number value = load<number>(z + x);
    if (e.bias) value += load<number>(e.bias + column + x);
    if (e.pre) save_rounded(e.pre + at + x, value);
    if constexpr (BySlope)
      value *= Activation::slope(e.act, load<number>(static_cast<const bfloat16*>(e.slope_of + at + x)));
    else
      value = Activation::value(e.act, value);
    save_rounded(c + x, value);
  }
}
[[gnu::noinline, gnu::target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")]] inline void finish_avx512bf16(
    const epilogue<bfloat16, float>& e, const float* z, bfloat16* c, index at, index column, index count) {
  const index whole = count / 16 * 16;
  if (e.act == activation::gelu)
    e.slope_of ? finish_vectors<gelu_activation, true>(e, z, c, at, column, whole)
               : finish_vectors<gelu_activation, false>(e, z, c, at, column, whole);
  else
    e.slope_of ? finish_vectors<any_activation, true>(e, z, c, at, column, whole)
               : finish_vectors<any_activation, false>(e, z, c, at, column, whole);
  if (whole < count) finish_row<pack<float, 16>>(e, z + whole, c + whole, at + whole, column + whole, count - whole);
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
  if (level >= isa::avx512)
    row = &finish_avx512<Out, Accumulator>;
  else if (level >= isa::avx2)
    row = &finish_avx2<Out, Accumulator>;
  if constexpr (std::is_same_v<Out, bfloat16>)
    if (level >= isa::avx512bf16) row = &finish_avx512bf16;
#endif
  for (index y = 0; y < r; ++y) {
    const index at = (i + y) * ldc + j;
    row(e, z + y * ldz, c + at, at, j, w);
  }
}

/// Sums of rows i .. i + r and columns j .. j + w of C that are complete and wait for their epilogue.
template <class Out, class Accumulator>
struct unfinished {
  isa level;
  const epilogue<Out, Accumulator>* after;
  const Accumulator* sums;
  index ld_sums;
  Out* c;
  index ldc, i, j, r, w;

  /// Finishes the next `count` rows, or those that are left.
  void some(index count) {
    count = std::min(count, r);
    finish(level, *after, sums, ld_sums, c, ldc, i, j, count, w);
    sums += count * ld_sums;
    i += count;
    r -= count;
  }
};
/// Where nothing waits.
struct all_finished {
  static constexpr index r = 0;
  static void some(index) {}
};

}  // namespace cot::detail
