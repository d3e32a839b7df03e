#pragma once
// The product tile of AVX512-BF16: a step multiplies 16 pairs of bfloat16 by a broadcast pair and adds both products to
// 16 floats, twice the work of a fused multiply-add. The instruction takes denormal numbers for zero.

#include <cotangent/backend/cpu/attention/product.hpp>

#if defined(__x86_64__)
#include <cstdint>

#include <immintrin.h>

namespace cot::cpu_attention {

template <int R, int C, stored S>
struct product_tile_bf16 {
  [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,avx2,fma"), gnu::noinline]] static void run(
      const bfloat16* a, index a_stride, const bfloat16* b, index b_stride, float* c, index c_stride, index depth,
      const float* row_factor, bool add) {
    accumulate(row_elements<bfloat16, S, R>(a, a_stride), b, b_stride, c, c_stride, depth, row_factor, add,
               std::make_integer_sequence<int, R * C>{}, std::make_integer_sequence<int, C>{});
  }

 private:
  using number = lanes<float, 16>;

  template <int... At, int... J>
  [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,avx2,fma"), gnu::always_inline]] static inline void
  accumulate(row_elements<bfloat16, S, R> a, const bfloat16* b, index b_stride, float* c, index c_stride, index depth,
             const float* row_factor, bool add, std::integer_sequence<int, At...> all,
             std::integer_sequence<int, J...>) {
    registers<number, R * C> sum;
    ((sum.item[At] = number::fill(0)), ...);
    for (index k = depth; k > 0; --k) {
      __m512i column[static_cast<unsigned>(C)];
      ((column[J] = _mm512_loadu_si512(b + J * 32)), ...);
      ((sum.item[At].v = multiply(sum.item[At].v, a.template at<At / C>(), column[At % C])), ...);
      a.advance();
      b += b_stride;
    }
    finish_tile<C>(sum, c, c_stride, row_factor, add, all);
  }

  [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,avx2,fma"), gnu::always_inline]] static inline __m512
  multiply(__m512 sum, const bfloat16* both, __m512i column) {
    std::int32_t pair;
    __builtin_memcpy(&pair, both, sizeof pair);
    return _mm512_dpbf16_ps(sum, __builtin_bit_cast(__m512bh, _mm512_set1_epi32(pair)),
                            __builtin_bit_cast(__m512bh, column));
  }
};

}  // namespace cot::cpu_attention
#endif
