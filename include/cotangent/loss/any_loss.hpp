#pragma once
// A loss chosen by name at run time.

#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/loss/catalogue.hpp>
#include <cotangent/loss/describe.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace cot::loss {

/// A loss over the columns of a batch, with what the caller must know of it. For losses that take columns only; those
/// with labels or scores are called by their own type.
template <class T, class B>
struct any_loss {
  std::string name;
  inputs takes;
  bool couples_batch = false;
  std::function<var<T, 0, B>(const var<T, 2, B>& anchors, const var<T, 2, B>& positives,
                             std::span<const var<T, 2, B>> negatives)>
      call;

  var<T, 0, B> operator()(const var<T, 2, B>& anchors, const var<T, 2, B>& positives,
                          std::span<const var<T, 2, B>> negatives) const {
    return call(anchors, positives, negatives);
  }
};

/// Names of all losses, comma-separated.
[[nodiscard]] inline std::string names() {
  return std::apply(
      [](const auto&... l) {
        std::string text;
        ((text += (text.empty() ? "" : ", ") + std::string(std::remove_cvref_t<decltype(l)>::describe().name)), ...);
        return text;
      },
      catalogue);
}

/// The loss of that name with its options set. Throws option_error for an unknown name or option.
template <class T, class B>
[[nodiscard]] any_loss<T, B> make_loss(std::string_view name, std::span<const std::pair<std::string, double>> options) {
  any_loss<T, B> made;
  const auto consider = [&]<class L>(L loss) {
    if (L::describe().name != name) return;
    for (const auto& [key, value] : options)
      if (!set_option(loss, key, value)) {
        std::string known;
        std::apply([&](const auto&... o) { ((known += (known.empty() ? "" : ", ") + std::string(o.name)), ...); },
                   L::describe().options);
        throw option_error(name, key, "one of the options " + known, "an unknown one");
      }
    made = {std::string(name), L::describe().takes, L::describe().couples_batch,
            [loss](const auto& a, const auto& p, auto n) {
              if constexpr (requires { loss(a, p, n); })
                return loss(a, p, n);
              else
                return loss(a, p);
            }};
  };
  std::apply([&](const auto&... l) { (consider(l), ...); }, catalogue);
  if (!made.call) throw option_error("loss", "name", "one of " + names(), name);
  return made;
}

}  // namespace cot::loss
