// A few training steps of the tiny BERT with InfoNCE and AdamW: serial = cuda.

#include "model/tiny.hpp"

#include <cotangent/autograd/split_rows.hpp>
#include <cotangent/backend/cuda.cuh>
#include <cotangent/backend/serial.hpp>
#include <cotangent/loss/info_nce.hpp>
#include <cotangent/nn/pooling.hpp>
#include <cotangent/optim/adamw.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

using cot::index;

/// Losses and gradient norms of three steps with dropout on, and all parameters after them.
template <class P, class B>
std::vector<double> train(B& device) {
  using A = typename P::accumulate;
  cot::test::tiny_model<P, B> m(device, "bert_tiny");
  cot::ragged<std::int32_t> pairs;  // every sentence of the golden file twice: dropout makes the difference
  for (int copy = 0; copy < 2; ++copy)
    for (index i = 0; i < m.batch.rows(); ++i)
      if (m.batch.length(i) > 0) pairs.push_back(m.batch.row(i));
  cot::optim::adamw<A, B> adamw(m.parameters, {.lr = 1e-3});
  std::vector<double> seen;
  for (std::uint32_t step = 0; step < 3; ++step) {
    cot::tape t(device);
    const auto tokens = cot::nn::upload_tokens(t, pairs, m.transformer.config().first_position);
    const auto hidden = m.transformer(t, tokens, {.on = true, .seed = 7, .step = step});
    const cot::ops::pooling mean[] = {cot::ops::pooling::mean};
    const auto columns = cot::split_rows(cot::nn::pool(hidden, mean, tokens.offsets), 2);
    const auto loss = cot::loss::info_nce{.temperature = 0.1}(columns[0], columns[1]);
    A value(0);
    download(device, &value, loss.value().data(), sizeof value);
    t.backward(loss);
    seen.push_back(static_cast<double>(value));
    seen.push_back(adamw.step().gradient_norm);
  }
  for (const auto& e : m.parameters.entries())
    for (const A x : m.parameters.get(e)) seen.push_back(static_cast<double>(x));
  return seen;
}

template <class P>
void compare_training(double tolerance) {
  cot::serial reference;
  cot::cuda device;
  const auto expected = train<P>(reference), got = train<P>(device);
  REQUIRE(expected.size() == got.size());
  double most = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double d = std::abs(expected[i] - got[i]) / std::max(1.0, std::abs(expected[i]));
    most = d <= most ? most : d;
  }
  CHECK(most < tolerance);
}

}  // namespace

TEST_CASE("cuda: training steps in double agree with serial") { compare_training<cot::fp64>(1e-9); }
