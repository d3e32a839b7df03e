#pragma once
// The instruction sets of the attention kernels as types. `Level::run<Program>(arguments...)` compiles and calls
// Program::apply<Level> for that instruction set; only scalars and pointers cross the call.

#include <cotangent/core/annotation.hpp>

#include <utility>

namespace cot::cpu_attention {

/// Rows of the register tile of `product` when it is `columns` (1 or 2) registers wide: chosen so that the accumulators
/// fill the register file. Double serves checks: smaller tiles, less to compile.
struct portable_level {
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
#endif

}  // namespace cot::cpu_attention
