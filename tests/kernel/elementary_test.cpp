#include <cotangent/backend/cpu/launch.hpp>
#include <cotangent/kernel/rows.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace {

/// Applies f on the CPU at one instruction set.
template <class T, class F>
std::vector<T> apply(cot::isa level, const F& f, const std::vector<T>& x) {
  cot::cpu device({.threads = 1, .level = level});
  std::vector<T> y(x.size());
  cot::launch_elements(device, static_cast<cot::index>(x.size()), true, f, cot::out(y.data()), cot::in(x.data()));
  return y;
}

/// The largest relative error of f against the reference, over `count` points of [low, high] and at all instruction
/// sets.
template <class T, class F>
double worst_error(const F& f, double (*reference)(double), double low, double high, int count = 200001) {
  std::vector<T> x(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) x[static_cast<std::size_t>(i)] = static_cast<T>(low + (high - low) * i / (count - 1));
  double worst = 0;
  for (const cot::isa level : {cot::isa::portable, cot::isa::avx2, cot::isa::avx512}) {
    if (level > cot::detect_isa()) continue;
    const std::vector<T> y = apply(level, f, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = reference(static_cast<double>(x[i])),
                   error = std::abs(static_cast<double>(y[i]) - expected);
      worst = std::max(worst, expected == 0 ? error : error / std::abs(expected));
    }
  }
  return worst;
}

double phi(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double density(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * 3.14159265358979323846); }
double gate(double x) { return x * phi(x); }
double gate_slope(double x) { return phi(x) + x * density(x); }
double logistic(double x) { return 1 / (1 + std::exp(-x)); }

struct exp_of {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = exp(x);
  }
};
struct log_of {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = log(x);
  }
};
struct tanh_of {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = tanh(x);
  }
};
struct erf_of {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = erf(x);
  }
};
struct sqrt_of {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = sqrt(x);
  }
};
struct phi_of {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = normal(x).distribution;
  }
};
struct density_of {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = normal(x).density;
  }
};
struct gate_of {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = normal_gate(x);
  }
};
struct slope_of {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = normal_gate_slope(x);
  }
};
struct sigmoid_of {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = sigmoid(x);
  }
};

}  // namespace

TEST_CASE("elementary: float functions of packs are accurate") {
  CHECK(worst_error<float>(exp_of{}, std::exp, -86.6, 88.7) < 1e-7);
  CHECK(worst_error<float>(exp_of{}, std::exp, -1, 1) < 1e-7);
  CHECK(worst_error<float>(log_of{}, std::log, 1e-6, 3) < 2e-7);
  CHECK(worst_error<float>(log_of{}, std::log, 2, 1e30) < 2e-7);
  CHECK(worst_error<float>(tanh_of{}, std::tanh, -12, 12) < 3e-7);
  CHECK(worst_error<float>(tanh_of{}, std::tanh, -1e-3, 1e-3) < 3e-7);
  CHECK(worst_error<float>(erf_of{}, std::erf, -5, 5) < 2e-7);
  CHECK(worst_error<float>(erf_of{}, std::erf, -1e-2, 1e-2) < 2e-7);
  CHECK(worst_error<float>(sqrt_of{}, std::sqrt, 0, 1e6) < 1e-7);
  CHECK(worst_error<float>(sigmoid_of{}, logistic, -80, 80) < 3e-7);
  CHECK(worst_error<float>(phi_of{}, phi, -3, 6) < 1e-6);
  CHECK(worst_error<float>(phi_of{}, phi, -12, -3) < 8e-6);  // the rounding of x^2 and of its multiples
  CHECK(worst_error<float>(density_of{}, density, -12, 12) < 8e-6);
  CHECK(worst_error<float>(gate_of{}, gate, -3, 12) < 1e-6);
  CHECK(worst_error<float>(gate_of{}, gate, -1e-30, 1e-30) < 5e-7);
  CHECK(worst_error<float>(gate_of{}, gate, -12, -3) < 8e-6);
  CHECK(worst_error<float>(slope_of{}, gate_slope, -0.5, 12) < 1e-6);
  CHECK(worst_error<float>(slope_of{}, gate_slope, -3, -1) < 1e-6);  // it is 0 at -0.75
  CHECK(worst_error<float>(slope_of{}, gate_slope, -12, -3) < 8e-6);
}

TEST_CASE("elementary: double functions of packs are accurate") {
  CHECK(worst_error<double>(exp_of{}, std::exp, -707, 709) < 5e-16);
  CHECK(worst_error<double>(exp_of{}, std::exp, -1, 1) < 5e-16);
  CHECK(worst_error<double>(log_of{}, std::log, 1e-6, 30) < 1e-15);
  CHECK(worst_error<double>(tanh_of{}, std::tanh, -3, 3) < 1e-15);
  CHECK(worst_error<double>(erf_of{}, std::erf, -5, 5) < 1e-15);
  CHECK(worst_error<double>(sqrt_of{}, std::sqrt, 0, 1e6) < 3e-16);
  CHECK(worst_error<double>(phi_of{}, phi, -12, 6) < 1e-13);
  CHECK(worst_error<double>(gate_of{}, gate, -12, 6) < 1e-13);
  CHECK(worst_error<double>(slope_of{}, gate_slope, -0.5, 6) < 1e-13);
  CHECK(worst_error<double>(sigmoid_of{}, logistic, -80, 80) < 1e-15);
}

