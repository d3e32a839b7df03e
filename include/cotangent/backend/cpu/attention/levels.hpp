#pragma once
// The instruction sets of the attention kernels as types. `Level::run<Program>(arguments...)` compiles and calls
// Program::apply<Level> for that instruction set; only scalars and pointers cross the call.

#include <cotangent/core/annotation.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/shape.hpp>

#include <type_traits>

namespace cot::cpu_attention {

/// What must be alive while a task runs at a level that needs nothing.
struct no_session {};

/// Rows of the register tile of `product` when it is `columns` (1 or 2) registers wide: chosen so that the accumulators
/// fill the register file. Double serves checks: smaller tiles, less to compile.
struct portable_level {
  static constexpr bool multiplies_bfloat16 = false, has_tiles = false;
  using session = no_session;
  template <class A>
  static constexpr int width = 16 / static_cast<int>(sizeof(A));
  template <class A>
  static constexpr int rows(int) {
    return 4;
  }

  template <class Program, class... Arguments>
  __attribute__((noinline)) static void run(Arguments... arguments) {
    Program::template apply<portable_level>(arguments...);
  }
};

#if defined(__x86_64__)
struct avx2_level {
  static constexpr bool multiplies_bfloat16 = false, has_tiles = false;
  using session = no_session;
  template <class A>
  static constexpr int width = 32 / static_cast<int>(sizeof(A));
  template <class A>
  static constexpr int rows(int columns) {
    return sizeof(A) == 8 ? 4 : columns == 2 ? 6 : 12;
  }

  template <class Program, class... Arguments>
  __attribute__((noinline, target("avx2,fma"))) static void run(Arguments... arguments) {
    Program::template apply<avx2_level>(arguments...);
  }
};

struct avx512_level {
  static constexpr bool multiplies_bfloat16 = false, has_tiles = false;
  using session = no_session;
  template <class A>
  static constexpr int width = 64 / static_cast<int>(sizeof(A));
  template <class A>
  static constexpr int rows(int columns) {
    return sizeof(A) == 8 ? 4 : columns == 2 ? 12 : 16;
  }

  template <class Program, class... Arguments>
  __attribute__((noinline, target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))) static void run(
      Arguments... arguments) {
    Program::template apply<avx512_level>(arguments...);
  }
};

/// Everything but the products of bfloat16 is what it is with AVX-512.
struct avx512bf16_level : avx512_level {
  static constexpr bool multiplies_bfloat16 = true;
};

/// The same with products on tiles: those of the hardware (backend/cpu/amx.hpp), or in the tests an emulation of them.
template <class Tiles>
struct amx_level : avx512_level {
  static constexpr bool multiplies_bfloat16 = true, has_tiles = true;
  using tiles = Tiles;
  using session = typename Tiles::session;
};
#endif

/// What the products multiply when storage is T: T itself, or bfloat16 widened where the level has no product for it.
template <class Level, class T>
using multiplied = std::conditional_t<Level::multiplies_bfloat16, T, accumulator_of<T>>;

/// Neighbours in depth that one step of a product takes at once.
template <class E>
inline constexpr index neighbours = std::is_same_v<E, bfloat16> ? 2 : 1;

/// Rows and depth that products take at once, however few there are: memory has room for them, and depth ends in zeros.
template <class Level>
inline constexpr index rows_at_once = Level::has_tiles ? 16 : 1;
template <class Level, class E>
inline constexpr index depth_at_once = Level::has_tiles ? 32 : neighbours<E>;

}  // namespace cot::cpu_attention
