#pragma once
// Finite differences against backward: the check for your own losses and operations.

#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/host_matrix.hpp>
#include <cotangent/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cot {

/// The largest disagreement that check_gradient found.
struct gradient_disagreement {
  double error = 0;  ///< |analytic - numeric| / max(1, |analytic|, |numeric|)
  std::size_t input = 0;
  index element = 0;
  double analytic = 0;
  double numeric = 0;

  [[nodiscard]] std::string text() const {
    return "error " + std::to_string(error) + " at input " + std::to_string(input) + ", element " +
           std::to_string(element) + ": analytic " + std::to_string(analytic) + ", numeric " + std::to_string(numeric);
  }
};

/// Compares the gradient of a scalar function with central differences, element by element, in double.
/// f(tape, inputs) -> var<double, 0, B>, where inputs is a span of var<double, 2, B>; it is called 2 * elements + 1
/// times. The default step balances truncation and rounding for values around 1; expect errors below 1e-7 from a right
/// gradient.
template <class B, class F>
[[nodiscard]] gradient_disagreement check_gradient(B& device, const F& f, std::vector<host_matrix<double>> inputs,
                                                   double step = 1e-5) {
  using scalar = var<double, 0, B>;
  const auto run = [&](auto&& use) {
    std::vector<tensor<double, 2, B>> held;
    for (const auto& m : inputs)
      held.push_back(tensor<double, 2, B>::from_host(device, m.values, {{m.rows(), m.width}}));
    tape t(device);
    std::vector<var<double, 2, B>> vars;
    for (auto& h : held) vars.push_back(t.input(h.view()));
    const scalar y = f(t, std::span<const var<double, 2, B>>(vars));
    return use(t, y, vars);
  };
  const auto value = [&] {
    return run([&](auto& t, const scalar& y, auto&) {
      double v = 0;
      download(t.device(), &v, y.value().data(), sizeof v);
      return v;
    });
  };

  std::vector<std::vector<double>> analytic;
  run([&](auto& t, const scalar& y, auto& vars) {
    t.backward(y);
    for (const auto& v : vars) {
      std::vector<double> g(static_cast<std::size_t>(v.sizes().size()), 0.0);
      if (v.has_gradient() && !g.empty())
        download(t.device(), g.data(), v.gradient().data(), g.size() * sizeof(double));
      analytic.push_back(std::move(g));
    }
    return 0;
  });

  gradient_disagreement worst;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    for (std::size_t e = 0; e < inputs[i].values.size(); ++e) {
      double& x = inputs[i].values[e];
      const double kept = x;
      x = kept + step;
      const double above = value();
      x = kept - step;
      const double below = value();
      x = kept;
      const double numeric = (above - below) / (2 * step), a = analytic[i][e];
      const double error = std::abs(a - numeric) / std::max({1.0, std::abs(a), std::abs(numeric)});
      if (!(error <= worst.error)) worst = {error, i, static_cast<index>(e), a, numeric};
    }
  return worst;
}

}  // namespace cot
