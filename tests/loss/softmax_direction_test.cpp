// The hook for a formula on the target's similarity; loss/registry*_test.cpp check its gradient and its backends.
#include "loss/each_loss.hpp"
#include "loss/own_losses.hpp"

#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/launch.hpp>

#include <doctest/doctest.h>

#include <cmath>

TEST_CASE("loss: a formula on the target's similarity changes its logit and no other") {
  cot::serial device;
  const cot::index n = 5, d = 3;
  const auto columns = cot::test::draw_columns(2, n, d);
  const auto cosine = [&](cot::index i, cot::index j) {
    double product = 0, aa = 0, pp = 0;
    for (cot::index k = 0; k < d; ++k) {
      const double a = columns[0].view()(i, k), p = columns[1].view()(j, k);
      product += a * p, aa += a * a, pp += p * p;
    }
    return product / std::sqrt(aa * pp);
  };
  double expected = 0;
  for (cot::index i = 0; i < n; ++i) {
    const double own = static_cast<double>(0.7f) * cosine(i, i) - std::sqrt(2 - cosine(i, i) * cosine(i, i));
    double sum = std::exp(own / 0.3);
    for (cot::index j = 0; j < n; ++j) sum += j == i ? 0 : std::exp(cosine(i, j) / 0.3);
    expected += (std::log(sum) - own / 0.3) / static_cast<double>(n);
  }
  const auto got = cot::test::evaluate<double>(device, cot::test::bent_softmax{}, columns);
  CHECK(got.value == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("loss: gradients go through the formula on the target beyond one tile of queries too") {
  cot::serial device;
  CHECK(cot::test::check_loss_gradient(device, cot::test::bent_softmax{}, cot::test::draw_columns(2, 259, 2)).error <
        1e-7);
}
