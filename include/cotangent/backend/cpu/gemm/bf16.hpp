#pragma once
// The gemm kernel of AVX512-BF16: the tile of 8 rows by 3 vectors again, each step two neighbours in k at once.
// vdpbf16ps multiplies 32 pairs of bfloat16 and adds each product to a float, twice the work of a fused multiply-add
// where the core runs it at full rate (Zen 4, Zen 5), half of it where not (Sapphire Rapids): `measure_fast_bf16`
// tells. B is packed with the two rows of a step interleaved; A is read in place, a pair a broadcast, or packed
// likewise where it is transposed.

#include <cotangent/backend/cpu/gemm/avx512.hpp>
#include <cotangent/backend/cpu/gemm/block.hpp>
#include <cotangent/core/bfloat16.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <immintrin.h>

namespace cot::detail {

/// 16 pairs of neighbours in k, as 32-bit words of a register.
class pairs512 {
  typedef std::uint16_t half_words __attribute__((vector_size(32)));
  typedef std::uint32_t words __attribute__((vector_size(64)));

 public:
  /// Up to 16 elements of two rows as pairs; a missing second row is zero.
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::always_inline]] static inline __m512i interleave(
      const bfloat16* first, const bfloat16* second, __mmask16 some) {
    const words low = widen(_mm256_maskz_loadu_epi16(some, first));
    if (second == nullptr) return __builtin_bit_cast(__m512i, low);
    return __builtin_bit_cast(__m512i, low | widen(_mm256_maskz_loadu_epi16(some, second)) << 16);
  }

  /// 16 rows of up to 16 pairs as stored; rows that do not exist are zero, those after them are fetched.
  template <std::size_t... At>
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::always_inline]] static inline void read(
      std::index_sequence<At...>, __m512 (&r)[16], const bfloat16* from, index step, index count, __mmask32 some) {
    ((r[At] = static_cast<index>(At) < count
                  ? _mm512_castsi512_ps(_mm512_maskz_loadu_epi16(some, from + static_cast<index>(At) * step))
                  : _mm512_setzero_ps()),
     ...);
    (__builtin_prefetch(from + static_cast<index>(At + 16) * step, 0, 2), ...);
  }

  /// sum + a b, the first of each pair after the second.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline __m512 multiply(
      __m512 sum, __m512i a, __m512i b) {
    return _mm512_dpbf16_ps(sum, __builtin_bit_cast(__m512bh, a), __builtin_bit_cast(__m512bh, b));
  }
  /// One pair in all places.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline __m512i broadcast(
      const bfloat16* pair) {
    std::int32_t both;
    __builtin_memcpy(&both, pair, sizeof both);
    return _mm512_set1_epi32(both);
  }

 private:
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::always_inline]] static inline words widen(__m256i narrow) {
    return __builtin_convertvector(__builtin_bit_cast(half_words, narrow), words);
  }
};

class kernel_bf16 {
  using vector = __m512;
  typedef std::uint32_t words __attribute__((vector_size(64)));
  static constexpr index width = 16;

 public:
  using in = bfloat16;
  using left = bfloat16;
  using right = bfloat16;
  using sum = float;
  static constexpr index rows = 8, columns = 3 * width, pad = width, pair = 2;
  static constexpr index longest_k = 768, block_bytes = index{600} << 10;
  static constexpr bool packs_transposed_a = true, packs_b = true, masks_columns = false, finishes_tiles = false;
  struct session {};

  [[nodiscard]] static constexpr bool packs_rows(index, index) { return false; }

  using task = product<bfloat16, bfloat16, float>;

  /// C[r, w] (+)= A[r, k] B[k, w] for r <= 8, w <= 48.
  static void tile(index r, index w, const task& p) {
    const index vectors = (w + width - 1) / width;
    const auto tail = static_cast<__mmask16>((1u << (w - (vectors - 1) * width)) - 1u);
    if (r == rows) return table[p.a_row == pair][3][static_cast<std::size_t>(vectors - 1)](p, tail);
    task q = p;
    for (index part = rows; r > 0; part /= 2) {
      if (r < part) continue;
      const std::size_t size = part == 8 ? 3 : part == 4 ? 2 : part == 2 ? 1 : 0;
      table[p.a_row == pair][size][static_cast<std::size_t>(vectors - 1)](q, tail);
      q.a += part * q.a_row;
      q.c += part * q.ldc;
      for (fetch& f : q.next) f = nothing;
      r -= part;
    }
  }

