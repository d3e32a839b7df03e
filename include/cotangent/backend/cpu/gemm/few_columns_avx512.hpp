#pragma once
// The gemm kernel of AVX-512 for a C of at most 8 columns of float: LoRA's first factor, and gradients of either. One
// row's sums would leave half of a vector empty, so the tile is 32 rows by 8 columns, and a vector of sums has
//   - 4 rows x 4 columns where A is stored as rows: four steps of k of 4 rows are one vector, of which a shuffle makes
//     [a a a a | a' a' a' a' | ...] for each step, to be multiplied by 4 columns of B in every lane of 128 bits;
//   - 16 rows of one column where A is stored transposed: a vector of A as it lies, by one number of B. The squares of
//     C are transposed in registers when they are read and written.

#include <cotangent/backend/cpu/gemm/avx512.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

#include <immintrin.h>

namespace cot::detail {

class kernel_few_columns_avx512 : public kernel_avx512<float> {
  using base = kernel_avx512<float>;
  using vector = __m512;
  static constexpr index lane = 4;  // numbers in 128 bits

 public:
  static constexpr bool packs_transposed_a = false, packs_b = true, masks_columns = false;
  static constexpr index rows = 32, columns = 8, pad = columns;
  static constexpr index longest_k = 1024;  // 32 KB of B

  /// C[r, w] (+)= A[r, k] B[k, w] for r <= rows, w <= columns.
  static void tile(index r, index w, const product<float>& p) {
    if (r < 16) return base::tile(r, w, p);
    if (p.a_row == 1) return by_columns(std::make_index_sequence<columns>{}, r, w, p);
    constexpr auto groups = std::make_index_sequence<rows / lane>{};
    r == rows ? by_rows<true>(groups, r, w, p) : by_rows<false>(groups, r, w, p);
  }

  /// k rows by n <= columns of op(B) as [k][columns], filled up with zeros.
  [[gnu::target("avx512f,avx512vl,fma")]] static void pack_b(transpose op, const float* b, index ldb, index k, index n,
                                                             float* to) {
    if (op == transpose::no) {
      const auto some = static_cast<__mmask8>((1u << n) - 1u);
      for (index p = 0; p < k; ++p) _mm256_storeu_ps(to + p * columns, _mm256_maskz_loadu_ps(some, b + p * ldb));
      return;
    }
    for (index p = 0; p < k; p += lane)
      for (index half = 0; half < columns; half += lane) {
        const __mmask8 steps = in_half(0, k - p);
        __m128 x[lane];
        for (index j = 0; j < lane; ++j)
          x[j] = _mm_maskz_loadu_ps(half + j < n ? steps : __mmask8{0}, b + (half + j) * ldb + p);
        _MM_TRANSPOSE4_PS(x[0], x[1], x[2], x[3]);
        for (index s = 0; s < std::min(lane, k - p); ++s) _mm_storeu_ps(to + (p + s) * columns + half, x[s]);
      }
  }

 private:
  /// Of the numbers 4 half .. 4 half + 3 of a row, those before `count`.
  static __mmask8 in_half(index half, index count) {
    return static_cast<__mmask8>((1u << std::clamp(count - lane * half, index{0}, lane)) - 1u);
  }

  template <int At>
  [[gnu::target("avx512f,avx512vl,fma"), gnu::always_inline]] static inline __m128 lane_of(vector v) {
    return _mm512_maskz_extractf32x4_ps(0xf, v, At);
  }

  /// Lane i: four numbers of row i, those in `some`, of the first `count` rows; zeros for others.
  [[gnu::target("avx512f,avx512vl,fma"), gnu::always_inline]] static inline vector load_lanes(const float* from,
                                                                                              index step, __mmask8 some,
                                                                                              index count = lane) {
    vector v = _mm512_castps128_ps512(_mm_maskz_loadu_ps(count > 0 ? some : __mmask8{0}, from));
    v = _mm512_maskz_insertf32x4(0xffff, v, _mm_maskz_loadu_ps(count > 1 ? some : __mmask8{0}, from + step), 1);
    v = _mm512_maskz_insertf32x4(0xffff, v, _mm_maskz_loadu_ps(count > 2 ? some : __mmask8{0}, from + 2 * step), 2);
    return _mm512_maskz_insertf32x4(0xffff, v, _mm_maskz_loadu_ps(count > 3 ? some : __mmask8{0}, from + 3 * step), 3);
  }
  [[gnu::target("avx512f,avx512vl,fma"), gnu::always_inline]] static inline void save_lanes(float* to, index step,
                                                                                            __mmask8 some, vector v,
                                                                                            index count = lane) {
    _mm_mask_storeu_ps(to, count > 0 ? some : __mmask8{0}, lane_of<0>(v));
    _mm_mask_storeu_ps(to + step, count > 1 ? some : __mmask8{0}, lane_of<1>(v));
    _mm_mask_storeu_ps(to + 2 * step, count > 2 ? some : __mmask8{0}, lane_of<2>(v));
    _mm_mask_storeu_ps(to + 3 * step, count > 3 ? some : __mmask8{0}, lane_of<3>(v));
  }
  /// The same of four whole rows, faster.
  [[gnu::target("avx512f,avx512vl,fma"), gnu::always_inline]] static inline vector load_rows(const float* from,
                                                                                             index step,
                                                                                             index three_steps) {
    // With masked broadcasts the product would take a fifth longer on Zen 5.
    vector v = _mm512_castps128_ps512(_mm_loadu_ps(from));
    v = _mm512_maskz_insertf32x4(0xffff, v, _mm_loadu_ps(from + step), 1);
    v = _mm512_maskz_insertf32x4(0xffff, v, _mm_loadu_ps(from + 2 * step), 2);
    return _mm512_maskz_insertf32x4(0xffff, v, _mm_loadu_ps(from + three_steps), 3);
  }

