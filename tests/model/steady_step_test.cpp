// What a training step takes from the heap, and what its bits depend on.
#include "model/bert_on_cpu.hpp"
#include "model/tiny.hpp"
#include "support/count_allocations.hpp"

#include <cotangent/autograd/split_rows.hpp>
#include <cotangent/loss/info_nce.hpp>
#include <cotangent/nn/pooling.hpp>
#include <cotangent/optim/adamw.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace {

struct training {
  cot::cpu device;
  cot::test::tiny_model<cot::fp32, cot::cpu> model{device, "bert_tiny"};
  cot::optim::adamw<float, cot::cpu> adamw{model.parameters, {.lr = 1e-3}};
  std::uint32_t steps = 0;

  explicit training(int threads) : device({.threads = threads}) {}

  void step() {
    cot::tape t(device);
    const auto tokens = cot::nn::upload_tokens(t, model.batch);
    const auto hidden = model.transformer(t, tokens, {.on = true, .seed = 1, .step = steps++});
    constexpr cot::ops::pooling mean[] = {cot::ops::pooling::mean};
    const auto vectors = cot::nn::normalize_rows(cot::nn::pool(hidden, mean, tokens.offsets));
    const auto sides = cot::split_rows(vectors, 2);
    t.backward(cot::loss::info_nce{}(sides[0], sides[1]));
    adamw.step();
  }
  [[nodiscard]] std::vector<float> values() {
    std::vector<float> out(static_cast<std::size_t>(model.parameters.values().size()));
    download(device, out.data(), model.parameters.values().data(), out.size() * sizeof(float));
    return out;
  }
};

}  // namespace

TEST_CASE("model: a steady training step takes nothing from the heap") {
  if (!cot::test::allocations_are_counted()) return;
  for (const int threads : {1, 2}) {
    training run(threads);
    for (int i = 0; i < 3; ++i) run.step();
    const cot::test::count_allocations count;
    for (int i = 0; i < 3; ++i) run.step();
    CHECK(count() == 0);
  }
}

TEST_CASE("model: one thread and two give the same bits after five steps") {
  training one(1), two(2);
  for (int i = 0; i < 5; ++i) one.step(), two.step();
  const auto values = one.values();
  CHECK(values == two.values());
  CHECK(values != training(1).values());
}
