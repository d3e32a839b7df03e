#pragma once
// The instruction sets that the CPU kernels are written for, and which of them this machine has.

#include <cotangent/core/error.hpp>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace cot {

/// In ascending order: each includes those before it.
enum class isa { portable, avx2, avx512, avx512bf16, amx };

inline constexpr std::array<std::string_view, 5> isa_names = {"portable", "avx2", "avx512", "avx512bf16", "amx"};

[[nodiscard]] inline std::string_view to_string(isa level) { return isa_names[static_cast<std::size_t>(level)]; }

/// What CPUID and the operating system (XCR0) offer: by feature, never by model, because hypervisors report models that
/// do not exist. `amx` here means that the tiles exist; the kernel's permission is asked at their first use.
[[nodiscard]] inline isa detect_isa() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return isa::portable;
  const bool fma = c >> 12 & 1u, osxsave = c >> 27 & 1u;
  if (!osxsave) return isa::portable;
  unsigned xcr0 = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(xcr0), "=d"(high) : "c"(0));
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return isa::portable;
  const bool avx2 = b >> 5 & 1u, avx512 = (b >> 16 & 1u) && (b >> 17 & 1u) && (b >> 30 & 1u) && (b >> 31 & 1u);
  const bool amx = (d >> 22 & 1u) && (d >> 24 & 1u);  // amx-bf16, amx-tile
  if (!(avx2 && fma && (xcr0 & 6u) == 6u)) return isa::portable;
  if (!(avx512 && (xcr0 & 0xe0u) == 0xe0u)) return isa::avx2;  // F, DQ, BW, VL
  unsigned leaf1 = 0;
  const bool bf16 = __get_cpuid_count(7, 1, &leaf1, &b, &c, &high) && (leaf1 >> 5 & 1u);
  if (!bf16) return isa::avx512;
  return amx && (xcr0 & 0x60000u) == 0x60000u ? isa::amx : isa::avx512bf16;
#else
  return isa::portable;
#endif
}

/// The machine's level, capped by the environment variable COTANGENT_ISA (so that every path can be tested wherever the
/// machine has it). A name that is unknown or that the machine lacks is an error.
[[nodiscard]] inline isa isa_from_environment() {
  const isa present = detect_isa();
  const char* cap = std::getenv("COTANGENT_ISA");
  if (cap == nullptr || *cap == '\0') return present;
  for (std::size_t i = 0; i < isa_names.size(); ++i)
    if (isa_names[i] == cap) {
      if (static_cast<isa>(i) > present)
        throw device_error("cpu", "COTANGENT_ISA", "at most " + std::string(to_string(present)) + " on this machine",
                           cap);
      return static_cast<isa>(i);
    }
  throw device_error("cpu", "COTANGENT_ISA", "portable, avx2, avx512, avx512bf16 or amx", cap);
}

}  // namespace cot
