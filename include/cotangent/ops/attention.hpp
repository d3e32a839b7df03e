#pragma once
// Ragged multi-head attention, checked, on any backend. Formulas: core/attention.hpp.

#include <cotangent/core/attention.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/core/profile.hpp>

#include <string>
#include <string_view>

namespace cot::ops {

namespace detail {
inline void check_attention(std::string_view operation, const attention_layout& l) {
  const auto require = [operation](bool good, std::string_view what, const auto& expected, index got) {
    if (!good)
      throw shape_error(operation, what, expected(), std::to_string(got));  // composes nothing while all is well
  };
  const auto words = [](std::string_view text) { return [text] { return std::string(text); }; };
  require(l.heads >= 1, "heads", words("1 or more"), l.heads);
  require(
      l.kv_heads >= 1 && l.heads % l.kv_heads == 0, "kv_heads",
      [&] { return "a divisor of " + std::to_string(l.heads) + " heads"; }, l.kv_heads);
  require(l.width >= 1, "width of a head", words("1 or more"), l.width);
  require(l.sentences >= 0 && (l.sentences == 0 || l.offsets != nullptr), "sentences",
          words("0 or more, with their offsets"), l.sentences);
  require(
      l.longest <= l.tokens, "longest", [&] { return "at most " + std::to_string(l.tokens) + " tokens"; }, l.longest);
  if (!(l.dropout >= 0 && l.dropout < 1))
    throw option_error(operation, "dropout", "a probability in [0, 1)", std::to_string(l.dropout));
}

// For profiles: `products` counts the matrix products of a head and sentence, `tensors` those of [t, heads * width].
template <class B>
double attention_flops(const B&, const attention_layout& l, double products) {
  double squares = 0;
  if constexpr (B::host_memory)
    for (index s = 0; s < l.sentences; ++s) {
      const auto length = static_cast<double>(l.offsets[s + 1] - l.offsets[s]);
      squares += length * length;
    }
  return 2 * products * squares * static_cast<double>(l.heads * l.width);
}
template <class T>
double attention_bytes(const attention_layout& l, double tensors) {
  return tensors * static_cast<double>(l.tokens * l.heads * l.width) * sizeof(T);
}

// Written before the names below hide those that a backend brings.
template <class B, class Problem>
void call_attention(B& device, const Problem& p) {
  attention(device, p);
}
template <class B, class Problem>
void call_attention_pullback(B& device, const Problem& p) {
  attention_pullback(device, p);
}
}  // namespace detail

/// The attention of every sentence and head, as core/attention.hpp defines it.
template <class B, class T>
void attention(B& device, const attention_problem<T>& p) {
  detail::check_attention("attention", p.layout);
  if (p.layout.tokens == 0) return;
  const profile_span span(device, work_class::attention_forward, detail::attention_bytes<T>(p.layout, 4),
                          detail::attention_flops(device, p.layout, 2), sizeof(T) == 2);
  detail::call_attention(device, p);
}

/// Its gradients with respect to queries, keys and values.
template <class B, class T>
void attention_pullback(B& device, const attention_pullback_problem<T>& p) {
  detail::check_attention("attention_pullback", p.layout);
  if (p.layout.tokens == 0) return;
  const profile_span span(device, work_class::attention_backward, detail::attention_bytes<T>(p.layout, 8),
                          detail::attention_flops(device, p.layout, 5), sizeof(T) == 2);
  detail::call_attention_pullback(device, p);
}

}  // namespace cot::ops
