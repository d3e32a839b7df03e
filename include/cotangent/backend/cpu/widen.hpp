#pragma once
// bfloat16 to float, a row at a time.

#include <cotangent/backend/cpu/isa.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/kernel/pack_memory.hpp>

namespace cot::detail {

/// to[i] = from[i], by packs.
template <class Number>
COT_FN inline void widen_row(const bfloat16* from, index n, float* to) {
  constexpr index lanes = lanes_of<Number>;
  for (index i = 0; i + lanes <= n; i += lanes) save(to + i, load<Number>(from + i));
  for (index i = n / lanes * lanes; i < n; ++i) to[i] = static_cast<float>(from[i]);
}
[[gnu::noinline]] inline void widen_portable(const bfloat16* from, index n, float* to) {
  widen_row<pack<float, 4>>(from, n, to);
}
#if defined(__x86_64__)
[[gnu::noinline, gnu::target("avx2,fma")]] inline void widen_avx2(const bfloat16* from, index n, float* to) {
  widen_row<pack<float, 8>>(from, n, to);
}
[[gnu::noinline, gnu::target("avx512f,avx512bw,avx512vl,avx512dq,fma")]] inline void widen_avx512(const bfloat16* from,
                                                                                                  index n, float* to) {
  widen_row<pack<float, 16>>(from, n, to);
}
#endif

/// By the instruction set of a device.
inline void widen(isa level, const bfloat16* from, index n, float* to) {
#if defined(__x86_64__)
  if (level >= isa::avx512) return widen_avx512(from, n, to);
  if (level >= isa::avx2) return widen_avx2(from, n, to);
#endif
  widen_portable(from, n, to);
}

}  // namespace cot::detail
