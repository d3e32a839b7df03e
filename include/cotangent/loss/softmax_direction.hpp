#pragma once
// The softmax cross-entropy of queries against candidates, value and gradient together, in tiles of queries: the part
// that the contrastive losses share. No [n, m] matrix is ever stored.

#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/ops/copy.hpp>
#include <cotangent/ops/cross_entropy.hpp>
#include <cotangent/ops/map.hpp>
#include <cotangent/ops/matmul.hpp>
#include <cotangent/ops/normalize_rows.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace cot::loss {

/// Rows of several inputs stacked, each divided by max(norm, 1e-12) when asked, and the gradient with respect to them.
template <class T, class B>
struct candidate_rows {
  view<T, 2, B> rows;      // [m, d]
  view<T, 1, B> norms;     // [m], empty when rows are as given
  view<T, 2, B> gradient;  // [m, d], zero at first; empty when nobody wants it
};

inline constexpr double norm_floor = 1e-12;

/// Throws unless all inputs are [n, d] of one n and d, with at least one row.
template <class T, class B>
void check_columns(std::string_view loss, std::span<const var<T, 2, B>> columns) {
  const shape<2>& first = columns.front().sizes();
  if (first[0] < 1) throw shape_error(loss, "anchors", "at least one row", to_string(first));
  for (const auto& c : columns.subspan(1))
    if (!(c.sizes() == first)) throw shape_error(loss, "columns differ", to_string(first), to_string(c.sizes()));
}

/// Stacks (and normalises) columns of one shape into the tape's memory.
template <class T, class B>
[[nodiscard]] candidate_rows<T, B> stack(tape<B>& t, std::span<const var<T, 2, B>> columns, bool normalize,
                                         bool gradient) {
  const index n = columns.front().extent(0), d = columns.front().extent(1);
  const index m = n * static_cast<index>(columns.size());
  candidate_rows<T, B> all;
  all.rows = t.template workspace<T>(shape<2>{{m, d}});
  if (normalize) all.norms = t.template workspace<T>(shape<1>{{m}});
  for (index c = 0; c < static_cast<index>(columns.size()); ++c) {
    const auto x = columns[static_cast<std::size_t>(c)].value();
    if (normalize)
      ops::normalize_rows(t.device(), x, norm_floor, all.rows.rows(c * n, (c + 1) * n),
                          all.norms.rows(c * n, (c + 1) * n));
    else
      ops::cast(t.device(), x, all.rows.rows(c * n, (c + 1) * n));
  }
  if (gradient) {
    all.gradient = t.template workspace<T>(shape<2>{{m, d}});
    ops::fill(t.device(), all.gradient, 0.0);
  }
  return all;
}

/// The gradient with respect to rows [first, first + n) as they were given, in place: (g - (g.u) u) / max(norm, 1e-12).
template <class T, class B>
[[nodiscard]] view<const T, 2, B> raw_gradient(B& device, const candidate_rows<T, B>& all, index first, index n) {
  if (all.gradient.data() == nullptr) return {};
  const auto g = all.gradient.rows(first, first + n);
  if (all.norms.data() != nullptr)
    ops::normalize_rows_pullback(device, view<const T, 2, B>(g), view<const T, 2, B>(all.rows.rows(first, first + n)),
                                 view<const T, 1, B>(all.norms.rows(first, first + n)), norm_floor, g,
                                 store::overwrite);
  return g;
}

/// The formula by which the similarity of a query to its target enters the softmax as it is: nothing is launched for
/// it.
struct as_it_is {
  static constexpr bool transcendental = false;
  template <class Number>
  COT_FN Number operator()(const Number& similarity) const {
    return similarity;
  }
};

namespace detail {

/// A formula on similarities s, for logits z = s / temperature.
template <class Formula, class T>
struct on_logit {
  static constexpr bool transcendental = Formula::transcendental;
  Formula formula;
  T temperature, reciprocal;
  template <class Number>
  COT_FN Number operator()(const Number& z) const {
    return formula(z * Number(temperature)) * Number(reciprocal);
  }
};

}  // namespace detail