  static void pack_b(transpose op, const bfloat16* b, index ldb, index k, index n, bfloat16* to) {
    if (op == transpose::no) return pack_rows(b, ldb, k, n, to);
    for (index x = 0; x < n; x += columns)
      pack_transposed(b + x * ldb, ldb, k, std::min(columns, n - x), to + x * round_up(k, pair));
  }

  /// r <= 16 columns of A as stored, [k, m], as one or two panels [k / 2][8][2].
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::noinline]] static void pack_a(transpose, const bfloat16* a,
                                                                                     index lda, index k, index r,
                                                                                     bfloat16* to) {
    const auto some = static_cast<__mmask16>((1u << r) - 1u);
    const index panel = round_up(k, pair) * rows;
    for (index p = 0; p < k; p += 2, a += 2 * lda, to += 2 * rows) {
      const __m512i both = pairs512::interleave(a, p + 1 < k ? a + lda : nullptr, some);
      _mm512_mask_storeu_epi32(to, 0x00ff, both);
      if (r > rows) _mm512_mask_storeu_epi32(to + panel - 2 * rows, 0xff00, both);
    }
  }

 private:
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::noinline]] static void pack_rows(const bfloat16* b, index ldb,
                                                                                        index k, index n,
                                                                                        bfloat16* to) {
    const __m512i low = alternate(0), high = alternate(width);
    for (index p = 0; p < k; p += 2, b += 2 * ldb) {
      const bfloat16* second = p + 1 < k ? b + ldb : nullptr;
      for (index x = 0; x < n; x += columns) {
        const index w = std::min(columns, n - x);
        bfloat16* row = to + x * round_up(k, pair) + p * round_up(w, pad);
        index j = 0;
        if (second != nullptr && w >= 2 * width) {
          const __m512i upper = _mm512_loadu_si512(b + x), lower = _mm512_loadu_si512(second + x);
          _mm512_storeu_si512(row, _mm512_permutex2var_epi16(upper, low, lower));
          _mm512_storeu_si512(row + 2 * width, _mm512_permutex2var_epi16(upper, high, lower));
          j = 2 * width;
        }
        for (; j < w; j += width) {
          const auto some = static_cast<__mmask16>((1u << std::min(width, w - j)) - 1u);
          _mm512_storeu_si512(row + 2 * j, pairs512::interleave(b + x + j, second ? second + x + j : nullptr, some));
        }
      }
    }
  }
  /// Numbers of 16-bit lanes of two vectors alternating, from lane `first` on.
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::always_inline]] static inline __m512i alternate(int first) {
    words lanes;
    for (int i = 0; i < 16; ++i) lanes[i] = static_cast<std::uint32_t>((i + first) | (i + first + 32) << 16);
    return __builtin_bit_cast(__m512i, lanes);
  }

  /// Pairs are neighbours already: a transpose of 32-bit words.
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::noinline]] static void pack_transposed(const bfloat16* b,
                                                                                              index ldb, index k,
                                                                                              index w, bfloat16* to) {
    const index padded = round_up(w, width);
    for (index j = 0; j < padded; j += width)
      for (index p = 0; p < k; p += 2 * width) {
        const index deep = std::min(2 * width, k - p);
        const auto some = static_cast<__mmask32>((std::uint64_t{1} << deep) - 1u);
        vector r[16];
        pairs512::read(std::make_index_sequence<16>{}, r, b + j * ldb + p, ldb, std::min(width, w - j), some);
        square512<float>::transpose(r);
        write_pairs(std::make_index_sequence<16>{}, r, to + p * padded + 2 * j, 2 * padded, (deep + 1) / 2);
      }
  }
  template <std::size_t... At>
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::always_inline]] static inline void write_pairs(
      std::index_sequence<At...>, const vector (&r)[16], bfloat16* to, index step, index count) {
    ((static_cast<index>(At) < count ? _mm512_storeu_ps(to + static_cast<index>(At) * step, r[At]) : void()), ...);
  }

  template <bool Adjacent, int R, int V, std::size_t... At>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void expand(
      std::index_sequence<At...>, const task& p, __mmask16 tail) {
    constexpr int last = V - 1;
    float* c = p.c;
    index ldc = p.ldc;
    const auto at = [&c, &ldc](std::size_t i)
                        COT_LAMBDA { return c + static_cast<index>(i / V) * ldc + static_cast<index>(i % V) * width; };
    vector sum[sizeof...(At)];
    if (p.overwrite) {
      ((sum[At] = _mm512_setzero_ps()), ...);
    } else {
      ((sum[At] = At % V == last ? _mm512_maskz_loadu_ps(tail, at(At)) : _mm512_loadu_ps(at(At))), ...);
    }
    const index one = p.a_row, three = 3 * p.a_row, a_step = Adjacent ? p.a_step : pair, b_step = p.b_step;
    const bfloat16* a = p.a;
    const bfloat16* fifth = p.a + 4 * p.a_row;
    const bfloat16* b = p.b;
    const auto row_of = [&](std::size_t i) COT_LAMBDA {
      if constexpr (Adjacent)
        return a + static_cast<index>(i / V) * pair;
      else
        return (i / V >= 4 ? fifth : a) + (i / V % 4 == 3 ? three : static_cast<index>(i / V % 4) * one);
    };
    const index steps = Adjacent ? (p.k + 1) / 2 : p.k / 2;  // packed operands end in a zero
    index done = 0;
    for (const fetch& f : p.next) {
      const index part = std::min(f.count, steps - done), advance = f.advance;
      const index* offset = f.offsets;
      for (index left = part; left > 0; --left) {
        __m512i row[static_cast<std::size_t>(V)];
        for (int j = 0; j < V; ++j) row[j] = _mm512_loadu_si512(b + j * 2 * width);
        ((sum[At] = pairs512::multiply(sum[At], pairs512::broadcast(row_of(At)), row[At % V])), ...);
        a += a_step;
        fifth += a_step;
        b += b_step;
        __builtin_prefetch(static_cast<const char*>(f.base) + *offset, 0, 2);
        offset += advance;
      }
      done += part;
    }
    if (!Adjacent && p.k % 2 == 1) {
      __m512i row[static_cast<std::size_t>(V)];
      for (int j = 0; j < V; ++j) row[j] = _mm512_loadu_si512(b + j * 2 * width);
      ((sum[At] = pairs512::multiply(sum[At], _mm512_set1_epi32(row_of(At)->bits), row[At % V])), ...);
    }
    __asm__("" : "+r"(c), "+r"(ldc));  // addresses of C are computed anew, not kept on the stack meanwhile
    ((At % V == last ? _mm512_mask_storeu_ps(at(At), tail, sum[At]) : _mm512_storeu_ps(at(At), sum[At])), ...);
  }

  template <bool Adjacent, int R, int V>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::noinline]] static void run(const task& p,
                                                                                             __mmask16 tail) {
    expand<Adjacent, R, V>(std::make_index_sequence<static_cast<std::size_t>(R * V)>{}, p, tail);
  }

  using entry = void (*)(const task&, __mmask16);
  template <bool Adjacent, int R>
  static constexpr std::array<entry, 3> widths = {&run<Adjacent, R, 1>, &run<Adjacent, R, 2>, &run<Adjacent, R, 3>};
  template <bool Adjacent>
  static constexpr std::array<std::array<entry, 3>, 4> heights = {widths<Adjacent, 1>, widths<Adjacent, 2>,
                                                                  widths<Adjacent, 4>, widths<Adjacent, 8>};
  static constexpr std::array<std::array<std::array<entry, 3>, 4>, 2> table = {heights<false>, heights<true>};
};

}  // namespace cot::detail