  /// Four steps of k, or the first `Steps` of them, for one group of four rows.
  template <int Steps = 4>
  [[gnu::target("avx512f,avx512vl,fma"), gnu::always_inline]] static inline void add(vector x, const vector (&b)[8],
                                                                                     vector& left, vector& right) {
    const auto all = static_cast<__mmask16>(-1);
    vector a = _mm512_maskz_permute_ps(all, x, 0x00);
    left = _mm512_fmadd_ps(a, b[0], left), right = _mm512_fmadd_ps(a, b[1], right);
    if constexpr (Steps > 1) {
      a = _mm512_maskz_permute_ps(all, x, 0x55);
      left = _mm512_fmadd_ps(a, b[2], left), right = _mm512_fmadd_ps(a, b[3], right);
    }
    if constexpr (Steps > 2) {
      a = _mm512_maskz_permute_ps(all, x, 0xaa);
      left = _mm512_fmadd_ps(a, b[4], left), right = _mm512_fmadd_ps(a, b[5], right);
    }
    if constexpr (Steps > 3) {
      a = _mm512_maskz_permute_ps(all, x, 0xff);
      left = _mm512_fmadd_ps(a, b[6], left), right = _mm512_fmadd_ps(a, b[7], right);
    }
  }

  /// Groups of four rows. Of a tile that is not whole, the last groups share rows: they get the same sums.
  template <bool Whole, std::size_t... Group>
  [[gnu::target("avx512f,avx512vl,fma"), gnu::noinline]] static void by_rows(std::index_sequence<Group...>, index r,
                                                                             index w, const product<float>& p) {
    const index first[] = {std::min(lane * static_cast<index>(Group), Whole ? rows : r - lane)...};
    const index ldc = p.ldc, one = p.a_row, three = 3 * one, four = 4 * one;
    const __mmask8 left = in_half(0, w), right = in_half(1, w);
    vector sum[2 * sizeof...(Group)];
    if (p.overwrite) {
      ((sum[2 * Group] = sum[2 * Group + 1] = _mm512_setzero_ps()), ...);
    } else {
      ((sum[2 * Group] = load_lanes(p.c + first[Group] * ldc, ldc, left),
        sum[2 * Group + 1] = load_lanes(p.c + first[Group] * ldc + lane, ldc, right)),
       ...);
    }
    const float *a = p.a, *b = p.b;
    index steps = p.k;
    vector rows_of_b[8];
    for (; steps >= lane; steps -= lane, a += lane, b += lane * columns) {
      ((rows_of_b[Group] = _mm512_maskz_broadcast_f32x4(0xffff, _mm_loadu_ps(b + static_cast<index>(Group) * lane))),
       ...);
      const float* at = a;
      ((add(load_rows(Whole ? at : a + first[Group] * one, one, three), rows_of_b, sum[2 * Group], sum[2 * Group + 1]),
        at += four),
       ...);
    }
    if (steps > 0) {
      ((rows_of_b[Group] =
            static_cast<index>(Group) < 2 * steps
                ? _mm512_maskz_broadcast_f32x4(0xffff, _mm_loadu_ps(b + static_cast<index>(Group) * lane))
                : _mm512_setzero_ps()),
       ...);
      const __mmask8 some = in_half(0, steps);
      if (steps == 1)
        ((add<1>(load_lanes(a + first[Group] * one, one, some), rows_of_b, sum[2 * Group], sum[2 * Group + 1])), ...);
      else if (steps == 2)
        ((add<2>(load_lanes(a + first[Group] * one, one, some), rows_of_b, sum[2 * Group], sum[2 * Group + 1])), ...);
      else
        ((add<3>(load_lanes(a + first[Group] * one, one, some), rows_of_b, sum[2 * Group], sum[2 * Group + 1])), ...);
    }
    ((save_lanes(p.c + first[Group] * ldc, ldc, left, sum[2 * Group]),
      save_lanes(p.c + first[Group] * ldc + lane, ldc, right, sum[2 * Group + 1])),
     ...);
  }

