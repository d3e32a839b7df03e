// Bias, activations, their slopes, saved pre-activations and accumulation inside gemm, against the serial reference.

#include "gemm_checks.hpp"

#include <doctest/doctest.h>

namespace gemm_test {
TEST_CASE("gemm: epilogues of every kind agree with the serial reference in float") { check_epilogues<float>(8e-6); }
TEST_CASE("gemm: an epilogue is applied once, after the last block of k, by any number of threads") {
  const problem<float, float> p({70, 300, 1000}, transpose::no, transpose::no, 13);
  noise random(14);
  const std::vector<float> bias = random.vector<float>(p.s.n);
  std::vector<float> pre(p.c.size());
  cot::epilogue<float, float> e;
  e.bias = bias.data();
  e.act = activation::gelu;
  e.pre = pre.data();
  cot::cpu one({.threads = 1}), two({.threads = 2});
  cot::serial reference;
  const std::vector<float> result = p.multiply(one, e), saved = pre;
  CHECK(p.multiply(two, e) == result);
  CHECK(pre == saved);
  CHECK(largest_difference(result, p.multiply(reference, e)) < (exact(one.level()) ? 1e-5 : 1e-4));
}

}  // namespace gemm_test
