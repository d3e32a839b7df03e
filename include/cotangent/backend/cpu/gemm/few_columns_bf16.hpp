#pragma once
// The gemm of AVX512-BF16 for a C of at most 8 columns where A is stored as rows: LoRA's first factor. As in
// few_columns_avx512.hpp a vector of sums has 4 rows x 4 columns: 4 pairs of 4 rows of A are one vector, of which
// a shuffle makes [a a a a | a' a' a' a' | ...] for each pair, to be multiplied by 4 columns of B in every lane of 128
// bits. All of k is one block, and the sums are rounded in registers.

#include <cotangent/backend/cpu/gemm/bf16.hpp>
#include <cotangent/backend/cpu/gemm/block.hpp>
#include <cotangent/backend/cpu/gemm/sums_bf16.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

#include <immintrin.h>

namespace cot::detail {

template <class Out>
class few_columns_bf16 {
  using vector = __m512;
  using task = matmul_task<bfloat16, Out>;
  static constexpr index rows = 32, columns = 8;
  static constexpr index lane = 4;                       // pairs in 128 bits
  static constexpr index b_step = kernel_bf16::pad * 2;  // from one pair of rows of packed B to the next

 public:
  static constexpr index step = rows;

  [[nodiscard]] static bool suits(const task& t) {
    return t.n <= columns && t.m >= rows / 2 && t.op_a == transpose::no && t.k > 0;
  }
  /// What is cut among threads, in multiples of `step`.
  [[nodiscard]] static index length(const task& t) { return t.m; }
  [[nodiscard]] static index scratch(const task& t) { return (t.k + 1) / 2 * b_step; }

  /// Rows i .. end of C.
  static void multiply(const task& t, index i, index end, bfloat16* scratch) {
    if (t.packed_b == nullptr) sums_bf16::pack_few(t.op_b, t.b, t.ldb, t.k, t.n, scratch);
    const bfloat16* b = t.packed_b == nullptr ? scratch : static_cast<const bfloat16*>(t.packed_b);
    constexpr auto groups = std::make_index_sequence<rows / lane>{};
    for (; i + rows <= end; i += rows) tile<true>(groups, t, b, i, rows);
    if (i < end) tile<false>(groups, t, b, i, end - i);
  }

