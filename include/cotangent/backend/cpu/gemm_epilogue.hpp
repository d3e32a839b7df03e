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

namespace cot::detail {

/// `count` elements of a row from their sums z. `at`: offset of the row within C, pre and slope_of; `c`: C + at, or z
/// itself.
template <class Number, class Out, class Accumulator>
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
[[gnu::noinline, gnu::target("avx2,fma")]] void finish_avx2(const epilogue<Out, Accumulator>& e, const Accumulator* z,
                                                            Out* c, index at, index column, index count) {
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
  if (level >= isa::avx512)
    row = &finish_avx512<Out, Accumulator>;
  else if (level >= isa::avx2)
    row = &finish_avx2<Out, Accumulator>;
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
