#include "support/registry.hpp"

#include <cotangent/ops/adamw.hpp>

using namespace cot::test;

namespace {

struct moments {
  values w, g, m, v;
};

/// Ten steps of torch.optim.AdamW as its documentation writes them, in double.
moments by_definition(moments at, const cot::ops::adamw_step& s, int steps) {
  for (int t = 1; t <= steps; ++t)
    for (std::size_t i = 0; i < at.w.size(); ++i) {
      const double g = at.g[i] * s.gradient_scale;
      at.w[i] -= s.lr * s.weight_decay * at.w[i];
      at.m[i] = s.beta1 * at.m[i] + (1 - s.beta1) * g;
      at.v[i] = s.beta2 * at.v[i] + (1 - s.beta2) * g * g;
      const double m = at.m[i] / (1 - std::pow(s.beta1, t)), v = at.v[i] / (1 - std::pow(s.beta2, t));
      at.w[i] -= s.lr * m / (std::sqrt(v) + s.epsilon);
    }
  return at;
}

template <class T, class B>
values run(B& device, const moments& start, cot::ops::adamw_step s, int steps) {
  bench<B> at(device);
  const auto w = at.template put_vector<T>(start.w), m = at.template put_vector<T>(start.m),
             v = at.template put_vector<T>(start.v);
  for (int t = 1; t <= steps; ++t) {
    s.step = t;
    const auto g = at.template put_vector<T>(start.g);
    cot::ops::adamw(device, w, g, m, v, s);
    bool zeroed = true;
    for (const double e : at.take(g)) zeroed = zeroed && e == 0;
    CHECK(zeroed);
  }
  return at.take(w);
}

}  // namespace

TEST_CASE("ops: adamw follows the definition on every backend") {
  const cot::ops::adamw_step s{
      .lr = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.1, .gradient_scale = 0.5};
  for (const cot::index n : {0, 1, 17, 5000}) {
    const auto size = static_cast<std::size_t>(n);
    const moments start{random_values(n, 1), random_values(n, 2), values(size, 0.0), values(size, 0.0)};
    const std::vector<values> expected = {by_definition(start, s, 10).w};
    cot::serial serial;
    CHECK(difference(expected, {run<double>(serial, start, s, 10)}) < 1e-13);
    cot::emulated<7> lanes;
    CHECK(difference(expected, {run<float>(lanes, start, s, 10)}) < 1e-6);
    for (const cot::isa level : {cot::isa::portable, cot::isa::avx2, cot::isa::avx512}) {
      if (level > cot::detect_isa()) continue;
      cot::cpu device({.level = level});
      CHECK(difference(expected, {run<double>(device, start, s, 10)}) < 1e-13);
      CHECK(difference(expected, {run<float>(device, start, s, 10)}) < 1e-6);
    }
  }
}
