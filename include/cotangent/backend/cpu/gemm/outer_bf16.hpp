#pragma once
// The gemm of AVX512-BF16 for sums of outer products, A^T B with at most 8 columns of A or of B: the gradients of
// LoRA's factors. Two rows of the wide operand, read where they lie, are interleaved to 32 pairs, which 8 pairs of the
// narrow one multiply: a shuffle for eight products. All of k is one block, and the sums are rounded in registers.

#include <cotangent/backend/cpu/gemm/bf16.hpp>
#include <cotangent/backend/cpu/gemm/block.hpp>
#include <cotangent/backend/cpu/gemm/sums_bf16.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <immintrin.h>

namespace cot::detail {

template <class Out>
class outer_bf16 {
  using vector = __m512;
  using task = matmul_task<bfloat16, Out>;
  static constexpr index wide = 32, narrow = 8;
  static constexpr index narrow_step = kernel_bf16::pad * 2;  // from one pair of its rows to the next, packed

 public:
  static constexpr index step = wide;

  [[nodiscard]] static bool suits(const task& t) {
    if (t.k == 0 || t.op_a == transpose::no) return false;
    return t.n <= narrow ? t.m >= wide / 2
                         : t.m <= narrow && t.n >= wide / 2 && t.op_b == transpose::no && t.packed_b == nullptr;
  }
  /// What is cut among threads, in multiples of `step`.
  [[nodiscard]] static index length(const task& t) { return t.n <= narrow ? t.m : t.n; }
  [[nodiscard]] static index scratch(const task& t) { return (t.k + 1) / 2 * narrow_step; }

  /// Rows from .. end of C where it has few columns, and columns where it has few rows.
  static void multiply(const task& t, index from, index end, bfloat16* scratch) {
    if (t.n <= narrow) {
      if (t.packed_b == nullptr) sums_bf16::pack_few(t.op_b, t.b, t.ldb, t.k, t.n, scratch);
      const bfloat16* b = t.packed_b == nullptr ? scratch : static_cast<const bfloat16*>(t.packed_b);
      for (; from < end; from += wide)
        few_columns(std::make_index_sequence<2 * narrow>{}, t, b, from, std::min(wide, end - from));
    } else {
      sums_bf16::pack_few(transpose::no, t.a, t.lda, t.k, t.m, scratch);
      for (; from < end; from += wide)
        few_rows(std::make_index_sequence<narrow>{}, t, scratch, from, std::min(wide, end - from));
    }
  }

 private:
  /// Sums, by column of the narrow operand, of rows 0-3, 8-11, 16-19 and 24-27 of the wide one, transposed; then of the
  /// others.
  using block = vector[2 * narrow];

  template <std::size_t... At>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void add(
      std::index_sequence<At...>, __m512i first, __m512i second, const bfloat16* by, block& sum) {
    const __m512i x = _mm512_maskz_unpacklo_epi16(~__mmask32{}, first, second);
    const __m512i y = _mm512_maskz_unpackhi_epi16(~__mmask32{}, first, second);
    __m512i pair;
    ((pair = pairs512::broadcast(by + 2 * At), sum[At] = pairs512::multiply(sum[At], x, pair),
      sum[narrow + At] = pairs512::multiply(sum[narrow + At], y, pair)),
     ...);
  }
  /// k rows of the wide operand, of `count` numbers.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void add_all(
      const bfloat16* from, index stride, index count, index k, const bfloat16* by, block& sum) {
    constexpr auto columns = std::make_index_sequence<narrow>{};
    const auto some = static_cast<__mmask32>((std::uint64_t{1} << count) - 1u);
    const index two = 2 * stride, ahead = 32 * stride;
    for (; k > 1; k -= 2, from += two, by += narrow_step) {
      __builtin_prefetch(from + ahead, 0, 3);
      __builtin_prefetch(from + ahead + stride, 0, 3);
      add(columns, _mm512_maskz_loadu_epi16(some, from), _mm512_maskz_loadu_epi16(some, from + stride), by, sum);
    }
    if (k == 1) add(columns, _mm512_maskz_loadu_epi16(some, from), _mm512_setzero_si512(), by, sum);
  }

  /// Rows i .. i + r of C.
  template <std::size_t... At>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::noinline]] static void few_columns(
      std::index_sequence<At...>, const task& t, const bfloat16* b, index i, index r) {
    const auto columns = [&](index row) { return static_cast<__mmask8>(row < r ? (1u << t.n) - 1u : 0u); };
    const auto row = [](std::size_t at) { return static_cast<index>(at / 4 * 8 + at % 4); };
    Out* const c = t.c + i * t.ldc;
    block sum;
    if (t.after.mode == store::overwrite) {
      ((sum[At] = _mm512_setzero_ps()), ...);
    } else {
      ((sum[At] = sums_bf16::join(sums_bf16::load_half(c + row(At) * t.ldc, columns(row(At))),
                                  sums_bf16::load_half(c + (row(At) + 4) * t.ldc, columns(row(At) + 4)))),
       ...);
      square512<float>::transpose(sum);
    }
    add_all(t.a + i, t.lda, r, t.k, b, sum);
    square512<float>::transpose(sum);
    ((sums_bf16::save_half(c + row(At) * t.ldc, columns(row(At)), sums_bf16::half_of<0>(sum[At])),
      sums_bf16::save_half(c + (row(At) + 4) * t.ldc, columns(row(At) + 4), sums_bf16::half_of<1>(sum[At]))),
     ...);
  }

  /// Columns j .. j + w of C.
  template <std::size_t... At>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::noinline]] static void few_rows(
      std::index_sequence<At...>, const task& t, const bfloat16* a, index j, index w) {
    const auto left = static_cast<__mmask16>(w < 16 ? (1u << w) - 1u : ~0u);
    const auto right = static_cast<__mmask16>(w > 16 ? (1u << (w - 16)) - 1u : 0u);
    const auto row = [&](std::size_t at) { return t.c + static_cast<index>(at) * t.ldc + j; };
    const auto exists = [&](std::size_t at) { return static_cast<index>(at) < t.m; };
    block sum;
    ((sum[At] = sum[narrow + At] = _mm512_setzero_ps()), ...);
    if (t.after.mode == store::add)
      ((exists(At) ? load_row(row(At), left, right, sum[At], sum[narrow + At]) : void()), ...);
    add_all(t.b + j, t.ldb, w, t.k, a, sum);
    ((exists(At) ? save_row(row(At), left, right, sum[At], sum[narrow + At]) : void()), ...);
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void load_row(
      const Out* c, __mmask16 left, __mmask16 right, vector& x, vector& y) {
    const vector first = sums_bf16::load(c, left), second = sums_bf16::load(c + 16, right);
    x = sums_bf16::apart<0>(first, second), y = sums_bf16::apart<1>(first, second);
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void save_row(
      Out* c, __mmask16 left, __mmask16 right, vector x, vector y) {
    sums_bf16::save(c, left, sums_bf16::alternate<0>(x, y));
    sums_bf16::save(c + 16, right, sums_bf16::alternate<1>(x, y));
  }
};

}  // namespace cot::detail
