#pragma once
// One declaration of an operation gives all its checks. A case is a type with
//
//   name                                                  "layer_norm"
//   inputs(n, d)                                          the shapes of what it differentiates, as shape<2>
//   forward<T>(bench, x) -> list of results               x and the results as double, row-major
//   pullback<T>(bench, x, dy) -> list of gradients        one for each input
//   (optional) positive                                   inputs are drawn positive
//   (optional) accumulator_only                           not for bfloat16
//   (optional) keeps_no_rows                              a result is not row by row: no check of NaN
//
// `check_operation<case>()` and `check_numbers<case>()` compare serial, cpu at every instruction set and emulated
// lanes, in float, double and bfloat16, over degenerate and odd shapes, with strided rows, adding and replacing, on one
// thread and two; finite differences in double check the pullback.

#include "support/emulated.hpp"

#include <cotangent/backend/cpu/launch.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/core/random.hpp>
#include <cotangent/core/tensor.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <deque>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cot::test {

using values = std::vector<double>;

template <class T>
[[nodiscard]] T to_element(double x) {
  return static_cast<T>(static_cast<accumulator_of<T>>(x));
}
template <class T>
[[nodiscard]] double from_element(T x) {
  return static_cast<double>(static_cast<accumulator_of<T>>(x));
}

/// Standard normal numbers; the same for the same seed.
[[nodiscard]] inline values random_values(index n, std::uint32_t seed) {
  values x(static_cast<std::size_t>(n));
  for (index i = 0; i < n; ++i)
    x[static_cast<std::size_t>(i)] = normal(random_bits({seed, 1, 0}, 0, 0, i), random_bits({seed, 2, 0}, 0, 0, i));
  return x;
}

/// Where a case puts its tensors: on one device, with `padding` elements of NaN after each row.
template <class B>
class bench {
 public:
  explicit bench(B& device, index padding = 0, store mode = store::overwrite)
      : device_(device), padding_(padding), mode_(mode) {}

  [[nodiscard]] B& device() const { return device_; }
  [[nodiscard]] store mode() const { return mode_; }

  /// A matrix on the device.
  template <class T>
  [[nodiscard]] view<T, 2, B> put(const values& x, shape<2> sizes) {
    const index stride = sizes[1] + padding_;
    std::vector<T> host(static_cast<std::size_t>(sizes[0] * stride),
                        to_element<T>(std::numeric_limits<double>::quiet_NaN()));
    for (index i = 0; i < sizes[0]; ++i)
      for (index j = 0; j < sizes[1]; ++j)
        host[static_cast<std::size_t>(i * stride + j)] = to_element<T>(x[static_cast<std::size_t>(i * sizes[1] + j)]);
    auto& all = tensors<T>();
    all.push_back(tensor<T, 2, B>::from_host(device_, host, shape<2>{{sizes[0], stride}}));
    return {all.back().data(), sizes, shape<2>{{stride, 1}}};
  }
  /// A contiguous vector on the device.
  template <class T>
  [[nodiscard]] view<T, 1, B> put_vector(const values& x) {
    const index before = std::exchange(padding_, 0);
    const auto v = put<T>(x, shape<2>{{1, static_cast<index>(x.size())}});
    padding_ = before;
    return {v.data(), shape<1>{{v.extent(1)}}};
  }
  [[nodiscard]] view<std::int32_t, 1, B> put_integers(const values& x) {
    std::vector<std::int32_t> host;
    for (const double e : x) host.push_back(static_cast<std::int32_t>(e));
    integers_.push_back(tensor<std::int32_t, 1, B>::from_host(device_, host, shape<1>{{static_cast<index>(x.size())}}));
    return integers_.back().view();
  }
  [[nodiscard]] view<index, 1, B> put_offsets(const std::vector<index>& x) {
    offsets_.push_back(tensor<index, 1, B>::from_host(device_, x, shape<1>{{static_cast<index>(x.size())}}));
    return offsets_.back().view();
  }
  /// Room for a result: full of NaN.
  template <class T>
  [[nodiscard]] view<T, 2, B> room(shape<2> sizes) {
    return put<T>(values(static_cast<std::size_t>(sizes.size()), std::numeric_limits<double>::quiet_NaN()), sizes);
  }
  template <class T>
  [[nodiscard]] view<T, 1, B> room_vector(index n) {
    return put_vector<T>(values(static_cast<std::size_t>(n), std::numeric_limits<double>::quiet_NaN()));
  }
  /// Room for a gradient that is stored with mode(): 0.25 everywhere if that adds, else NaN.
  template <class T>
  [[nodiscard]] view<T, 2, B> gradient_room(shape<2> sizes) {
    return mode_ == store::overwrite ? room<T>(sizes)
                                     : put<T>(values(static_cast<std::size_t>(sizes.size()), 0.25), sizes);
  }
  /// Parameter gradients are always added: room full of zeros.
  template <class T>
  [[nodiscard]] view<T, 1, B> sum_room(index n) {
    return put_vector<T>(values(static_cast<std::size_t>(n), 0.0));
  }

