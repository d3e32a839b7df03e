#pragma once
// The loss of masked-token prediction, with which encoders are pre-trained.

#include <cotangent/autograd/with_gradient.hpp>
#include <cotangent/nn/linear.hpp>
#include <cotangent/ops/cross_entropy.hpp>
#include <cotangent/ops/sum.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

namespace cot::nn {

/// The mean cross-entropy, in nats, of softmax(x W^T + b) over the tokens that have a target; 0 where none has.
///
///   L = 1/m sum_i ( log sum_j exp z_ij - z_i,targets[i] ),   z = x W^T + b,   over the m tokens with targets[i] >= 0
///
/// x: [t, width], the last hidden states; targets: [t] on the host, the id that was hidden or a negative number; W: [v,
/// width], which may be the word table itself (tied: its gradients add up), b: [v].  Computes and keeps [t, v] logits
/// twice. Devlin et al. 2019, section 3.1; tied output: Press and Wolf 2017.
template <class T, class B>
[[nodiscard]] var<T, 0, B> masked_token_loss(const var<T, 2, B>& x, std::span<const std::int32_t> targets,
                                             const linear_weights<T, B>& output) {
  const index tokens = x.extent(0), words = output.matrix.value.extent(0);
  if (static_cast<index>(targets.size()) != tokens)
    throw shape_error("masked_token_loss", "targets", std::to_string(tokens), std::to_string(targets.size()));
  index asked = 0;
  for (const std::int32_t target : targets) {
    if (target >= words)
      throw shape_error("masked_token_loss", "target", "below the vocabulary, " + std::to_string(words),
                        std::to_string(target));
    asked += target >= 0 ? 1 : 0;
  }
  const double weight = 1.0 / static_cast<double>(std::max(asked, index{1}));

  tape<B>& t = x.on();
  B& device = t.device();
  const auto z = linear(x, output);
  const auto wanted_words = t.template workspace<std::int32_t>(shape<1>{{tokens}});
  upload(device, wanted_words.data(), targets.data(), targets.size_bytes());
  const auto losses = t.template workspace<T>(shape<1>{{tokens}}),
             log_sums = t.template workspace<T>(shape<1>{{tokens}});
  const auto value = t.template workspace<T>(shape<0>{});
  ops::cross_entropy(device, z.value(), view<const std::int32_t, 1, B>(wanted_words), losses, log_sums);
  ops::sum(device, view<const T, 1, B>(losses), weight, value, store::overwrite);

  supplied_gradient<T, B> part{z, {}};
  if (z.wanted()) {
    const auto gradient = t.template workspace<T>(z.sizes());
    ops::cross_entropy_pullback(device, z.value(), view<const std::int32_t, 1, B>(wanted_words),
                                view<const T, 1, B>(log_sums), weight, gradient);
    part.gradient = gradient;
  }
  return with_gradient<T, B>(t, value, std::span<const supplied_gradient<T, B>>(&part, 1));
}

}  // namespace cot::nn
