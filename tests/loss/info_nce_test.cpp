#include "support/data.hpp"

#include <cotangent/autograd/gradient_check.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/launch.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/loss/info_nce.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace {

using cot::serial;
using variable = cot::var<double, 2, serial>;

cot::host_matrix<double> read_matrix(const cot::io::json& rows) {
  cot::host_matrix<double> m(static_cast<cot::index>(rows.size()),
                             static_cast<cot::index>(rows.at(std::size_t{0}).size()));
  std::size_t at = 0;
  for (const auto& row : rows.items())
    for (const auto& x : row.items()) m.values[at++] = x.as<double>();
  return m;
}

cot::host_matrix<double> wave(cot::index rows, cot::index width, double phase) {
  cot::host_matrix<double> m(rows, width);
  for (std::size_t i = 0; i < m.values.size(); ++i)
    m.values[i] = std::cos(0.9 * static_cast<double>(i * i % 97) + phase);
  return m;
}

}  // namespace

TEST_CASE("loss: InfoNCE and its symmetric form agree with torch in value and gradient") {
  serial device;
  const auto golden = cot::io::read_json(cot::test::golden("info_nce.json").string());
  std::vector<cot::host_matrix<double>> columns{read_matrix(golden.at("anchors")), read_matrix(golden.at("positives"))};
  for (const auto& n : golden.at("negatives").items()) columns.push_back(read_matrix(n));
  for (const auto& c : golden.at("cases").items()) {
    const auto used = c.get<std::size_t>("columns");
    CAPTURE(cot::io::json_text(c).substr(0, 100));
    std::vector<cot::tensor<double, 2, serial>> held;
    for (std::size_t i = 0; i < used; ++i)
      held.push_back(cot::tensor<double, 2, serial>::from_host(device, columns[i].values,
                                                               {{columns[i].rows(), columns[i].width}}));
    cot::tape t(device);
    std::vector<variable> v;
    for (auto& h : held) v.push_back(t.input(h.view()));
    const double temperature = c.get<double>("temperature");
    const auto loss = c.get<std::string>("loss") == "info_nce"
                          ? cot::loss::info_nce{temperature, c.get<bool>("normalize")}(
                                v[0], v[1], std::span<const variable>(v).subspan(2))
                          : cot::loss::symmetric_info_nce{temperature}(v[0], v[1]);
    CHECK(loss.value()() == doctest::Approx(c.get<double>("value")).epsilon(1e-11));
    t.backward(loss);
    const auto& gradients = c.at("gradients").items();
    REQUIRE(gradients.size() == used);
    for (std::size_t i = 0; i < used; ++i) {
      const auto expected = read_matrix(gradients[i]);
      for (std::size_t e = 0; e < expected.values.size(); ++e)
        CHECK(std::abs(v[i].gradient().data()[e] - expected.values[e]) < 1e-11);
    }
  }
}

TEST_CASE("loss: InfoNCE's gradient is that of finite differences, beyond one tile of queries too") {
  serial device;
  const auto f = [](auto&, auto in) { return cot::loss::info_nce{0.2}(in[0], in[1], in.subspan(2)); };
  CHECK(cot::check_gradient(device, f, {wave(4, 3, 0), wave(4, 3, 1), wave(4, 3, 2)}).error < 1e-8);
  const auto tiled = [](auto&, auto in) { return cot::loss::info_nce{0.5}(in[0], in[1]); };
  CHECK(cot::check_gradient(device, tiled, {wave(259, 1, 0.3), wave(259, 1, 0.9)}).error < 1e-7);
  const auto both = [](auto&, auto in) { return cot::loss::symmetric_info_nce{0.3}(in[0], in[1]); };
  CHECK(cot::check_gradient(device, both, {wave(5, 4, 0), wave(5, 4, 1)}).error < 1e-8);
}

TEST_CASE("loss: InfoNCE does not see the order of rows, nor their scale") {
  serial device;
  const auto value = [&](const cot::host_matrix<double>& a, const cot::host_matrix<double>& p) {
    auto x = cot::tensor<double, 2, serial>::from_host(device, a.values, {{a.rows(), a.width}});
    auto y = cot::tensor<double, 2, serial>::from_host(device, p.values, {{p.rows(), p.width}});
    cot::tape t(device);
    return cot::loss::info_nce{}(t.input(x.view()), t.input(y.view())).value()();
  };
  auto a = wave(4, 3, 0), p = wave(4, 3, 0.4);
  const double plain = value(a, p);
  auto permuted_a = a, permuted_p = p, scaled = a;
  for (cot::index i = 0; i < 4; ++i)
    for (cot::index j = 0; j < 3; ++j) {
      permuted_a.view()(i, j) = a.view()((i + 1) % 4, j);
      permuted_p.view()(i, j) = p.view()((i + 1) % 4, j);
      scaled.view()(i, j) *= 7;
    }
  CHECK(value(permuted_a, permuted_p) == doctest::Approx(plain).epsilon(1e-13));
  CHECK(value(scaled, p) == doctest::Approx(plain).epsilon(1e-13));
  CHECK(value(wave(1, 3, 0), wave(1, 3, 1)) == doctest::Approx(0));  // one row has nothing to be told from
}

TEST_CASE("loss: InfoNCE survives zero rows and refuses what does not fit") {
  serial device;
  auto zero = cot::tensor<double, 2, serial>::from_host(device, std::vector<double>(6, 0.0), {{2, 3}});
  auto other = cot::tensor<double, 2, serial>::from_host(device, wave(3, 3, 0).values, {{3, 3}});
  {
    cot::tape t(device);
    const auto v = t.input(zero.view());
    const auto loss = cot::loss::info_nce{}(v, v);
    CHECK(loss.value()() == doctest::Approx(std::log(2)));
    t.backward(loss);
    for (cot::index i = 0; i < 6; ++i) CHECK(std::isfinite(v.gradient().data()[i]));
  }
  cot::tape t(device);
  CHECK_THROWS_WITH_AS(static_cast<void>(cot::loss::info_nce{}(t.input(zero.view()), t.input(other.view()))),
                       doctest::Contains("[2, 3], got [3, 3]"), cot::shape_error);
  CHECK_THROWS_WITH_AS(
      static_cast<void>(cot::loss::info_nce{.temperature = 0}(t.input(zero.view()), t.input(zero.view()))),
      doctest::Contains("temperature"), cot::option_error);
}