  /// Transposes the squares of 4 x 4 in the lanes of four vectors.
  [[gnu::target("avx512f,avx512vl,fma"), gnu::always_inline]] static inline void transpose_lanes(vector* x) {
    const vector a = _mm512_maskz_unpacklo_ps(0xffff, x[0], x[1]), b = _mm512_maskz_unpackhi_ps(0xffff, x[0], x[1]);
    const vector c = _mm512_maskz_unpacklo_ps(0xffff, x[2], x[3]), d = _mm512_maskz_unpackhi_ps(0xffff, x[2], x[3]);
    x[0] = _mm512_maskz_shuffle_ps(0xffff, a, c, 0x44);
    x[1] = _mm512_maskz_shuffle_ps(0xffff, a, c, 0xee);
    x[2] = _mm512_maskz_shuffle_ps(0xffff, b, d, 0x44);
    x[3] = _mm512_maskz_shuffle_ps(0xffff, b, d, 0xee);
  }

  /// `some` of four columns of 16 rows of C, of which `count` exist: x[j] holds the rows of column j in order.
  [[gnu::target("avx512f,avx512vl,fma"), gnu::always_inline]] static inline void load_columns(const float* c, index ldc,
                                                                                              __mmask8 some,
                                                                                              index count, vector* x) {
    x[0] = load_lanes(c, lane * ldc, some, (count + 3) / lane);
    x[1] = load_lanes(c + ldc, lane * ldc, some, (count + 2) / lane);
    x[2] = load_lanes(c + 2 * ldc, lane * ldc, some, (count + 1) / lane);
    x[3] = load_lanes(c + 3 * ldc, lane * ldc, some, count / lane);
    transpose_lanes(x);
  }
  [[gnu::target("avx512f,avx512vl,fma"), gnu::always_inline]] static inline void save_columns(float* c, index ldc,
                                                                                              __mmask8 some,
                                                                                              index count, vector* x) {
    transpose_lanes(x);
    save_lanes(c, lane * ldc, some, x[0], (count + 3) / lane);
    save_lanes(c + ldc, lane * ldc, some, x[1], (count + 2) / lane);
    save_lanes(c + 2 * ldc, lane * ldc, some, x[2], (count + 1) / lane);
    save_lanes(c + 3 * ldc, lane * ldc, some, x[3], count / lane);
  }

  /// Vectors of 16 rows, two of them: all of one and the first r - 16 rows of the other.
  template <std::size_t... Column>
  [[gnu::target("avx512f,avx512vl,fma"), gnu::noinline]] static void by_columns(std::index_sequence<Column...>, index r,
                                                                                index w, const product<float>& p) {
    constexpr index full = 16;
    const index rest = r - full, ldc = p.ldc;
    const auto some = static_cast<__mmask16>((1u << rest) - 1u);
    const __mmask8 left = in_half(0, w), right = in_half(1, w);
    float *const upper_c = p.c, *const lower_c = p.c + full * ldc;
    vector upper[columns], lower[columns];
    if (p.overwrite) {
      ((upper[Column] = lower[Column] = _mm512_setzero_ps()), ...);
    } else {
      load_columns(upper_c, ldc, left, full, upper);
      load_columns(upper_c + lane, ldc, right, full, upper + lane);
      load_columns(lower_c, ldc, left, rest, lower);
      load_columns(lower_c + lane, ldc, right, rest, lower + lane);
    }
    const float *a = p.a, *b = p.b;
    const index a_step = p.a_step, ahead = 32 * a_step;
    for (index steps = p.k; steps > 0; --steps, a += a_step, b += columns) {
      const vector x = _mm512_loadu_ps(a), y = _mm512_maskz_loadu_ps(some, a + full);
      __builtin_prefetch(a + ahead, 0, 3);
      __builtin_prefetch(a + ahead + full, 0, 3);
      vector number;
      ((number = _mm512_set1_ps(b[Column]), upper[Column] = _mm512_fmadd_ps(x, number, upper[Column]),
        lower[Column] = _mm512_fmadd_ps(y, number, lower[Column])),
       ...);
    }
    save_columns(upper_c, ldc, left, full, upper);
    save_columns(upper_c + lane, ldc, right, full, upper + lane);
    save_columns(lower_c, ldc, left, rest, lower);
    save_columns(lower_c + lane, ldc, right, rest, lower + lane);
  }
};

}  // namespace cot::detail
