#pragma once
// What every loss that takes columns is held to, whatever it computes. tests/loss/registry*_test.cpp apply it to the
// catalogue, and to losses of their own that are wrong on purpose.

#include <cotangent/autograd/gradient_check.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/host_matrix.hpp>
#include <cotangent/core/random.hpp>
#include <cotangent/core/tensor.hpp>
#include <cotangent/loss/describe.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace cot::test {

using column_list = std::vector<host_matrix<double>>;

/// A loss with one of its options changed, or none.
template <class L>
struct setting {
  std::string text;
  L loss;
};

/// Another value that an option is likely to allow: a switch turned, a number half as large again.
template <class T>
[[nodiscard]] T another(T value) {
  if constexpr (std::is_same_v<T, bool>)
    return !value;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(value + 1);
  else
    return value == 0 ? T(0.5) : static_cast<T>(1.5 * value);
}

/// The loss as it is by default, and with each option changed.
template <loss::described L>
[[nodiscard]] std::vector<setting<L>> settings() {
  std::vector<setting<L>> all{{std::string(L::describe().name), L{}}};
  const auto add = [&](const auto& o) {
    L changed{};
    changed.*(o.member) = another(changed.*(o.member));
    all.push_back({all.front().text + " with " + std::string(o.name) + " = " +
                       std::to_string(static_cast<double>(changed.*(o.member))),
                   changed});
  };
  std::apply([&](const auto&... o) { (add(o), ...); }, L::describe().options);
  return all;
}

/// How many columns the loss can take: its anchors, positives, and two of negatives.
template <class L>
[[nodiscard]] std::vector<std::size_t> column_counts() {
  constexpr loss::inputs takes = L::describe().takes;
  static_assert(!takes.labels && !takes.scores,
                "each_loss.hpp knows losses of columns only: teach it this one's inputs");
  const std::size_t least = takes.positives ? 2 : 1;
  return takes.negatives ? std::vector{least, least + 2} : std::vector{least};
}

/// Columns of normal numbers, of one seed each.
[[nodiscard]] inline column_list draw_columns(std::size_t count, index n, index d) {
  column_list all;
  for (std::size_t c = 0; c < count; ++c) {
    all.emplace_back(n, d);
    const auto stream = static_cast<std::uint32_t>(c);
    for (std::size_t i = 0; i < all[c].values.size(); ++i)
      all[c].values[i] = normal(random_bits({stream, 1, 0}, 0, 0, static_cast<index>(i)),
                                random_bits({stream, 2, 0}, 0, 0, static_cast<index>(i)));
  }
  return all;
}

template <class L, class T, class B>
[[nodiscard]] var<T, 0, B> call(const L& loss, std::span<const var<T, 2, B>> columns) {
  constexpr loss::inputs takes = L::describe().takes;
  if constexpr (takes.positives && takes.negatives)
    return loss(columns[0], columns[1], columns.subspan(2));
  else if constexpr (takes.positives)
    return loss(columns[0], columns[1]);
  else if constexpr (takes.negatives)
    return loss(columns[0], columns.subspan(1));
  else
    return loss(columns[0]);
}

/// The value and the gradient of each column; zeros where backward did not reach one.
struct evaluation {
  double value = 0;
  column_list gradients;
  [[nodiscard]] bool finite() const {
    bool all = std::isfinite(value);
    for (const auto& g : gradients)
      for (const double x : g.values) all = all && std::isfinite(x);
    return all;
  }
};

/// A loss with its type forgotten, so that what follows is compiled once a backend and not once a loss.
template <class T, class B>
using loss_function = std::function<var<T, 0, B>(std::span<const var<T, 2, B>>)>;

template <class T, class B>
[[nodiscard]] evaluation evaluate_function(B& device, const loss_function<T, B>& loss, const column_list& columns) {
  std::vector<tensor<T, 2, B>> held;
  for (const auto& c : columns) {
    std::vector<T> values;
    for (const double x : c.values) values.push_back(static_cast<T>(x));
    held.push_back(tensor<T, 2, B>::from_host(device, values, {{c.rows(), c.width}}));
  }
  tape t(device);
  std::vector<var<T, 2, B>> inputs;
  for (auto& h : held) inputs.push_back(t.input(h.view()));
  const auto y = loss(inputs);
  evaluation result;
  T value{};
  download(device, &value, y.value().data(), sizeof value);
  result.value = static_cast<double>(value);
  t.backward(y);
  for (const auto& v : inputs) {
    auto& g = result.gradients.emplace_back(v.extent(0), v.extent(1));
    if (!v.has_gradient()) continue;
    std::vector<T> values(g.values.size());
    download(device, values.data(), v.gradient().data(), values.size() * sizeof(T));
    for (std::size_t i = 0; i < values.size(); ++i) g.values[i] = static_cast<double>(values[i]);
  }
  return result;
}
template <class T, class L, class B>
[[nodiscard]] evaluation evaluate(B& device, const L& loss, const column_list& columns) {
  return evaluate_function<T, B>(
      device, [&loss](std::span<const var<T, 2, B>> in) { return call<L, T, B>(loss, in); }, columns);
}

