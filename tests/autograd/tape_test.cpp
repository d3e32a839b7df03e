#include <cotangent/autograd/gradient_check.hpp>
#include <cotangent/autograd/split_rows.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/autograd/with_gradient.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/ops/copy.hpp>
#include <cotangent/ops/sum_of_squares.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace {

using cot::serial;
using matrix = cot::tensor<double, 2, serial>;

cot::host_matrix<double> wave(cot::index rows, cot::index width, double phase) {
  cot::host_matrix<double> m(rows, width);
  for (std::size_t i = 0; i < m.values.size(); ++i) m.values[i] = std::sin(1.3 * static_cast<double>(i) + phase);
  return m;
}

/// sum x^2 / 2, whose gradient is x, by way of with_gradient.
cot::var<double, 0, serial> half_square(const cot::var<double, 2, serial>& x) {
  auto& t = x.on();
  const auto value = t.workspace<double>(cot::shape<0>{});
  value() = 0.5 * cot::ops::sum_of_squares(t.device(),
                                           cot::view<const double, 1, serial>(x.value().data(), {{x.sizes().size()}}));
  const cot::supplied_gradient<double, serial> part{x, x.value()};
  return cot::with_gradient<double, serial>(t, value, {&part, 1});
}

}  // namespace

TEST_CASE("autograd: a supplied gradient is scaled by that of the scalar") {
  serial device;
  auto x = matrix::from_host(device, std::vector{1.0, -2.0, 3.0, 4.0, 5.0, -6.0}, {{2, 3}});
  cot::tape t(device);
  const auto v = t.input(x.view());
  t.backward(half_square(v), 0.25);
  for (cot::index i = 0; i < 6; ++i) CHECK(v.gradient().data()[i] == 0.25 * x.data()[i]);
}

TEST_CASE("autograd: gradients agree with finite differences, and a wrong one is found") {
  serial device;
  const auto right = [](auto&, auto in) { return half_square(in[0]); };
  CHECK(cot::check_gradient(device, right, {wave(3, 4, 0.1)}).error < 1e-8);
  const auto wrong = [](auto& t, auto in) {
    const auto value = half_square(in[0]).value();
    const cot::supplied_gradient<double, serial> part{in[0], t.template workspace<double>(in[0].sizes())};
    for (cot::index i = 0; i < part.gradient.size(); ++i)
      const_cast<double*>(part.gradient.data())[i] = 0.9 * in[0].value().data()[i];
    return cot::with_gradient<double, serial>(t, {const_cast<double*>(value.data()), {}}, {&part, 1});
  };
  CHECK(cot::check_gradient(device, wrong, {wave(3, 4, 0.1)}).error > 0.05);
}

TEST_CASE("autograd: blocks of rows share memory, and their gradients come back in place") {
  serial device;
  const auto f = [](auto&, auto in) { return half_square(cot::split_rows(in[0], 3)[1]); };
  CHECK(cot::check_gradient(device, f, {wave(6, 5, 0.7)}).error < 1e-8);

  auto x = matrix::from_host(device, wave(4, 2, 0).values, {{4, 2}});
  cot::tape t(device);
  const auto v = t.input(x.view());
  const auto halves = cot::split_rows(v, 2);
  CHECK(halves[1].value().data() == x.data() + 4);
  t.backward(half_square(halves[1]));
  for (cot::index i = 0; i < 8; ++i) CHECK(v.gradient().data()[i] == (i < 4 ? 0.0 : x.data()[i]));
  CHECK_THROWS_WITH_AS(static_cast<void>(cot::split_rows(v, 3)), doctest::Contains("4 rows"), cot::shape_error);
}

TEST_CASE("autograd: what nobody wants is not computed, and misuse is refused") {
  serial device;
  auto x = matrix::from_host(device, wave(2, 2, 0).values, {{2, 2}});
  {
    cot::tape t(device);
    const auto c = t.constant(x.view());
    const auto y = half_square(c);
    CHECK_FALSE(y.wanted());
    CHECK_THROWS_WITH_AS(t.backward(y), doctest::Contains("depends on nothing"), cot::error);
    CHECK_THROWS_AS(static_cast<void>(c.gradient()), cot::error);
  }
  {
    cot::tape t(device, cot::no_grad);
    CHECK_FALSE(t.input(x.view()).wanted());
  }
  cot::tape t(device), other(device);
  const auto y = half_square(t.input(x.view()));
  CHECK_THROWS_WITH_AS(other.backward(y), doctest::Contains("another tape"), cot::error);
  t.backward(y);
  CHECK_THROWS_WITH_AS(t.backward(y), doctest::Contains("twice"), cot::error);
}

TEST_CASE("autograd: a tape gives its memory back, and a scope without recording too") {
  serial device;
  const auto before = device.memory().position();
  {
    cot::tape t(device);
    static_cast<void>(t.workspace<double>(cot::shape<1>{{1000}}));
  }
  CHECK(device.memory().position().used == before.used);
  cot::tape t(device, cot::no_grad);
  const auto kept = t.workspace<double>(cot::shape<1>{{8}});
  const auto at = device.memory().position();
  {
    const cot::tape<serial>::scope inner(t);
    static_cast<void>(t.workspace<double>(cot::shape<1>{{1000}}));
  }
  CHECK(device.memory().position().used == at.used);
  CHECK(kept.data() != nullptr);
}

TEST_CASE("autograd: backward uses the memory of gradients again, except of those that are to be kept") {
  serial device;
  auto x = matrix::from_host(device, wave(32, 32, 0).values, {{32, 32}});
  cot::tape t(device);
  const auto first = t.input(x.view());
  auto last = first;
  std::vector<cot::var<double, 2, serial>> passed;
  for (int i = 0; i < 20; ++i) {  // each twice the one before
    const auto from = last, to = t.result<double>(from.sizes(), true);
    cot::ops::scale(device, from.value(), 2.0, to.storage());
    t.record(to, [from, to] {
      const auto [into, mode] = from.target();
      CHECK(mode == cot::store::overwrite);
      cot::ops::scale(from.on().device(), to.gradient(), 2.0, into);
    });
    passed.push_back(last = to);
  }
  passed[5].keep_gradient();
  const auto loss = half_square(last);
  const std::size_t before = device.memory().position().used;
  t.backward(loss);
  const double up = std::pow(2.0, 20);
  CHECK(first.gradient()(3, 4) == up * up * x.view()(3, 4));
  CHECK(passed[5].gradient()(3, 4) == std::pow(2.0, 34) * x.view()(3, 4) * 1.0);
  CHECK_THROWS_WITH_AS(static_cast<void>(passed[6].gradient()), doctest::Contains("keep_gradient"), cot::error);
  CHECK(device.memory().position().used - before <= 4 * 32 * 32 * sizeof(double) + 64);
}
