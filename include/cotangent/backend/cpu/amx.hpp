#pragma once
// The tile registers of AMX: permission, configuration, and the five instructions that gemm uses.
//
// The instructions are written as asm with a memory clobber: the intrinsics of g++ 12 lack it, so that a store which a
// load needs may be delayed. Sixteen rows of 64 bytes in all eight tiles, always: unused parts are zeros in packed
// operands.

#include <cotangent/core/shape.hpp>

#include <cstdint>

#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace cot::detail {

/// Linux grants the tiles to a process that asks for them, for all of its threads, now and later. Denied where the
/// kernel is too old or where an alternate signal stack exists that is too small for them.
[[nodiscard]] inline bool request_amx() {
#if defined(__linux__) && defined(__x86_64__)
  constexpr long get_permission = 0x1022, request_permission = 0x1023, tile_data = 18;
  std::uint64_t granted = 0;
  const auto has = [&] {
    return syscall(SYS_arch_prctl, get_permission, &granted) == 0 && (granted >> tile_data & 1u) != 0;
  };
  return has() || (syscall(SYS_arch_prctl, request_permission, tile_data) == 0 && has());
#else
  return false;
#endif
}

#if defined(__x86_64__)
/// The registers of the core. Nothing may suspend or change fiber between a session's begin and end.
struct amx_tiles {
  /// Configured tiles, as long as it lives. One for each task: configuring and releasing take some 50 ns.
  class session {
   public:
    [[gnu::target("amx-tile")]] session() {
      struct alignas(64) {
        std::uint8_t palette = 1, start = 0, reserved[14] = {};
        std::uint16_t bytes[16] = {};
        std::uint8_t rows[16] = {};
      } shape;
      for (int i = 0; i < 8; ++i) shape.bytes[i] = 64, shape.rows[i] = 16;
      __asm__ volatile("ldtilecfg %0" : : "m"(shape));
    }
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    [[gnu::target("amx-tile")]] ~session() { __asm__ volatile("tilerelease" : : : "memory"); }
  };

  template <int T>
  [[gnu::target("amx-tile"), gnu::always_inline]] static inline void zero() {
    __asm__ volatile("tilezero %%tmm%c0" : : "i"(T) : "memory");
  }
  template <int T>
  [[gnu::target("amx-tile"), gnu::always_inline]] static inline void load(const void* from, index stride) {
    __asm__ volatile("tileloadd (%1,%2,1), %%tmm%c0" : : "i"(T), "r"(from), "r"(stride) : "memory");
  }
  /// Without driving from L1 what is used more often.
  template <int T>
  [[gnu::target("amx-tile"), gnu::always_inline]] static inline void load_once(const void* from, index stride) {
    __asm__ volatile("tileloaddt1 (%1,%2,1), %%tmm%c0" : : "i"(T), "r"(from), "r"(stride) : "memory");
  }
  template <int T>
  [[gnu::target("amx-tile"), gnu::always_inline]] static inline void save(void* to, index stride) {
    __asm__ volatile("tilestored %%tmm%c0, (%1,%2,1)" : : "i"(T), "r"(to), "r"(stride) : "memory");
  }
  /// C[16, 16] floats += A[16, 32] B, where B is 16 pairs of rows by 16 columns.
  template <int C, int A, int B>
  [[gnu::target("amx-tile,amx-bf16"), gnu::always_inline]] static inline void multiply() {
    __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(C), "i"(A), "i"(B) : "memory");
  }
};
#endif

}  // namespace cot::detail
