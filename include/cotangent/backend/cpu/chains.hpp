#pragma once
// Chains of dependent multiplies: what one core's arithmetic can do at best, the ceiling that kernels are measured by.
//
// Fourteen independent chains are enough for two ports of latency 7. Registers are named, so that none lives in memory,
// and zero, since some cores are slow with the denormal numbers that garbage may be.

#include <cotangent/backend/cpu/amx.hpp>
#include <cotangent/backend/cpu/isa.hpp>

namespace cot::detail {

/// Runs `steps` rounds of the chains, each of `flops` floating-point operations.
struct chains {
  void (*run)(long steps) = nullptr;
  double flops = 0;
};

#if defined(__x86_64__)
#define COT_CHAINS(NAME, TARGET, INSTRUCTION, REGISTER)                                                              \
  [[gnu::target(TARGET), gnu::noinline]] inline void NAME(long steps) {                                              \
    __asm__ volatile(                                                                                                \
        ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14\n"                                                 \
        "vpxor %%xmm\\r, %%xmm\\r, %%xmm\\r\n"                                                                       \
        ".endr\n"                                                                                                    \
        "1:\n"                                                                                                       \
        ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13\n" INSTRUCTION " %%" REGISTER "14, %%" REGISTER        \
        "14, %%" REGISTER                                                                                            \
        "\\r\n"                                                                                                      \
        ".endr\n"                                                                                                    \
        "dec %0\n"                                                                                                   \
        "jnz 1b\n"                                                                                                   \
        : "+r"(steps)                                                                                                \
        :                                                                                                            \
        : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", \
          "xmm13", "xmm14", "cc");                                                                                   \
  }
COT_CHAINS(multiply_floats_avx2, "avx2,fma", "vfmadd231ps", "ymm")
COT_CHAINS(multiply_floats_avx512, "avx512f", "vfmadd231ps", "zmm")
COT_CHAINS(multiply_bfloat16s_avx512, "avx512f,avx512bf16", "vdpbf16ps", "zmm")
#undef COT_CHAINS

/// Two by two tiles whose operands come from the first-level cache, as in a gemm.
[[gnu::target("amx-tile,amx-bf16"), gnu::noinline]] inline void multiply_tiles(long steps) {
  alignas(64) static constexpr unsigned char operands[4][1024] = {};
  const amx_tiles::session session;
  amx_tiles::zero<0>();
  amx_tiles::zero<1>();
  amx_tiles::zero<2>();
  amx_tiles::zero<3>();
  for (long i = 0; i < steps; ++i) {
    amx_tiles::load<4>(operands[0], 64);
    amx_tiles::load<5>(operands[1], 64);
    amx_tiles::load<6>(operands[2], 64);
    amx_tiles::load<7>(operands[3], 64);
    amx_tiles::multiply<0, 4, 6>();
    amx_tiles::multiply<1, 4, 7>();
    amx_tiles::multiply<2, 5, 6>();
    amx_tiles::multiply<3, 5, 7>();
  }
}
#endif

/// Fused multiply-adds of floats at a level; none (null) for `portable`, whose instructions the compiler chooses.
[[nodiscard]] inline chains float_chains([[maybe_unused]] isa level) {
#if defined(__x86_64__)
  if (level >= isa::avx512) return {multiply_floats_avx512, 14 * 16 * 2};
  if (level >= isa::avx2) return {multiply_floats_avx2, 14 * 8 * 2};
#endif
  return {};
}

/// Products of bfloat16 by AVX512-BF16, or by AMX (with its permission); none (null) below.
[[nodiscard]] inline chains bfloat16_chains([[maybe_unused]] isa level, [[maybe_unused]] bool amx) {
#if defined(__x86_64__)
  if (amx) return {multiply_tiles, 4 * 16 * 16 * 32 * 2};
  if (level >= isa::avx512bf16) return {multiply_bfloat16s_avx512, 14 * 32 * 2};
#endif
  return {};
}

}  // namespace cot::detail
