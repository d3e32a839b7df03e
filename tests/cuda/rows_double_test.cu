// Operations on rows in double: serial = cuda.

#include "cuda/parity.hpp"
#include "ops/dropout_case.hpp"
#include "ops/layer_norm_case.hpp"
#include "ops/rms_norm_case.hpp"
#include "ops/softmax_case.hpp"

TEST_CASE("cuda: operations on rows in double agree with serial") {
  using T = double;
  cot::test::check_case<cot::test::dropout_case, T>();
  cot::test::check_case<cot::test::layer_norm_case, T>();
  cot::test::check_case<cot::test::add_layer_norm_case, T>();
  cot::test::check_case<cot::test::rms_norm_case, T>();
  cot::test::check_case<cot::test::softmax_case, T>();
  cot::test::check_case<cot::test::log_softmax_case, T>();
}
