#pragma once
// Whether this core multiplies bfloat16 by AVX512-BF16 faster than float by AVX-512.

#include <cotangent/backend/cpu/chains.hpp>
#include <cotangent/backend/cpu/isa.hpp>

#include <algorithm>
#include <chrono>

namespace cot::detail {

/// True where vdpbf16ps gets at least 1.5 times as much done as fused multiply-adds of floats. Takes some 30 us; the
/// shortest of several tries, so that an interruption does not decide.
[[nodiscard]] inline bool measure_fast_bf16(isa level) {
  const auto rate = [](const chains& c) {
    if (c.run == nullptr) return 0.0;
    auto best = std::chrono::steady_clock::duration::max();
    for (int attempt = 0; attempt < 6; ++attempt) {
      const auto start = std::chrono::steady_clock::now();
      c.run(400);
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    return c.flops / std::chrono::duration<double>(best).count();
  };
  const double of_bfloat16 = rate(bfloat16_chains(level, false));
  return of_bfloat16 > 0 && of_bfloat16 >= 1.5 * rate(float_chains(level));
}

}  // namespace cot::detail
