#include "support/registry.hpp"

#include <cotangent/ops/adamw.hpp>
#include <cotangent/ops/decay_rows.hpp>

#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

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
  using narrow = std::conditional_t<std::is_same_v<T, float>, cot::bfloat16, T>;
  const auto copy = at.template room_vector<narrow>(w.size());
  for (int t = 1; t <= steps; ++t) {
    s.step = t;
    const auto g = at.template put_vector<T>(start.g);
    if (t == steps)
      cot::ops::adamw(device, w, g, m, v, s, copy);
    else
      cot::ops::adamw(device, w, g, m, v, s);
    bool zeroed = true;
    for (const double e : at.take(g)) zeroed = zeroed && e == 0;
    CHECK(zeroed);
  }
  values rounded = at.take(w);
  for (double& x : rounded)
    x = static_cast<double>(static_cast<cot::accumulator_of<narrow>>(static_cast<narrow>(static_cast<T>(x))));
  CHECK(at.take(copy) == rounded);
  return at.take(w);
}

/// Rows 0, 2, 5 of a table of 6 rows, which also catch up with two factors; returns the whole table.
template <class T, class B>
values run_rows(B& device, cot::index width) {
  const std::vector<std::int32_t> rows = {0, 2, 5}, from = {0, 1, 2};
  const std::vector<T> factors = {T(0.5), T(0.75), T(0.875)};
  bench<B> at(device);
  const auto table = [&](std::uint32_t salt) {
    values start = random_values(6 * width, salt);
    if (salt == 4)
      for (double& x : start) x *= x;  // a second moment
    const auto flat = at.template put_vector<T>(start);
    return cot::view<T, 2, B>(flat.data(), {{6, width}});
  };
  const auto w = table(1), g = table(2), m = table(3), v = table(4);
  cot::ops::decay_rows(device, std::span<const std::int32_t>(rows), std::span<const std::int32_t>(from),
                       std::span<const T>(factors), w);
  auto* chosen = device.memory().template take_array<std::int32_t>(rows.size());
  upload(device, chosen, rows.data(), rows.size() * sizeof(std::int32_t));
  cot::ops::adamw_rows(device, cot::view<const std::int32_t, 1, B>(chosen, {{3}}), w, g, m, v,
                       {.lr = 0.01, .weight_decay = 0.1, .step = 2, .gradient_scale = 0.5});
  return at.take(cot::view<T, 1, B>(w.data(), {{6 * width}}));
}

}  // namespace

TEST_CASE("ops: adamw_rows and decay_rows change the chosen rows as the flat update does, and no other") {
  for (const cot::index width : {1, 19, 64}) {
    cot::serial serial;
    const values all = run_rows<float>(serial, width);
    bench<cot::serial> at(serial);
    values squares = random_values(6 * width, 4);
    for (double& x : squares) x *= x;
    const auto flat = [&](const values& v) { return at.template put_vector<float>(v); };
    const auto w = flat(random_values(6 * width, 1)), g = flat(random_values(6 * width, 2)),
               m = flat(random_values(6 * width, 3)), v = flat(squares);
    for (const auto& [row, factors] : {std::pair(0, std::vector{0.5f, 0.75f, 0.875f}),
                                       std::pair(2, std::vector{0.75f, 0.875f}), std::pair(5, std::vector{0.875f})})
      for (cot::index j = 0; j < width; ++j)
        for (const float factor : factors) w(row * width + j) *= factor;
    const values before = at.take(w);
    cot::ops::adamw(serial, w, g, m, v, {.lr = 0.01, .weight_decay = 0.1, .step = 2, .gradient_scale = 0.5});
    const values after = at.take(w);
    for (cot::index i = 0; i < 6 * width; ++i) {
      const auto e = static_cast<std::size_t>(i);
      const cot::index row = i / width;
      CHECK(all[e] == (row == 0 || row == 2 || row == 5 ? after[e] : before[e]));
    }
    cot::emulated<7> lanes;
    CHECK(difference({all}, {run_rows<float>(lanes, width)}) < 1e-6);
    for (const cot::isa level : {cot::isa::portable, cot::isa::avx2, cot::isa::avx512}) {
      if (level > cot::detect_isa()) continue;
      cot::cpu device({.level = level});
      CHECK(difference({all}, {run_rows<float>(device, width)}) < 1e-6);
    }
  }
}

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
