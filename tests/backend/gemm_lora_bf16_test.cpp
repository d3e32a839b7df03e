// The kernels of AVX512-BF16 for LoRA's shapes have the bits of the kernel for all shapes, whose sums other tests
// check.

#include "gemm_support.hpp"

#include <doctest/doctest.h>

namespace gemm_test {
namespace {

using cot::bfloat16;

constexpr transpose both[] = {transpose::no, transpose::yes};

/// A and B with infinities between their rows, which no product may see.
template <class Out>
problem<bfloat16, Out> separated(sizes s, transpose ta, transpose tb) {
  problem<bfloat16, Out> p(s, ta, tb, 13);
  const auto separate = [](std::vector<bfloat16>& matrix, index width, index stride) {
    for (index i = 0; i < static_cast<index>(matrix.size()); ++i)
      if (i % stride >= width) matrix[static_cast<std::size_t>(i)] = bfloat16(INFINITY);
  };
  separate(p.a, p.lda - 3, p.lda);
  separate(p.b, p.ldb - 1, p.ldb);
  return p;
}

template <class Out>
void check_bits(const std::vector<sizes>& all) {
  if (cot::detect_isa() < isa::avx512bf16) return;
  for (const sizes s : all)
    for (const transpose ta : both)
      for (const transpose tb : both)
        for (const cot::store mode : {cot::store::overwrite, cot::store::add})
          for (const int threads : {1, 2}) {
            cot::cpu device({.threads = threads, .level = isa::avx512bf16, .fast_bf16 = true});
            const problem<bfloat16, Out> p = separated<Out>(s, ta, tb);
            std::vector<Out> pre = p.c;  // who asks for it gets the kernel for all shapes
            const std::vector<Out> general = p.multiply(device, {.mode = mode, .pre = pre.data()});
            const std::vector<Out> c = p.multiply(device, {.mode = mode});
            INFO(threads, " threads, ", name(s, ta, tb), mode == cot::store::add ? ", added" : "");
            CHECK(c == general);
            CHECK(std::all_of(c.begin(), c.end(), [](Out x) { return std::isfinite(static_cast<float>(x)); }));
          }
}

}  // namespace

TEST_CASE("gemm: few columns in bfloat16 have the general bits in every form and tail") {
  const std::vector<sizes> all = {{32, 8, 64}, {16, 8, 8},  {33, 7, 17}, {47, 1, 2},   {64, 3, 29},
                                  {95, 5, 1},  {31, 8, 20}, {70, 8, 15}, {1100, 8, 97}};
  check_bits<bfloat16>(all);
  check_bits<float>(all);
}

TEST_CASE("gemm: few rows in bfloat16 have the general bits in every form and tail") {
  const std::vector<sizes> all = {{8, 32, 64}, {8, 16, 9}, {7, 33, 17},  {1, 47, 2},
                                  {3, 64, 40}, {5, 95, 1}, {8, 1100, 97}};
  check_bits<bfloat16>(all);
  check_bits<float>(all);
}

TEST_CASE("gemm: a short inner size in bfloat16 has the general bits in every form and tail") {
  const std::vector<sizes> all = {{16, 48, 8},   {17, 49, 8},    {33, 100, 16}, {24, 31, 24},
                                  {31, 64, 32},  {40, 65, 31},   {23, 150, 1},  {70, 20, 7},
                                  {61, 1700, 9}, {1100, 60, 20}, {35, 101, 77}, {50, 200, 128}};
  check_bits<bfloat16>(all);
  check_bits<float>(all);
}

}  // namespace gemm_test