/// The largest difference of value and gradients, relative to the largest number of each (at least 1 for values);
/// infinite where one is not a number.
[[nodiscard]] inline double difference(const evaluation& a, const evaluation& b) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  if (a.gradients.size() != b.gradients.size() || !a.finite() || !b.finite()) return infinite;
  double most = std::abs(a.value - b.value) / std::max(1.0, std::abs(a.value)), largest = 1e-3, apart = 0;
  for (std::size_t c = 0; c < a.gradients.size(); ++c) {
    if (a.gradients[c].values.size() != b.gradients[c].values.size()) return infinite;
    for (std::size_t i = 0; i < a.gradients[c].values.size(); ++i) {
      largest = std::max(largest, std::abs(a.gradients[c].values[i]));
      apart = std::max(apart, std::abs(a.gradients[c].values[i] - b.gradients[c].values[i]));
    }
  }
  return std::max(most, apart / largest);
}

/// The rows of all columns in another order: row i comes from row (i + 1) mod n.
[[nodiscard]] inline column_list rotated_rows(const column_list& columns) {
  column_list all = columns;
  for (std::size_t c = 0; c < all.size(); ++c)
    for (index i = 0; i < all[c].rows(); ++i)
      for (index j = 0; j < all[c].width; ++j) all[c].view()(i, j) = columns[c].view()((i + 1) % all[c].rows(), j);
  return all;
}
[[nodiscard]] inline column_list one_row(const column_list& columns, index row) {
  column_list all;
  for (const auto& c : columns) {
    auto& m = all.emplace_back(1, c.width);
    for (index j = 0; j < c.width; ++j) m.view()(0, j) = c.view()(row, j);
  }
  return all;
}

/// Whether the loss is the mean of the losses of its rows alone: what `couples_batch = false` says.
template <class L, class B>
[[nodiscard]] bool mean_over_rows(B& device, const L& loss, const column_list& columns) {
  const evaluation whole = evaluate<double>(device, loss, columns);
  evaluation mean;
  const index n = columns[0].rows();
  for (const auto& c : columns) mean.gradients.emplace_back(n, c.width);
  for (index i = 0; i < n; ++i) {
    const evaluation row = evaluate<double>(device, loss, one_row(columns, i));
    mean.value += row.value / static_cast<double>(n);
    for (std::size_t c = 0; c < columns.size(); ++c)
      for (index j = 0; j < columns[c].width; ++j)
        mean.gradients[c].view()(i, j) = row.gradients[c].view()(0, j) / static_cast<double>(n);
  }
  return difference(whole, mean) < 1e-12;
}

/// Whether the gradient of the first rows changes when the last row changes: what `couples_batch = true` says.
template <class L, class B>
[[nodiscard]] bool sees_other_rows(B& device, const L& loss, column_list columns) {
  const evaluation before = evaluate<double>(device, loss, columns);
  for (auto& c : columns)
    for (index j = 0; j < c.width; ++j) c.view()(c.rows() - 1, j) = 1.7 - c.view()(c.rows() - 1, c.width - 1 - j);
  const evaluation after = evaluate<double>(device, loss, columns);
  for (std::size_t c = 0; c < columns.size(); ++c)
    for (index j = 0; j < columns[c].width; ++j)
      if (std::abs(before.gradients[c].view()(0, j) - after.gradients[c].view()(0, j)) > 1e-6) return true;
  return false;
}

/// The gradient in double against central differences.
template <class L, class B>
[[nodiscard]] gradient_disagreement check_loss_gradient(B& device, const L& loss, const column_list& columns) {
  const loss_function<double, B> f = [&loss](std::span<const var<double, 2, B>> in) {
    return call<L, double, B>(loss, in);
  };
  return check_gradient(device, [&f](auto&, std::span<const var<double, 2, B>> in) { return f(in); }, columns);
}

}  // namespace cot::test