 private:
  /// Lane l: four pairs of a row.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline __m512i load_rows(
      const bfloat16* first, const bfloat16* second, const bfloat16* third, const bfloat16* fourth) {
    // With masked broadcasts the product would take a fifth longer on Zen 5.
    __m512i v = _mm512_castsi128_si512(load(first));
    v = _mm512_maskz_inserti32x4(0xffff, v, load(second), 1);
    v = _mm512_maskz_inserti32x4(0xffff, v, load(third), 2);
    return _mm512_maskz_inserti32x4(0xffff, v, load(fourth), 3);
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline __m128i load(
      const bfloat16* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  /// The same of the numbers in `some`, and zeros.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline __m512i load_rows(
      const bfloat16* first, const bfloat16* second, const bfloat16* third, const bfloat16* fourth, __mmask8 some) {
    __m512i v = _mm512_castsi128_si512(_mm_maskz_loadu_epi16(some, first));
    v = _mm512_maskz_inserti32x4(0xffff, v, _mm_maskz_loadu_epi16(some, second), 1);
    v = _mm512_maskz_inserti32x4(0xffff, v, _mm_maskz_loadu_epi16(some, third), 2);
    return _mm512_maskz_inserti32x4(0xffff, v, _mm_maskz_loadu_epi16(some, fourth), 3);
  }

  /// Four pairs, or the first `Steps` of them, for one group of four rows.
  template <int Steps = 4>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void add(
      __m512i x, const __m512i (&b)[8], vector& left, vector& right) {
    using order = _MM_PERM_ENUM;
    const auto all = static_cast<__mmask16>(-1);
    __m512i a = _mm512_maskz_shuffle_epi32(all, x, static_cast<order>(0x00));
    left = pairs512::multiply(left, a, b[0]), right = pairs512::multiply(right, a, b[1]);
    if constexpr (Steps > 1) {
      a = _mm512_maskz_shuffle_epi32(all, x, static_cast<order>(0x55));
      left = pairs512::multiply(left, a, b[2]), right = pairs512::multiply(right, a, b[3]);
    }
    if constexpr (Steps > 2) {
      a = _mm512_maskz_shuffle_epi32(all, x, static_cast<order>(0xaa));
      left = pairs512::multiply(left, a, b[4]), right = pairs512::multiply(right, a, b[5]);
    }
    if constexpr (Steps > 3) {
      a = _mm512_maskz_shuffle_epi32(all, x, static_cast<order>(0xff));
      left = pairs512::multiply(left, a, b[6]), right = pairs512::multiply(right, a, b[7]);
    }
  }

  /// The left and the right half of four rows of C, of the columns in `some`.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void load_sums(
      const Out* first, const Out* second, const Out* third, const Out* fourth, __mmask8 some, vector& left,
      vector& right) {
    const vector upper = sums_bf16::join(sums_bf16::load_half(first, some), sums_bf16::load_half(second, some));
    const vector lower = sums_bf16::join(sums_bf16::load_half(third, some), sums_bf16::load_half(fourth, some));
    left = sums_bf16::apart<0>(upper, lower), right = sums_bf16::apart<1>(upper, lower);
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void save_sums(
      Out* first, Out* second, Out* third, Out* fourth, __mmask8 some, vector left, vector right) {
    const vector upper = sums_bf16::alternate<0>(left, right), lower = sums_bf16::alternate<1>(left, right);
    sums_bf16::save_half(first, some, sums_bf16::half_of<0>(upper));
    sums_bf16::save_half(second, some, sums_bf16::half_of<1>(upper));
    sums_bf16::save_half(third, some, sums_bf16::half_of<0>(lower));
    sums_bf16::save_half(fourth, some, sums_bf16::half_of<1>(lower));
  }

  /// 32 rows of C from row i on, or the first r of them: the others are then the last one again.
  template <bool Whole, std::size_t... Group>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::noinline]] static void tile(
      std::index_sequence<Group...>, const task& t, const bfloat16* b, index i, index r) {
    const auto some = static_cast<__mmask8>((1u << t.n) - 1u);
    const auto row = [i, r](std::size_t n) {
      return i + (Whole ? static_cast<index>(n) : std::min(static_cast<index>(n), r - 1));
    };
    const auto a_at = [&](std::size_t n, index p) { return t.a + row(n) * t.lda + p; };
    const auto c_at = [&](std::size_t n) { return t.c + row(n) * t.ldc; };
    const auto b_at = [&](std::size_t n) { return b + static_cast<index>(n / 2) * b_step + n % 2 * 8; };
    vector sum[2 * sizeof...(Group)];
    if (t.after.mode == store::overwrite) {
      ((sum[2 * Group] = sum[2 * Group + 1] = _mm512_setzero_ps()), ...);
    } else {
      (load_sums(c_at(4 * Group), c_at(4 * Group + 1), c_at(4 * Group + 2), c_at(4 * Group + 3), some, sum[2 * Group],
                 sum[2 * Group + 1]),
       ...);
    }
    const index one = t.lda, three = 3 * one, four = 4 * one, k = t.k;
    const bfloat16* a = a_at(0, 0);
    index left = k;
    __m512i pairs[8];
    for (; left >= 2 * lane; left -= 2 * lane, a += 2 * lane, b += lane * b_step) {
      ((pairs[Group] = _mm512_maskz_broadcast_i32x4(0xffff, load(b_at(Group)))), ...);
      if constexpr (Whole) {
        // One line of every fourth row in turn: two lines ahead in its row, or at the start of one of the next 32.
        const bfloat16 *at = a, *ahead = a + left / 8 % 4 * one + (left > 64 ? 64 : 8 * four - k + 64);
        ((add(load_rows(at, at + one, at + 2 * one, at + three), pairs, sum[2 * Group], sum[2 * Group + 1]),
          __builtin_prefetch(ahead, 0, 3), at += four, ahead += four),
         ...);
      } else {
        const index p = k - left;
        (add(load_rows(a_at(4 * Group, p), a_at(4 * Group + 1, p), a_at(4 * Group + 2, p), a_at(4 * Group + 3, p)),
             pairs, sum[2 * Group], sum[2 * Group + 1]),
         ...);
      }
    }
    if (left > 0) {
      const index p = k - left, steps = (left + 1) / 2;
      const auto numbers = static_cast<__mmask8>((1u << left) - 1u);
      ((pairs[Group] = static_cast<index>(Group / 2) < steps ? _mm512_maskz_broadcast_i32x4(0xffff, load(b_at(Group)))
                                                             : _mm512_setzero_si512()),
       ...);
      const __m512i x[] = {load_rows(a_at(4 * Group, p), a_at(4 * Group + 1, p), a_at(4 * Group + 2, p),
                                     a_at(4 * Group + 3, p), numbers)...};
      if (steps == 1)
        (add<1>(x[Group], pairs, sum[2 * Group], sum[2 * Group + 1]), ...);
      else if (steps == 2)
        (add<2>(x[Group], pairs, sum[2 * Group], sum[2 * Group + 1]), ...);
      else if (steps == 3)
        (add<3>(x[Group], pairs, sum[2 * Group], sum[2 * Group + 1]), ...);
      else
        (add<4>(x[Group], pairs, sum[2 * Group], sum[2 * Group + 1]), ...);
    }
    (save_sums(c_at(4 * Group), c_at(4 * Group + 1), c_at(4 * Group + 2), c_at(4 * Group + 3), some, sum[2 * Group],
               sum[2 * Group + 1]),
     ...);
  }
};

}  // namespace cot::detail