  template <class T>
  [[nodiscard]] values take(view<T, 2, B> x) const {
    std::vector<std::remove_const_t<T>> row(static_cast<std::size_t>(x.extent(1)));
    values all;
    for (index i = 0; i < x.extent(0); ++i) {
      download(device_, row.data(), x.row(i).data(), row.size() * sizeof(T));
      for (const auto& e : row) all.push_back(from_element(e));
    }
    return all;
  }
  template <class T>
  [[nodiscard]] values take(view<T, 1, B> x) const {
    return take(view<T, 2, B>(x.data(), shape<2>{{1, x.extent(0)}}));
  }
  template <class T>
  [[nodiscard]] values take_gradient(view<T, 2, B> x) const {
    values all = take(x);
    if (mode_ == store::add)
      for (double& e : all) e -= 0.25;
    return all;
  }

 private:
  template <class T>
  [[nodiscard]] std::deque<tensor<T, 2, B>>& tensors() {
    if constexpr (std::is_same_v<T, float>)
      return floats_;
    else if constexpr (std::is_same_v<T, double>)
      return doubles_;
    else
      return halves_;
  }
  B& device_;
  index padding_;
  store mode_;
  std::deque<tensor<float, 2, B>> floats_;
  std::deque<tensor<double, 2, B>> doubles_;
  std::deque<tensor<bfloat16, 2, B>> halves_;
  std::deque<tensor<std::int32_t, 1, B>> integers_;
  std::deque<tensor<index, 1, B>> offsets_;
};

/// The inputs of a case and the gradients that come back to its results.
template <class Case>
[[nodiscard]] std::vector<values> draw_inputs(index n, index d) {
  std::vector<values> x;
  std::uint32_t seed = 1;
  for (const shape<2>& s : Case::inputs(n, d)) {
    x.push_back(random_values(s.size(), seed++));
    if constexpr (requires { Case::positive; })
      for (double& e : x.back()) e = 0.1 + std::abs(e);
  }
  return x;
}
[[nodiscard]] inline std::vector<values> draw_like(const std::vector<values>& y) {
  std::vector<values> dy;
  for (std::size_t k = 0; k < y.size(); ++k)
    dy.push_back(random_values(static_cast<index>(y[k].size()), static_cast<std::uint32_t>(100 + k)));
  return dy;
}

/// The largest |a - b| relative to the largest of its tensor (at least 1); infinite where sizes differ or one is NaN
/// and the other not.
[[nodiscard]] inline double difference(const std::vector<values>& a, const std::vector<values>& b) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  if (a.size() != b.size()) return infinite;
  double most = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k].size() != b[k].size()) return infinite;
    double scale = 1;
    for (const double e : a[k]) scale = std::isfinite(e) ? std::max(scale, std::abs(e)) : scale;
    for (std::size_t i = 0; i < a[k].size(); ++i) {
      if (a[k][i] == b[k][i] || (std::isnan(a[k][i]) && std::isnan(b[k][i]))) continue;
      if (!(std::isfinite(a[k][i]) && std::isfinite(b[k][i]))) return infinite;
      most = std::max(most, std::abs(a[k][i] - b[k][i]) / scale);
    }
  }
  return most;
}

template <class T>
inline constexpr double rounding = std::is_same_v<T, double>  ? 1e-12
                                   : std::is_same_v<T, float> ? 2e-5
                                                              : 0.02;

/// Results and, where there is a pullback, gradients.
template <class Case, class T, class B>
[[nodiscard]] std::vector<values> run_case(B& device, index n, index d, index padding, store mode) {
  const auto x = draw_inputs<Case>(n, d);
  bench<B> at(device, padding, mode);
  std::vector<values> all = Case::template forward<T>(at, x);
  if constexpr (requires { Case::template pullback<T>(at, x, x); })
    for (values& g : Case::template pullback<T>(at, x, draw_like(all))) all.push_back(std::move(g));
  return all;
}

