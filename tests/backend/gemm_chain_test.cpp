// The sums of gemm in float are bit for bit the chain of fused multiply-adds of its definition.

#include "gemm_checks.hpp"

#include <doctest/doctest.h>

namespace gemm_test {
TEST_CASE("gemm: every form, odd sizes, tails and borders of blocks equal the chain of fused multiply-adds") {
  const std::vector<sizes> all = {{1, 1, 1},    {3, 5, 7},    {8, 48, 4},    {9, 49, 5},    {6, 16, 3},   {17, 97, 385},
                                  {64, 8, 100}, {100, 8, 33}, {8, 100, 390}, {65, 33, 769}, {5, 200, 3},  {70, 15, 17},
                                  {12, 17, 50}, {1, 300, 40}, {300, 1, 40},  {2, 2, 1000},  {33, 31, 384}};
  check_against_chain<float>(all);
}

TEST_CASE("gemm: a C of few columns and a short k, as in LoRA, equal the chain in every tail") {
  check_against_chain<float>({{32, 8, 100}, {47, 8, 9}, {49, 5, 390}, {64, 3, 2}, {97, 1, 7}, {80, 8, 1030}});
  check_against_chain<float>({{33, 100, 8}, {40, 49, 16}, {5, 20, 24}, {70, 48, 32}, {31, 7, 8}, {64, 200, 8}});
}

TEST_CASE("gemm: larger products cross blocks of every kind and divide among threads without a changed bit") {
  check_against_chain<float>({{150, 500, 400}});
}

TEST_CASE("gemm: an empty inner size gives zeros, or leaves C when it adds; an empty C is left alone") {
  for (const isa level : levels()) {
    cot::cpu device({.threads = 2, .level = level});
    const problem<float, float> p({5, 6, 0}, transpose::no, transpose::no, 3);
    CHECK(p.multiply(device, {.mode = cot::store::add}) == p.c);
    const std::vector<float> zeros = p.multiply(device);
    for (index i = 0; i < 5; ++i)
      for (index j = 0; j < p.ldc; ++j) {
        const auto at = static_cast<std::size_t>(i * p.ldc + j);
        CHECK(zeros[at] == (j < 6 ? 0.0f : p.c[at]));
      }
    for (const sizes s : {sizes{0, 4, 3}, sizes{4, 0, 3}}) {
      const problem<float, float> empty(s, transpose::no, transpose::yes, 3);
      CHECK(empty.multiply(device) == empty.c);
    }
  }
}

TEST_CASE("gemm: infinities and NaN of the operands reach exactly the elements that they belong to") {
  for (const isa level : levels()) {
    cot::cpu device({.threads = 1, .level = level});
    cot::serial reference;
    for (const transpose ta : both)
      for (const transpose tb : both) {
        problem<float, float> p({11, 53, 21}, ta, tb, 5);
        p.a[4] = INFINITY;
        p.b[5] = NAN;
        CHECK(largest_difference(p.multiply(device), p.multiply(reference)) <= (exact(level) ? 0.0 : 1e-4));
      }
  }
}

}  // namespace gemm_test
