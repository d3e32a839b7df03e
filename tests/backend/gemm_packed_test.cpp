// A product with a packed weight has the bits of the product with the weight itself.

#include "gemm_support.hpp"

#include <cotangent/core/tensor.hpp>
#include <cotangent/ops/packed_weight.hpp>

#include <doctest/doctest.h>

namespace gemm_test {
namespace {

using cot::bfloat16;

template <class In, class Out>
void check_packed(const std::vector<sizes>& all) {
  for (const sizes s : all)
    for (const transpose tb : {transpose::no, transpose::yes})
      for (const cot::store mode : {cot::store::overwrite, cot::store::add})
        for (const isa level : levels())
          for (const int threads : {1, 2}) {
            cot::cpu device({.threads = threads, .level = level});
            const problem<In, Out> p(s, transpose::no, tb, 31);
            const cot::shape<2> stored = tb == transpose::yes ? cot::shape<2>{{s.n, s.k}} : cot::shape<2>{{s.k, s.n}};
            const cot::ops::packed_weight<In, cot::cpu> w(
                device, tb, cot::view<const In, 2, cot::cpu>(p.b.data(), stored, {p.ldb, 1}));
            std::vector<Out> c = p.c;
            cot::ops::matmul(device, cot::view<const In, 2, cot::cpu>(p.a.data(), {{s.m, s.k}}, {p.lda, 1}), w,
                             cot::view<Out, 2, cot::cpu>(c.data(), {{s.m, s.n}}, {p.ldc, 1}), {.mode = mode});
            INFO(cot::to_string(level), ", ", threads, " threads, ", s.m, " x ", s.k, " x ", s.n);
            CHECK(c == p.multiply(device, {.mode = mode}));
          }
}

// Few rows, LoRA's shapes, tails of every panel, and sizes that cross blocks of k and of columns.
const std::vector<sizes> shapes = {{1, 1, 1},     {3, 5, 7},  {40, 8, 100},  {33, 100, 8},
                                   {16, 96, 384}, {9, 49, 5}, {17, 400, 801}};

}  // namespace

TEST_CASE("packed weight: in float the bits of the matmul with the weight itself") {
  check_packed<float, float>(shapes);
}

TEST_CASE("packed weight: in bfloat16 the bits of the matmul with the weight itself, whatever C is") {
  check_packed<bfloat16, bfloat16>(shapes);
  check_packed<bfloat16, float>(shapes);
}

TEST_CASE("packed weight: sizes that do not fit are refused") {
  cot::cpu device({.threads = 1});
  const std::vector<float> numbers(12, 1.0f);
  std::vector<float> c(16);
  const cot::ops::packed_weight<float, cot::cpu> w(device, transpose::yes,
                                                   cot::view<const float, 2, cot::cpu>(numbers.data(), {{4, 3}}));
  const cot::view<const float, 2, cot::cpu> x(numbers.data(), {{2, 6}});
  CHECK_THROWS_AS(cot::ops::matmul(device, x, w, cot::view<float, 2, cot::cpu>(c.data(), {{2, 4}})), cot::shape_error);
}

}  // namespace gemm_test
