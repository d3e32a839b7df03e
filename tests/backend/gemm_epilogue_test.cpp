// Bias, activations, their slopes, saved pre-activations and accumulation inside gemm, against the serial reference.

#include "gemm_support.hpp"

#include <doctest/doctest.h>

namespace gemm_test {
namespace {

using cot::activation;

constexpr activation activations[] = {activation::none, activation::gelu, activation::gelu_tanh,
                                      activation::silu, activation::relu, activation::tanh};

template <class T>
void check_epilogues(double tolerance) {
  cot::serial reference;
  const problem<T, T> p({19, 61, 23}, transpose::no, transpose::yes, 11);
  noise random(12);
  std::vector<T> bias = random.vector<T>(p.s.n), slope_of = random.vector<T>(p.ldc * p.s.m);
  for (T& x : slope_of) x *= T(6);
  for (const isa level : levels())
    for (const activation act : activations)
      for (int parts = 0; parts < 16; ++parts) {
        cot::cpu device({.threads = 1, .level = level});
        std::vector<T> pre(p.c.size(), T(7)), pre_reference = pre;
        cot::epilogue<T, T> e;
        e.act = act;
        if (parts & 1) e.mode = cot::store::add;
        if (parts & 2) e.bias = bias.data();
        if (parts & 4) e.slope_of = slope_of.data();
        auto f = e;
        if (parts & 8) e.pre = pre.data(), f.pre = pre_reference.data();
        INFO(cot::to_string(level), ", activation ", static_cast<int>(act), ", parts ", parts);
        CHECK(largest_difference(p.multiply(device, e), p.multiply(reference, f)) < tolerance);
        CHECK(largest_difference(pre, pre_reference) <= (exact(level) ? 0.0 : 1e-5));
      }
}

}  // namespace

TEST_CASE("gemm: epilogues of every kind agree with the serial reference in float") { check_epilogues<float>(8e-6); }
TEST_CASE("gemm: epilogues of every kind agree with the serial reference in double") { check_epilogues<double>(2e-14); }

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
