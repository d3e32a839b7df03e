#pragma once
// InfoNCE with in-batch and hard negatives, one-directional and symmetric.

#include <cotangent/autograd/with_gradient.hpp>
#include <cotangent/loss/describe.hpp>
#include <cotangent/loss/softmax_direction.hpp>
#include <cotangent/ops/sum.hpp>

#include <span>
#include <string>

namespace cot::loss {

/// In-batch contrastive loss, also called multiple negatives ranking loss.
///
///   L = 1/n sum_i ( log sum_c exp(s(a_i, c) / temperature) - s(a_i, p_i) / temperature )
///
/// where c runs over all positives and all rows of all negatives of the batch, and s is the cosine (the dot product
/// when `normalize` is false).  anchors, positives, each negatives: [n, d]; row i of positives belongs to row i of
/// anchors. Gradients are with respect to the rows as given.  2 n m d multiply-adds forward, m = n (1 + number of
/// negatives). Van den Oord et al. 2018 (eq. 4); Gao et al. 2021 (eq. 5, hard negatives); arXiv 2408.00690 (eq. 1).
struct info_nce {
  double temperature = 0.05;
  bool normalize = true;

  static constexpr auto describe() {
    return description{"info_nce",
                       "1/n sum_i [ log sum_c exp(cos(a_i, c)/t) - cos(a_i, p_i)/t ], c over positives and negatives",
                       "van den Oord et al. 2018, eq. 4; Gao et al. 2021, eq. 5",
                       inputs{.positives = true, .negatives = true},
                       true,
                       std::tuple{option{"temperature", &info_nce::temperature, "t > 0"},
                                  option{"normalize", &info_nce::normalize, "1: cosine, 0: dot product"}}};
  }

  template <class T, class B>
  [[nodiscard]] var<T, 0, B> operator()(const var<T, 2, B>& anchors, const var<T, 2, B>& positives,
                                        std::span<const var<T, 2, B>> negatives = {}) const {
    if (!(temperature > 0))
      throw option_error("info_nce", "temperature", "a positive number", std::to_string(temperature));
    tape<B>& t = anchors.on();
    const auto columns = static_cast<index>(negatives.size()) + 2;
    auto* all = t.template host_array<var<T, 2, B>>(columns);
    all[0] = anchors;
    all[1] = positives;
    for (std::size_t i = 0; i < negatives.size(); ++i) all[i + 2] = negatives[i];
    const std::span<const var<T, 2, B>> given(all, static_cast<std::size_t>(columns));
    check_columns<T, B>("info_nce", given);

    const index n = anchors.extent(0);
    const bool wanted = any_wanted<T, B>(given);
    const auto value = t.template workspace<T>(shape<0>{});
    const auto losses = t.template workspace<T>(shape<1>{{n}});
    const auto queries = stack<T, B>(t, given.first(1), normalize, wanted);
    const auto candidates = stack<T, B>(t, given.subspan(1), normalize, wanted);
    softmax_direction(t, queries, candidates, temperature, 1.0 / static_cast<double>(n), losses);
    ops::sum(t.device(), view<const T, 1, B>(losses), 1.0 / static_cast<double>(n), value, store::overwrite);

    auto* parts = t.template host_array<supplied_gradient<T, B>>(columns);
    parts[0] = {anchors, raw_gradient(t.device(), queries, 0, n)};
    for (index c = 1; c < columns; ++c) parts[c] = {all[c], raw_gradient(t.device(), candidates, (c - 1) * n, n)};
    return with_gradient<T, B>(t, value, {parts, static_cast<std::size_t>(columns)});
  }
};

/// The mean of InfoNCE from anchors to positives and from positives to anchors, as CLIP has it.  Both [n, d].
/// Radford et al. 2021, section 2.3.
struct symmetric_info_nce {
  double temperature = 0.05;

  static constexpr auto describe() {
    return description{"symmetric_info_nce",
                       "1/2 [ info_nce(a, p) + info_nce(p, a) ]",
                       "Radford et al. 2021, section 2.3",
                       inputs{.positives = true},
                       true,
                       std::tuple{option{"temperature", &symmetric_info_nce::temperature, "t > 0"}}};
  }

  template <class T, class B>
  [[nodiscard]] var<T, 0, B> operator()(const var<T, 2, B>& anchors, const var<T, 2, B>& positives) const {
    if (!(temperature > 0))
      throw option_error("symmetric_info_nce", "temperature", "a positive number", std::to_string(temperature));
    tape<B>& t = anchors.on();
    const var<T, 2, B> both[2] = {anchors, positives};
    const std::span<const var<T, 2, B>> given(both);
    check_columns<T, B>("symmetric_info_nce", given);

    const index n = anchors.extent(0);
    const double weight = 0.5 / static_cast<double>(n);
    const bool wanted = any_wanted<T, B>(given);
    const auto value = t.template workspace<T>(shape<0>{});
    const auto losses = t.template workspace<T>(shape<1>{{n}});
    const auto a = stack<T, B>(t, given.first(1), true, wanted);
    const auto p = stack<T, B>(t, given.subspan(1), true, wanted);
    softmax_direction(t, a, p, temperature, weight, losses);
    ops::sum(t.device(), view<const T, 1, B>(losses), weight, value, store::overwrite);
    softmax_direction(t, p, a, temperature, weight, losses);
    ops::sum(t.device(), view<const T, 1, B>(losses), weight, value, store::add);

    const supplied_gradient<T, B> parts[2] = {{anchors, raw_gradient(t.device(), a, 0, n)},
                                              {positives, raw_gradient(t.device(), p, 0, n)}};
    return with_gradient<T, B>(t, value, std::span<const supplied_gradient<T, B>>(parts));
  }
};

}  // namespace cot::loss
