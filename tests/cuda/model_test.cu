// The BERT family on a GPU, in all three precisions, against torch's hidden states and gradients.

#include "model/tiny.hpp"

#include <cotangent/backend/cuda.cuh>

#include <doctest/doctest.h>

TEST_CASE("cuda: BERT in float agrees with torch in every layer and gradient") {
  cot::cuda device;
  cot::test::compare_with_torch<cot::fp32>(device, "bert_tiny", 1e-5, 1e-4);
}

TEST_CASE("cuda: RoBERTa in double agrees with torch in every layer and gradient") {
  cot::cuda device;
  cot::test::compare_with_torch<cot::fp64>(device, "roberta_tiny", 1e-12, 1e-11);
}

TEST_CASE("cuda: BERT in bfloat16 stays near torch in every layer and gradient") {
  cot::cuda device;
  // Twice what bfloat16 costs the serial reference.
  cot::test::compare_with_torch<cot::bf16>(device, "bert_tiny", 0.05, 0.5);
}
