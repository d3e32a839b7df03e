#include "ops/layer_norm_case.hpp"

using namespace cot::test;

TEST_CASE("ops: add_layer_norm") { check_operation<add_layer_norm_case>(); }

TEST_CASE("ops: add_layer_norm without dropout adds the branch as it is") {
  cot::cpu device;
  bench<cot::cpu> at(device);
  const auto n = cot::index{3}, d = cot::index{40};
  const values branch = random_values(n * d, 1), residual = random_values(n * d, 2), ones(40, 1.0);
  const auto sum = at.room<double>({{n, d}}), y = at.room<double>({{n, d}});
  cot::ops::add_layer_norm(device, at.put<double>(branch, {{n, d}}), at.put<double>(residual, {{n, d}}),
                           cot::dropout_rows{}, at.put_vector<double>(ones), at.put_vector<double>(ones), 1e-5, sum, y,
                           at.room_vector<double>(n), at.room_vector<double>(n));
  const values result = at.take(sum);
  bool same = true;
  for (std::size_t i = 0; i < result.size(); ++i) same = same && result[i] == branch[i] + residual[i];
  CHECK(same);
}
