// What `weights` hands out follows the values: converted copies and packed forms are made anew when these change.

#include "support/cpu_products.hpp"

#include <cotangent/autograd/parameters.hpp>
#include <cotangent/backend/cpu.hpp>
#include <cotangent/nn/linear.hpp>
#include <cotangent/nn/weights.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

TEST_CASE("nn: without training, linear maps multiply with packed weights, which follow the values") {
  using P = cot::bf16;  // values are converted before they are packed
  using M = P::multiply;
  using A = P::parameter;
  cot::cpu device({.threads = 1});
  cot::parameters<A, cot::cpu> parameters(device);
  const auto matrix = parameters.add("matrix", cot::shape<2>{{50, 30}}, cot::parameter_kind::decayed);
  const auto bias = parameters.add("bias", cot::shape<1>{{50}}, cot::parameter_kind::undecayed);
  parameters.allocate();
  const auto set = [&](double phase) {
    for (const auto& e : parameters.entries()) {
      std::vector<A> values(static_cast<std::size_t>(e.size));
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<A>(std::sin(0.7 * static_cast<double>(i) + phase));
      parameters.set(e, values);
    }
  };
  std::vector<M> x(7 * 30);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<M>(static_cast<float>(std::cos(static_cast<double>(i))));
  cot::nn::weights<P, cot::cpu> weights(parameters);
  // As a training step multiplies, with the weights as stored, and as inference does, with packed ones.
  const auto product = [&](bool train) {
    weights.refresh();
    cot::tape t(device, cot::no_grad);
    const auto w = weights.linear(matrix, bias, train);
    CHECK((w.packed == nullptr) == train);
    const auto y = cot::nn::linear(t.constant(cot::view<M, 2, cot::cpu>(x.data(), {{7, 30}})), w).value();
    return std::vector<M>(y.data(), y.data() + y.size());
  };
  set(0.1);
  const std::vector<M> before = product(false);
  CHECK(before == product(true));
  CHECK(before == product(false));
  set(0.9);
  const std::vector<M> after = product(false);
  CHECK(after == product(true));
  CHECK(after != before);
}
