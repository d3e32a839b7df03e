// The AMX kernel's packing and blocking, on emulated tiles: they run wherever AVX-512 is. Hardware tiles are tested by
// gemm_bf16_test.cpp where a machine has them.

#include "gemm_support.hpp"

#include <doctest/doctest.h>

#include <cstring>

#if defined(__x86_64__)

namespace gemm_test {
namespace {

using cot::bfloat16;

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

template <class Out>
void check_emulated(const std::vector<sizes>& all) {
  using kernel = cot::detail::kernel_amx<emulated_tiles>;
  if (cot::detect_isa() < isa::avx512) {
    MESSAGE("skipped: no AVX-512 to pack with");
    return;
  }
  cot::serial reference;
  noise random(31);
  for (const sizes s : all)
    for (const transpose ta : {transpose::no, transpose::yes})
      for (const transpose tb : {transpose::no, transpose::yes})
        for (const cot::store mode : {cot::store::overwrite, cot::store::add}) {
          cot::cpu device({.threads = 2});
          const problem<bfloat16, Out> p(s, ta, tb, 17);
          const std::vector<float> bias = random.vector<float>(s.n);
          cot::epilogue<Out, float> e;
          e.mode = mode;
          e.bias = bias.data();
          std::vector<Out> result = p.c;
          cot::detail::multiply<kernel>(
              device, cot::detail::matmul_task<bfloat16, Out>{ta, tb, s.m, s.n, s.k, p.a.data(), p.lda, p.b.data(),
                                                              p.ldb, result.data(), p.ldc, e});
          INFO(name(s, ta, tb));
          CHECK(largest_difference(result, p.multiply(reference, e)) == 0);  // the emulation sums in the same order
        }
}

const std::vector<sizes> all = {{1, 1, 1},    {3, 5, 7},    {16, 16, 32},   {17, 33, 31},    {32, 32, 64},
                                {33, 65, 65}, {64, 8, 100}, {100, 40, 530}, {40, 100, 1030}, {6, 7, 0}};

}  // namespace

TEST_CASE("gemm: the AMX kernel on emulated tiles gives the reference's bits, to float") { check_emulated<float>(all); }
TEST_CASE("gemm: the AMX kernel on emulated tiles gives the reference's bits, to bfloat16") {
  check_emulated<bfloat16>(all);
}

}  // namespace gemm_test

#endif
