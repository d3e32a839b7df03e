#pragma once
// The gemm of AVX512-BF16 for a short k: LoRA's second factor. The tile is that of bf16.hpp, 8 rows by 3 vectors
// of packed pairs; but with a few steps for each tile, the sums stay in registers until they are rounded, and nothing
// else is done between one tile and the next.

#include <cotangent/backend/cpu/gemm/bf16.hpp>
#include <cotangent/backend/cpu/gemm/block.hpp>
#include <cotangent/backend/cpu/gemm/sums_bf16.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

#include <immintrin.h>

namespace cot::detail {

template <class Out>
class short_bf16 {
  using vector = __m512;
  using task = matmul_task<bfloat16, Out>;
  static constexpr index width = 16, rows = 8, columns = kernel_bf16::columns;
  static constexpr index packed_size = 12 << 10;  // numbers of B that stay in L1

 public:
  static constexpr index step = columns, longest_k = 128;

  [[nodiscard]] static bool suits(const task& t) {
    return t.k > 0 && t.k <= longest_k && t.m >= 2 * rows && t.op_a == transpose::no;
  }
  /// What is cut among threads, in multiples of `step`.
  [[nodiscard]] static index length(const task& t) { return std::max(t.m, t.n); }
  [[nodiscard]] static index scratch(const task&) { return packed_size; }

  /// Rows from .. end of C, or columns where it has more of them.
  static void multiply(const task& t, index from, index end, bfloat16* scratch) {
    const index depth = round_up(t.k, 2), block = packed_size / depth / columns * columns;
    const bool tall = t.m >= t.n;
    const index i1 = tall ? end : t.m, j1 = tall ? t.n : end;
    for (index j = tall ? 0 : from; j < j1; j += block) {
      const index w = std::min(block, j1 - j);
      const bfloat16* b = scratch;
      if (t.packed_b != nullptr)
        b = static_cast<const bfloat16*>(t.packed_b) + j * depth;
      else if (t.op_b == transpose::no)
        kernel_bf16::pack_b(t.op_b, t.b + j, t.ldb, t.k, w, scratch);
      else
        pack_transposed(t.b + j * t.ldb, t.ldb, t.k, w, scratch);
      index i = tall ? from : 0;
      for (; i + rows <= i1; i += rows) strip<rows>(t, b, i, j, w);
      for (; i < i1; ++i) strip<1>(t, b, i, j, w);
    }
  }

 private:
  /// As kernel_bf16 packs a B that is stored transposed, but in blocks of 16 columns by 4 pairs, which a short k fills.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::noinline]] static void pack_transposed(
      const bfloat16* b, index ldb, index k, index n, bfloat16* to) {
    for (index j = 0; j < n; j += width) {
      const index panel = j / columns * columns, padded = round_up(std::min(columns, n - panel), width);
      bfloat16* block = to + panel * round_up(k, 2) + 2 * (j - panel);
      for (index p = 0; p < k; p += 8, block += 8 * padded)
        pack_block(std::make_index_sequence<4>{}, b + j * ldb + p, ldb, std::min(index{8}, k - p),
                   std::min(width, n - j), block, 2 * padded);
    }
  }
  /// `count` columns of up to four pairs, `depth` numbers; lane l holds columns 4 l .. 4 l + 3.
  template <std::size_t... At>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void pack_block(
      std::index_sequence<At...>, const bfloat16* b, index ldb, index depth, index count, bfloat16* to, index to_step) {
    constexpr auto all = static_cast<__mmask16>(-1);
    const auto numbers = static_cast<__mmask8>((1u << depth) - 1u);
    const auto some = [=](std::size_t j) { return static_cast<index>(j) < count ? numbers : __mmask8{0}; };
    const auto at = [=](std::size_t j) { return b + static_cast<index>(j) * ldb; };
    __m512i x[] = {_mm512_castsi128_si512(_mm_maskz_loadu_epi16(some(At), at(At)))...};
    ((x[At] = _mm512_maskz_inserti32x4(all, x[At], _mm_maskz_loadu_epi16(some(At + 4), at(At + 4)), 1)), ...);
    ((x[At] = _mm512_maskz_inserti32x4(all, x[At], _mm_maskz_loadu_epi16(some(At + 8), at(At + 8)), 2)), ...);
    ((x[At] = _mm512_maskz_inserti32x4(all, x[At], _mm_maskz_loadu_epi16(some(At + 12), at(At + 12)), 3)), ...);
    const __m512i y[] = {_mm512_maskz_unpacklo_epi32(all, x[0], x[1]), _mm512_maskz_unpackhi_epi32(all, x[0], x[1]),
                         _mm512_maskz_unpacklo_epi32(all, x[2], x[3]), _mm512_maskz_unpackhi_epi32(all, x[2], x[3])};
    x[0] = _mm512_maskz_unpacklo_epi64(0xff, y[0], y[2]), x[1] = _mm512_maskz_unpackhi_epi64(0xff, y[0], y[2]);
    x[2] = _mm512_maskz_unpacklo_epi64(0xff, y[1], y[3]), x[3] = _mm512_maskz_unpackhi_epi64(0xff, y[1], y[3]);
    ((static_cast<index>(2 * At) < depth ? _mm512_storeu_si512(to + static_cast<index>(At) * to_step, x[At]) : void()),
     ...);
  }

