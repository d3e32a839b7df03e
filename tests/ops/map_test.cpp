#include "ops/map_case.hpp"

using namespace cot::test;

TEST_CASE("ops: map of gelu") { check_operation<map_case<cot::formula::gelu>>(); }
TEST_CASE("ops: map of gelu_tanh") { check_operation<map_case<cot::formula::gelu_tanh>>(); }
TEST_CASE("ops: map of silu_gate") { check_operation<map_two_case<cot::formula::silu_gate>>(); }

TEST_CASE("ops: map_pullback leaves out the gradient that nobody wants") {
  cot::cpu device;
  bench<cot::cpu> at(device);
  const auto a = at.put<float>({1, 2}, {{1, 2}}), b = at.put<float>({3, 4}, {{1, 2}}),
             dy = at.put<float>({10, 100}, {{1, 2}}), db = at.room<float>({{1, 2}});
  cot::ops::map_pullback(device, cot::formula::multiply{}, cot::view<const float, 2, cot::cpu>(dy),
                         cot::ops::with_respect_to<float, 2, cot::cpu>{a, {}, {}},
                         cot::ops::with_respect_to<float, 2, cot::cpu>{b, db, cot::store::overwrite});
  CHECK(at.take(db) == values{10, 200});
}