/// serial = cpu at every instruction set = emulated lanes.
template <class Case, class T>
void check_parity() {
  serial reference;
  emulated<7> lanes;
  std::deque<cpu> cpus;
  for (const isa level : {isa::portable, isa::avx2, isa::avx512})
    if (level <= detect_isa()) cpus.emplace_back(cpu::options{.threads = 2, .level = level});
  const auto compare = [&](index n, index d, index padding, store mode) {
    const auto expected = run_case<Case, T>(reference, n, d, 0, store::overwrite);
    CAPTURE(n);
    CAPTURE(d);
    CAPTURE(padding);
    CHECK(difference(expected, run_case<Case, T>(lanes, n, d, padding, mode)) <= rounding<T>);
    for (cpu& device : cpus) {
      CAPTURE(to_string(device.level()));
      CHECK(difference(expected, run_case<Case, T>(device, n, d, padding, mode)) <= rounding<T>);
    }
  };
  for (index d = 2; d <= 70; d += d < 20 ? 1 : 7) compare(3, d, 0, store::overwrite);
  for (const index n : {0, 1, 2, 40}) compare(n, 33, 0, store::overwrite);
  compare(1, 1, 0, store::overwrite);
  compare(5, 1, 3, store::overwrite);
  compare(5, 37, 3, store::add);
  compare(4, 64, 16, store::add);
}

/// The same bits on one thread and on two, for sizes that are split.
template <class Case>
void check_threads() {
  cpu one({.threads = 1}), two({.threads = 2});
  CHECK(difference(run_case<Case, float>(one, 2100, 130, 0, store::overwrite),
                   run_case<Case, float>(two, 2100, 130, 0, store::overwrite)) == 0.0);
}

/// The pullback against central differences, in double.
template <class Case>
void check_gradient() {
  serial device;
  const auto f = [&](const std::vector<values>& x) {
    bench<serial> at(device);
    return Case::template forward<double>(at, x);
  };
  for (const auto& [n, d] : {std::pair<index, index>{3, 5}, {1, 4}, {4, 2}}) {
    auto x = draw_inputs<Case>(n, d);
    const auto dy = draw_like(f(x));
    bench<serial> at(device);
    const std::vector<values> gradients = Case::template pullback<double>(at, x, dy);
    const auto loss = [&](const std::vector<values>& at_x) {
      const auto y = f(at_x);
      double sum = 0;
      for (std::size_t k = 0; k < y.size(); ++k)
        for (std::size_t i = 0; i < y[k].size(); ++i) sum += y[k][i] * dy[k][i];
      return sum;
    };
    REQUIRE(gradients.size() == x.size());
    for (std::size_t k = 0; k < x.size(); ++k) {
      REQUIRE(gradients[k].size() == x[k].size());
      for (std::size_t i = 0; i < x[k].size(); ++i) {
        constexpr double h = 1e-5;
        const double middle = x[k][i];
        x[k][i] = middle + h;
        const double above = loss(x);
        x[k][i] = middle - h;
        const double below = loss(x);
        x[k][i] = middle;
        CAPTURE(k);
        CAPTURE(i);
        CHECK(gradients[k][i] == doctest::Approx((above - below) / (2 * h)).epsilon(1e-6));
      }
    }
  }
}

/// A NaN in row 1 of the first input reaches row 1 of the first result, and no other row.
template <class Case>
void check_nan() {
  cpu device;
  const index n = 3, d = 37;
  auto x = draw_inputs<Case>(n, d);
  x[0][static_cast<std::size_t>(d + 5)] = std::numeric_limits<double>::quiet_NaN();
  bench<cpu> at(device);
  const values y = Case::template forward<float>(at, x)[0];
  const auto columns = static_cast<index>(y.size()) / n;
  index inside = 0, outside = 0;
  for (index i = 0; i < static_cast<index>(y.size()); ++i)
    (i / columns == 1 ? inside : outside) += std::isnan(y[static_cast<std::size_t>(i)]);
  CHECK(inside > 0);
  CHECK(outside == 0);
}

/// Everything, in float; `check_numbers` compares the backends in double and bfloat16, in a file of its own, because
/// each number type costs seconds of compilation; with sanitizers, of the two, bfloat16 only.
template <class Case>
void check_operation() {
  INFO(Case::name);
  check_parity<Case, float>();
  check_threads<Case>();
  if constexpr (!requires { Case::keeps_no_rows; }) check_nan<Case>();
  if constexpr (requires(bench<serial>& at, const std::vector<values>& x) {
                  Case::template pullback<double>(at, x, x);
                })
    check_gradient<Case>();
}
#if defined(COTANGENT_REDUCED_TESTS)
inline constexpr bool reduced_tests = true;
#else
inline constexpr bool reduced_tests = false;
#endif
/// With sanitizers bfloat16 stands for double, too.
template <class Case>
void check_double() {
  INFO(Case::name);
  constexpr bool narrow = !requires { Case::accumulator_only; };
  if constexpr (!narrow || !reduced_tests) check_parity<Case, double>();
}
template <class Case>
void check_bfloat16() {
  INFO(Case::name);
  check_parity<Case, bfloat16>();
}
template <class Case>
void check_numbers() {
  check_double<Case>();
  if constexpr (!requires { Case::accumulator_only; }) check_bfloat16<Case>();
}

}  // namespace cot::test