  /// R rows of C from row i on, columns j .. j + w.
  template <std::size_t R>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::noinline]] static void strip(const task& t,
                                                                                               const bfloat16* b,
                                                                                               index i, index j,
                                                                                               index w) {
    const index panel = round_up(t.k, 2) * columns;
    const bfloat16* a = t.a + i * t.lda;
    Out* c = t.c + i * t.ldc + j;
    for (; w > 0; w -= columns, b += panel, c += columns) {
      const auto tail = static_cast<__mmask16>(w < columns ? (2u << (w - 1) % width) - 1u : ~0u);
      if (w > 2 * width)
        tile<3>(std::make_index_sequence<3 * R>{}, t, a, b, c, tail);
      else if (w > width)
        tile<2>(std::make_index_sequence<2 * R>{}, t, a, b, c, tail);
      else
        tile<1>(std::make_index_sequence<R>{}, t, a, b, c, tail);
    }
  }

  /// Vector `At` of a row of V, and with the first of three the second.
  template <std::size_t V, std::size_t At>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void save(
      Out* to, __mmask16 tail, const vector* sum) {
    if constexpr (At == V - 1)
      sums_bf16::save(to, tail, sum[0]);
    else if constexpr (V == 2)
      sums_bf16::save(to, static_cast<__mmask16>(-1), sum[0]);
    else if constexpr (At == 0)
      sums_bf16::save(to, sum[0], sum[1]);
  }
  template <std::size_t V, std::size_t... At>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void tile(
      std::index_sequence<At...>, const task& t, const bfloat16* a, const bfloat16* b, Out* c, __mmask16 tail) {
    const auto at = [&](std::size_t n) {
      return c + static_cast<index>(n / V) * t.ldc + static_cast<index>(n % V) * width;
    };
    const auto some = [tail](std::size_t n) { return n % V == V - 1 ? tail : static_cast<__mmask16>(~0u); };
    vector sum[sizeof...(At)];
    if (t.after.mode == store::overwrite)
      ((sum[At] = _mm512_setzero_ps()), ...);
    else
      ((sum[At] = sums_bf16::load(at(At), some(At))), ...);
    const index one = t.lda, three = 3 * one;
    const bfloat16* fifth = a + 4 * one;
    const auto row_of = [&](std::size_t n) {
      return (n / V >= 4 ? fifth : a) + (n / V % 4 == 3 ? three : static_cast<index>(n / V % 4) * one);
    };
    for (index left = t.k; left > 1; left -= 2, a += 2, fifth += 2, b += 2 * width * V) {
      __m512i row[V];
      for (std::size_t v = 0; v < V; ++v) row[v] = _mm512_loadu_si512(b + v * 2 * width);
      ((sum[At] = pairs512::multiply(sum[At], pairs512::broadcast(row_of(At)), row[At % V])), ...);
    }
    if (t.k % 2 == 1) {
      __m512i row[V];
      for (std::size_t v = 0; v < V; ++v) row[v] = _mm512_loadu_si512(b + v * 2 * width);
      ((sum[At] = pairs512::multiply(sum[At], _mm512_set1_epi32(row_of(At)->bits), row[At % V])), ...);
    }
    (save<V, At % V>(at(At), tail, sum + At), ...);
  }
};

}  // namespace cot::detail
