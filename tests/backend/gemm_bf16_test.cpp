// gemm of bfloat16: the widened kernels give the bits of the definition, AVX512-BF16 agrees to the rounding of its
// sums.

#include "gemm_checks.hpp"

#include <doctest/doctest.h>

namespace gemm_test {
TEST_CASE("gemm: bfloat16 to float agrees with the reference in every form, odd sizes and pairs cut in half") {
  check_bfloat16<float>(sizes_of_pairs);
}
TEST_CASE("gemm: an infinity beside an odd inner size does not leak into the padding of a pair") {
  for (const isa level : levels()) {
    if (level < isa::avx512bf16) continue;
    cot::cpu device({.threads = 1, .level = level, .fast_bf16 = true});
    problem<bfloat16, float> p({9, 17, 3}, transpose::no, transpose::no, 5);
    for (cot::index i = 0; i < 9; ++i)
      p.a[static_cast<std::size_t>(i * p.lda + 3)] = bfloat16(INFINITY);  // beyond each row
    for (const float x : p.multiply(device)) CHECK(std::isfinite(x));
  }
}

}  // namespace gemm_test
