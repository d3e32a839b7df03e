#include "model/bert_on_cpu.hpp"
#include "model/tiny.hpp"

#include <doctest/doctest.h>

TEST_CASE("model: BERT in float on the CPU agrees with torch in every layer and gradient") {
  cot::cpu device;
  cot::test::compare_with_torch<cot::fp32>(device, "bert_tiny", 1e-5, 1e-4);
}