TEST_CASE("elementary: special values, for floats and doubles at every instruction set") {
  const auto check = [](auto zero) {
    using T = decltype(zero);
    const T infinite = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
    for (const cot::isa level : {cot::isa::portable, cot::isa::avx2, cot::isa::avx512}) {
      if (level > cot::detect_isa()) continue;
      const std::vector<T> x = {-infinite, T(-1e4), zero, T(1e4), infinite, nan, T(-0.0)};
      const auto e = apply(level, exp_of{}, x), l = apply(level, log_of{}, x), t = apply(level, tanh_of{}, x),
                 f = apply(level, erf_of{}, x), s = apply(level, sigmoid_of{}, x);
      CHECK(e[0] == 0);
      CHECK(e[1] == 0);
      CHECK(e[2] == 1);
      CHECK(e[3] == infinite);
      CHECK(e[4] == infinite);
      CHECK(std::isnan(e[5]));
      CHECK(std::isnan(l[0]));
      CHECK(std::isnan(l[1]));
      CHECK(l[2] == -infinite);
      CHECK(l[4] == infinite);
      CHECK(std::isnan(l[5]));
      CHECK(l[6] == -infinite);
      CHECK(t[0] == -1);
      CHECK(t[2] == 0);
      CHECK(t[4] == 1);
      CHECK(std::isnan(t[5]));
      CHECK(f[0] == -1);
      CHECK(f[2] == 0);
      CHECK(f[4] == 1);
      CHECK(std::isnan(f[5]));
      CHECK(s[0] == 0);
      CHECK(s[2] == T(0.5));
      CHECK(s[4] == 1);
      CHECK(std::isnan(s[5]));
    }
  };
  check(0.0f);
  check(0.0);
}

TEST_CASE(
    "elementary: the normal distribution and its gate end where their tails do, for floats at every instruction set") {
  const float infinite = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const cot::isa level : {cot::isa::portable, cot::isa::avx2, cot::isa::avx512}) {
    if (level > cot::detect_isa()) continue;
    const std::vector<float> x = {-infinite, -1e30f, -14, 14, 1e30f, infinite, nan, -0.0f};
    const auto p = apply(level, phi_of{}, x), d = apply(level, density_of{}, x), g = apply(level, gate_of{}, x),
               s = apply(level, slope_of{}, x);
    for (const std::size_t i : {0u, 1u, 2u}) {
      CHECK(p[i] == 0);
      CHECK(g[i] == 0);
      CHECK(s[i] == 0);
    }
    for (const std::size_t i : {3u, 4u, 5u}) {
      CHECK(p[i] == 1);
      CHECK(g[i] == x[i]);
      CHECK(s[i] == 1);
    }
    for (const std::size_t i : {0u, 1u, 2u, 3u, 4u, 5u}) CHECK(d[i] == 0);
    CHECK(std::isnan(p[6]));
    CHECK(std::isnan(d[6]));
    CHECK(std::isnan(g[6]));
    CHECK(std::isnan(s[6]));
    CHECK(std::signbit(g[7]));
    CHECK(s[7] == 0.5f);
  }
}

TEST_CASE("pack: bfloat16 is rounded in packs as it is alone") {
  std::vector<float> x;
  for (std::uint32_t i = 0; i < 65536; ++i)
    for (const std::uint32_t low : {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) {
      const std::uint32_t bits = i << 16 | low;
      float value;
      __builtin_memcpy(&value, &bits, sizeof value);
      x.push_back(value);
    }
  for (const cot::isa level : {cot::isa::portable, cot::isa::avx2, cot::isa::avx512}) {
    if (level > cot::detect_isa()) continue;
    cot::cpu device({.threads = 1, .level = level});
    std::vector<cot::bfloat16> y(x.size());
    std::vector<float> back(x.size());
    const auto copy = [](auto& to, auto from) COT_LAMBDA { to = from; };
    cot::launch_elements(device, static_cast<cot::index>(x.size()), false, copy, cot::out(y.data()), cot::in(x.data()));
    cot::launch_elements(device, static_cast<cot::index>(x.size()), false, copy, cot::out(back.data()),
                         cot::in(static_cast<const cot::bfloat16*>(y.data())));
    cot::index different = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      different += y[i].bits != cot::bfloat16(x[i]).bits;
      const float wide = y[i];
      different += std::memcmp(&wide, &back[i], sizeof wide) != 0;
    }
    CHECK(different == 0);
  }
}
