#include <cotangent/autograd/gradient_check.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/nn/masked_tokens.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace {

using cot::serial;

constexpr cot::index tokens = 5, width = 3, words = 4;
const std::vector<std::int32_t> targets{2, -1, 0, -1, 3};

std::vector<double> wave(cot::index n, double phase) {
  std::vector<double> x(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(1.7 * static_cast<double>(i * i % 31) + phase);
  return x;
}

/// Hidden states, word table and bias with memory for the gradients of the two.
struct problem {
  serial device;
  std::vector<double> x = wave(tokens * width, 0.1), table = wave(words * width, 0.5), bias = wave(words, 0.9);
  std::vector<double> table_gradient = std::vector<double>(table.size(), 0.0),
                      bias_gradient = std::vector<double>(bias.size(), 0.0);

  cot::nn::linear_weights<double, serial> output(bool train) {
    const cot::shape<2> sizes{{words, width}};
    const cot::shape<1> row{{words}};
    using gradient = cot::view<double, 2, serial>;
    using bias_view = cot::view<double, 1, serial>;
    return {{{table.data(), sizes}, train ? gradient(table_gradient.data(), sizes) : gradient()},
            {{bias.data(), row}, train ? bias_view(bias_gradient.data(), row) : bias_view()}};
  }
  double loss(const std::vector<std::int32_t>& asked = targets) {
    cot::tape t(device, cot::no_grad);
    const auto v = t.input(cot::view<double, 2, serial>(x.data(), {{tokens, width}}));
    return cot::nn::masked_token_loss(v, std::span(asked), output(false)).value()();
  }
  double numeric(double& number) {
    const double kept = number, step = 1e-5;
    number = kept + step;
    const double above = loss();
    number = kept - step;
    const double below = loss();
    number = kept;
    return (above - below) / (2 * step);
  }
};

}  // namespace

TEST_CASE("nn: the loss of masked tokens is the mean cross-entropy of those that are asked") {
  problem p;
  double expected = 0;
  for (const std::size_t i : {std::size_t{0}, std::size_t{2}, std::size_t{4}}) {
    double sum = 0, wanted = 0;
    for (std::size_t j = 0; j < words; ++j) {
      double z = p.bias[j];
      for (std::size_t k = 0; k < width; ++k) z += p.x[i * width + k] * p.table[j * width + k];
      sum += std::exp(z);
      if (static_cast<std::int32_t>(j) == targets[i]) wanted = z;
    }
    expected += (std::log(sum) - wanted) / 3;
  }
  CHECK(p.loss() == doctest::Approx(expected).epsilon(1e-13));
  CHECK(p.loss({-1, -1, -1, -1, -1}) == 0.0);
}

TEST_CASE("nn: gradients of the loss of masked tokens are those of finite differences") {
  problem p;
  const auto worst =
      cot::check_gradient(p.device,
                          [&](auto&, const auto& inputs) {
                            return cot::nn::masked_token_loss(inputs[0], std::span(targets), p.output(false));
                          },
                          {[&] {
                            cot::host_matrix<double> m(tokens, width);
                            m.values = p.x;
                            return m;
                          }()});
  CHECK_MESSAGE(worst.error < 1e-8, worst.text());

  {
    cot::tape t(p.device);
    const auto v = t.input(cot::view<double, 2, serial>(p.x.data(), {{tokens, width}}));
    t.backward(cot::nn::masked_token_loss(v, std::span(targets), p.output(true)));
    for (std::size_t k = 0; k < width; ++k)
      CHECK(v.gradient()(1, static_cast<cot::index>(k)) == 0.0);  // a token that is not asked
  }
  for (std::size_t i = 0; i < p.table.size(); ++i)
    CHECK(p.table_gradient[i] == doctest::Approx(p.numeric(p.table[i])).epsilon(1e-7));
  for (std::size_t i = 0; i < p.bias.size(); ++i)
    CHECK(p.bias_gradient[i] == doctest::Approx(p.numeric(p.bias[i])).epsilon(1e-7));
}

TEST_CASE("nn: the loss of masked tokens refuses targets that do not fit") {
  problem p;
  CHECK_THROWS_AS(p.loss({0, 1}), cot::shape_error);
  CHECK_THROWS_AS(p.loss({0, 1, 2, 3, 4}), cot::shape_error);
}
