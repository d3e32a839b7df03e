#include "ops/layer_norm_case.hpp"

using namespace cot::test;

TEST_CASE("ops: layer_norm") { check_operation<layer_norm_case>(); }

TEST_CASE("ops: layer_norm says which sizes differ") {
  cot::serial device;
  bench<cot::serial> at(device);
  const values x(12, 1.0), g(4, 1.0);
  const auto y = at.room<float>({{3, 4}});
  CHECK_THROWS_WITH_AS(cot::ops::layer_norm(device, at.put<float>(x, {{4, 3}}), at.put_vector<float>(g),
                                            at.put_vector<float>(g), 1e-5, y, {}, {}),
                       "layer_norm: result: expected [4, 3], got [3, 4]", cot::shape_error);
}
