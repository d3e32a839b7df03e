#include "model/tiny.hpp"

#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/attention.hpp>
#include <cotangent/backend/serial/launch.hpp>

#include <doctest/doctest.h>

TEST_CASE("model: BERT in double agrees with torch in every layer and gradient") {
  cot::serial device;
  cot::test::compare_with_torch<cot::fp64>(device, "bert_tiny", 1e-12, 1e-11);
}

TEST_CASE("model: RoBERTa in double agrees with torch in every layer and gradient") {
  cot::serial device;
  cot::test::compare_with_torch<cot::fp64>(device, "roberta_tiny", 1e-12, 1e-11);
}
