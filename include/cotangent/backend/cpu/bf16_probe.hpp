#pragma once
// Whether this core multiplies bfloat16 by AVX512-BF16 faster than float by AVX-512.

#include <cotangent/backend/cpu/isa.hpp>

#include <algorithm>
#include <chrono>

namespace cot::detail {

#if defined(__x86_64__)
// Ten independent chains each: enough for two ports of latency 5. Registers are named, so that none lives in memory,
// and zero, since some cores are slow with the denormal numbers that garbage may be.
[[gnu::target("avx512f"), gnu::noinline]] inline void chains_of_float_multiplies(long steps) {
  __asm__ volatile(
      ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10\n"
      "vpxor %%xmm\\r, %%xmm\\r, %%xmm\\r\n"
      ".endr\n"
      "1:\n"
      ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9\n"
      "vfmadd231ps %%zmm10, %%zmm10, %%zmm\\r\n"
      ".endr\n"
      "dec %0\n"
      "jnz 1b\n"
      : "+r"(steps)
      :
      : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "cc");
}
[[gnu::target("avx512f,avx512bf16"), gnu::noinline]] inline void chains_of_bfloat16_multiplies(long steps) {
  __asm__ volatile(
      ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10\n"
      "vpxor %%xmm\\r, %%xmm\\r, %%xmm\\r\n"
      ".endr\n"
      "1:\n"
      ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9\n"
      "vdpbf16ps %%zmm10, %%zmm10, %%zmm\\r\n"
      ".endr\n"
      "dec %0\n"
      "jnz 1b\n"
      : "+r"(steps)
      :
      : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "cc");
}
#endif

/// True where vdpbf16ps, which does the work of two fused multiply-adds, gets at least 1.5 times as much done. Takes
/// some 30 us; the shortest of several tries, so that an interruption does not decide.
[[nodiscard]] inline bool measure_fast_bf16([[maybe_unused]] isa level) {
#if defined(__x86_64__)
  if (level < isa::avx512bf16) return false;
  const auto shortest = [](void (*chains)(long)) {
    std::chrono::steady_clock::duration best = std::chrono::steady_clock::duration::max();
    for (int attempt = 0; attempt < 6; ++attempt) {
      const auto start = std::chrono::steady_clock::now();
      chains(400);
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    return std::chrono::duration<double>(best).count();
  };
  const double of_float = shortest(chains_of_float_multiplies), of_bfloat16 = shortest(chains_of_bfloat16_multiplies);
  return 2 * of_float >= 1.5 * of_bfloat16;
#else
  return false;
#endif
}

}  // namespace cot::detail
