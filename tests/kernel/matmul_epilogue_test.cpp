// The epilogue of backend `cuda`, a block program, on emulated lanes against the serial reference.

#include "support/emulated.hpp"

#include <cotangent/core/random.hpp>
#include <cotangent/kernel/block/matmul_epilogue.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace {

using cot::index;

template <class T>
std::vector<T> numbers(index n, std::uint32_t seed) {
  std::vector<T> x;
  for (index i = 0; i < n; ++i)
    x.push_back(
        static_cast<T>(cot::normal(cot::random_bits({seed, 1, 0}, 0, 0, i), cot::random_bits({seed, 2, 0}, 0, 0, i))));
  return x;
}

template <class T>
double furthest(const std::vector<T>& a, const std::vector<T>& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    most = d <= most ? most : d;
  }
  return most;
}

/// A product without epilogue, then the program; against the product with its epilogue.
template <class Out, class Sum>
void compare_epilogues(double tolerance) {
  using A = cot::accumulator_of<Out>;
  const index m = 3, n = 45, k = 7, stride = 50;
  const auto a = numbers<Out>(m * k, 1), b = numbers<Out>(k * n, 2), c = numbers<Out>(m * stride, 3),
             slope_of = numbers<Out>(m * stride, 4);
  const auto bias = numbers<A>(n, 5);
  cot::serial reference;
  cot::emulated<8> lanes;
  for (const auto act : {cot::activation::none, cot::activation::gelu, cot::activation::gelu_tanh,
                         cot::activation::silu, cot::activation::relu, cot::activation::tanh})
    for (int parts = 0; parts < 16; ++parts) {
      CAPTURE(static_cast<int>(act));
      CAPTURE(parts);
      auto expected = c, got = c, pre_expected = c, pre = c;
      cot::epilogue<Out, A> e;
      e.act = act;
      if (parts & 1) e.mode = cot::store::add;
      if (parts & 2) e.bias = bias.data();
      if (parts & 4) e.slope_of = slope_of.data();
      if (parts & 8) e.pre = pre_expected.data();
      gemm(reference, cot::transpose::no, cot::transpose::no, m, n, k, a.data(), k, b.data(), n, expected.data(),
           stride, e);
      std::vector<Sum> sums(static_cast<std::size_t>(m * n));
      gemm(reference, cot::transpose::no, cot::transpose::no, m, n, k, a.data(), k, b.data(), n, sums.data(), n,
           cot::epilogue<Sum, A>{});
      if (parts & 8) e.pre = pre.data();
      launch_blocks(lanes, m, cot::block_work{},
                    cot::matmul_epilogue_program<Sum, Out>{n, sums.data(), n, got.data(), stride, e});
      CHECK(furthest(got, expected) < tolerance);
      CHECK(furthest(pre, pre_expected) < tolerance);
    }
}

}  // namespace

TEST_CASE("matmul epilogue: the program agrees with the serial reference in double") {
  compare_epilogues<double, double>(1e-13);
}
TEST_CASE("matmul epilogue: sums in float round once to bfloat16") { compare_epilogues<cot::bfloat16, float>(0.07); }