/// For each query i of n, with z_ij = q_i . c_j / temperature:   loss_i = log sum_j exp z_ij - z_ii
/// written to `losses` [n]; where gradients are wanted, adds those of  weight * sum_i loss_i  to q.gradient and
/// c.gradient. q: [n, d], c: [m, d] with m >= n; the target of query i is candidate i.  2 n m d multiply-adds (6 with
/// gradients); memory: one tile of 256 queries.  The maximum of each row is taken out before exponentials.
///
/// Losses that alter the target, by a margin for instance, give a formula of one number (as `ops::map` takes it): then
/// z_ii = target(q_i . c_i) / temperature, and gradients go through its derivative.
template <class T, class B, class Target = as_it_is>
void softmax_direction(tape<B>& t, const candidate_rows<T, B>& q, const candidate_rows<T, B>& c, double temperature,
                       double weight, view<T, 1, B> losses, const Target& target = {}) {
  constexpr index tile = 256;
  constexpr bool altered = !std::is_same_v<Target, as_it_is>;
  B& device = t.device();
  const index n = q.rows.extent(0), d = q.rows.extent(1), m = c.rows.extent(0), height = std::min(tile, n);
  const bool wanted = q.gradient.data() != nullptr;
  const auto scaled =
      t.template workspace<T>(shape<2>{{height, d}});  // q / temperature, so that logits are one product
  const auto logits = t.template workspace<T>(shape<2>{{height, m}});
  const auto lse = t.template workspace<T>(shape<1>{{height}});
  const auto targets = t.template workspace<std::int32_t>(shape<1>{{height}});
  const auto unaltered = t.template workspace<T>(shape<2>{{altered ? height : 0, 1}});
  [[maybe_unused]] const detail::on_logit<Target, T> alter{target, static_cast<T>(temperature),
                                                           static_cast<T>(1.0 / temperature)};
  auto* numbers = t.template host_array<std::int32_t>(height);
  for (index first = 0; first < n; first += height) {
    const index rows = std::min(height, n - first);
    for (index i = 0; i < rows; ++i) numbers[i] = static_cast<std::int32_t>(first + i);
    upload(device, targets.data(), numbers, static_cast<std::size_t>(rows) * sizeof(std::int32_t));
    const auto s = scaled.rows(0, rows);
    const auto z = logits.rows(0, rows);
    const auto at = view<const std::int32_t, 1, B>(targets.rows(0, rows));
    ops::scale(device, view<const T, 2, B>(q.rows.rows(first, first + rows)), 1.0 / temperature, s);
    ops::matmul(device, transpose::no, s, transpose::yes, c.rows, z);
    const view<T, 2, B> own(z.data() + first, {{rows, 1}}, {{m + 1, 1}});  // z_ii, and later its gradient
    const auto before = unaltered.rows(0, altered ? rows : 0);
    if constexpr (altered) {
      ops::cast(device, view<const T, 2, B>(own), before);
      ops::map(device, alter, own, before);
    }
    ops::cross_entropy(device, view<const T, 2, B>(z), at, losses.rows(first, first + rows), lse.rows(0, rows));
    if (!wanted) continue;
    ops::cross_entropy_pullback(device, view<const T, 2, B>(z), at, view<const T, 1, B>(lse.rows(0, rows)), weight, z);
    if constexpr (altered)
      ops::map_pullback(device, alter, view<const T, 2, B>(own), ops::with_respect_to<T, 2, B>{before, own});
    ops::matmul(device, transpose::yes, z, transpose::no, s, c.gradient, epilogue<T, T>{.mode = store::add});
    ops::scale(device, view<const T, 2, B>(z), 1.0 / temperature, z);
    ops::matmul(device, transpose::no, z, transpose::no, c.rows, q.gradient.rows(first, first + rows),
                epilogue<T, T>{.mode = store::add});
  }
}

}  // namespace cot::loss
