// gemm in double: sums and epilogues.

#include "gemm_checks.hpp"

#include <doctest/doctest.h>

TEST_CASE("gemm: in double every form and tail equals the chain of fused multiply-adds") {
  gemm_test::check_against_chain<double>({{1, 1, 1},
                                          {3, 5, 7},
                                          {8, 24, 4},
                                          {9, 25, 5},
                                          {17, 49, 385},
                                          {64, 8, 100},
                                          {100, 8, 33},
                                          {8, 100, 390},
                                          {5, 200, 3},
                                          {33, 31, 384},
                                          {130, 300, 400}});
}

TEST_CASE("gemm: in double epilogues of every kind agree with the serial reference") {
  gemm_test::check_epilogues<double>(2e-14);
}
