#pragma once
// The tile registers of AMX, as backend/cpu/amx.hpp has them, in memory: kernels on them run on any machine.

#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/shape.hpp>

#include <cmath>
#include <cstring>

namespace cot::test {

/// Eight tiles of 16 rows of 64 bytes in memory.
struct emulated_tiles {
  struct session {};
  static inline thread_local unsigned char tiles[8][16][64];

  template <int T>
  static void zero() {
    std::memset(tiles[T], 0, sizeof tiles[T]);
  }
  template <int T>
  static void load(const void* from, index stride) {
    for (index i = 0; i < 16; ++i) std::memcpy(tiles[T][i], static_cast<const char*>(from) + i * stride, 64);
  }
  template <int T>
  static void load_once(const void* from, index stride) {
    load<T>(from, stride);
  }
  template <int T>
  static void save(void* to, index stride) {
    for (index i = 0; i < 16; ++i) std::memcpy(static_cast<char*>(to) + i * stride, tiles[T][i], 64);
  }
  template <int C, int A, int B>
  static void multiply() {
    for (int i = 0; i < 16; ++i) {
      float c[16];
      bfloat16 a[32];
      std::memcpy(c, tiles[C][i], 64);
      std::memcpy(static_cast<void*>(a), tiles[A][i], 64);
      for (int p = 0; p < 16; ++p) {
        bfloat16 b[32];
        std::memcpy(static_cast<void*>(b), tiles[B][p], 64);
        for (int j = 0; j < 16; ++j)
          for (int side = 0; side < 2; ++side) c[j] = std::fma(float(a[2 * p + side]), float(b[2 * j + side]), c[j]);
      }
      std::memcpy(tiles[C][i], c, 64);
    }
  }
};

}  // namespace cot::test
