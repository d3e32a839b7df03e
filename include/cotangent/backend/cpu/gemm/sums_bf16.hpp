#pragma once
// Sums in registers, of products of pairs by AVX512-BF16, that go from there to C, whose type `Out` is float or
// bfloat16: what the kernels for LoRA's shapes have in common.

#include <cotangent/backend/cpu/gemm/bf16.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/matmul.hpp>

#include <immintrin.h>

namespace cot::detail {

/// 16 sums, or 8 of them.
class sums_bf16 {
 public:
  using vector = __m512;
  using half = __m256;

  /// op(B) of k rows and n <= 8 columns as kernel_bf16 packs it, [(k + 1) / 2][16][2]; columns that nobody reads may be
  /// left as they are.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::noinline]] static void pack_few(
      transpose op, const bfloat16* from, index stride, index k, index n, bfloat16* to) {
    if (op == transpose::yes) return kernel_bf16::pack_b(op, from, stride, k, n, to);
    const auto some = static_cast<__mmask8>((1u << n) - 1u);
    for (; k > 0; k -= 2, from += 2 * stride, to += 32) {
      const __m128i first = _mm_maskz_loadu_epi16(some, from);
      const __m128i second = _mm_maskz_loadu_epi16(k > 1 ? some : __mmask8{0}, from + stride);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_unpacklo_epi16(first, second));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 8), _mm_unpackhi_epi16(first, second));
    }
  }

  /// Those in `some`; zeros for others.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline vector load(
      const float* from, __mmask16 some) {
    return _mm512_maskz_loadu_ps(some, from);
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline vector load(
      const bfloat16* from, __mmask16 some) {
    const __m512i wide = _mm512_maskz_cvtepu16_epi32(some, _mm256_maskz_loadu_epi16(some, from));
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(some, wide, 16));
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline half load_half(
      const float* from, __mmask8 some) {
    return _mm256_maskz_loadu_ps(some, from);
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline half load_half(
      const bfloat16* from, __mmask8 some) {
    const __m256i wide = _mm256_maskz_cvtepu16_epi32(some, _mm_maskz_loadu_epi16(some, from));
    return _mm256_castsi256_ps(_mm256_maskz_slli_epi32(some, wide, 16));
  }

  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline vector join(half low,
                                                                                                            half high) {
    const __m512d v = _mm512_castps_pd(_mm512_castps256_ps512(low));
    return _mm512_castpd_ps(_mm512_maskz_insertf64x4(0xff, v, _mm256_castps_pd(high), 1));
  }
  template <int At>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline half half_of(vector v) {
    return _mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(0xf, _mm512_castps_pd(v), At));
  }

  /// Lanes of 128 bits of x and y in turn, of their lower or upper halves; and those lanes apart again: two results of
  /// alternate<0> and alternate<1> give x by apart<0> and y by apart<1>.
  template <int Upper>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline vector alternate(
      vector x, vector y) {
    const __m512i lower = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    return _mm512_permutex2var_ps(x, _mm512_add_epi32(lower, _mm512_set1_epi32(8 * Upper)), y);
  }
  template <int Odd>
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline vector apart(vector x,
                                                                                                             vector y) {
    return _mm512_maskz_shuffle_f32x4(0xffff, x, y, Odd ? 0xdd : 0x88);
  }

  /// To bfloat16 rounded as bfloat16 itself rounds: what differs, numbers too small to be normal, is zero in a sum.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void save(
      float* to, __mmask16 some, vector v) {
    _mm512_mask_storeu_ps(to, some, v);
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void save(
      bfloat16* to, __mmask16 some, vector v) {
    _mm256_mask_storeu_epi16(to, some, __builtin_bit_cast(__m256i, _mm512_cvtneps_pbh(v)));
  }
  /// Two whole vectors, side by side.
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void save(
      float* to, vector first, vector second) {
    _mm512_storeu_ps(to, first), _mm512_storeu_ps(to + 16, second);
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void save(
      bfloat16* to, vector first, vector second) {
    _mm512_storeu_si512(to, __builtin_bit_cast(__m512i, _mm512_cvtne2ps_pbh(second, first)));
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void save_half(
      float* to, __mmask8 some, half v) {
    _mm256_mask_storeu_ps(to, some, v);
  }
  [[gnu::target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), gnu::always_inline]] static inline void save_half(
      bfloat16* to, __mmask8 some, half v) {
    _mm_mask_storeu_epi16(to, some, __builtin_bit_cast(__m128i, _mm256_cvtneps_pbh(v)));
  }
};

}  // namespace cot::detail
