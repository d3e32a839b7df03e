#pragma once
// Equal blocks of rows of one matrix, as values of their own.

#include <cotangent/autograd/tape.hpp>
#include <cotangent/ops/copy.hpp>

#include <span>
#include <string>

namespace cot {

/// x: [parts * n, d] as `parts` values [n, d] that share its memory; their gradients are written side by side, so that
/// backward copies nothing. The span lives in the tape's memory.
template <class T, class B>
[[nodiscard]] std::span<const var<T, 2, B>> split_rows(const var<T, 2, B>& x, index parts) {
  tape<B>& t = x.on();
  if (parts < 1 || x.extent(0) % parts != 0)
    throw shape_error("split_rows", "parts", "a divisor of " + std::to_string(x.extent(0)) + " rows",
                      std::to_string(parts));
  const index n = x.extent(0) / parts;
  const auto gradient = x.wanted() ? t.template workspace<T>(x.sizes()) : view<T, 2, B>();
  auto* blocks = t.template host_array<var<T, 2, B>>(parts);
  for (index i = 0; i < parts; ++i)
    blocks[i] =
        t.template result_in<T, 2>(x.value().rows(i * n, (i + 1) * n),
                                   x.wanted() ? gradient.rows(i * n, (i + 1) * n) : view<T, 2, B>(), x.wanted());
  if (x.wanted())
    t.record([x, blocks, gradient, parts, n] {
      B& device = x.on().device();
      bool reached = false;
      for (index i = 0; i < parts; ++i) reached = reached || blocks[i].has_gradient();
      if (!reached) return;
      for (index i = 0; i < parts; ++i)
        if (!blocks[i].has_gradient()) ops::fill(device, gradient.rows(i * n, (i + 1) * n), 0.0);
      x.adopt(gradient,
              [&](const auto& target) { ops::accumulate(device, view<const T, 2, B>(gradient), target.into); });
    });
  return {blocks, static_cast<std::size_t>(parts)};
}

}  // namespace cot
