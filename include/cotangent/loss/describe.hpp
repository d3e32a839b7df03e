#pragma once
// What a loss says of itself: from it come its name and options at run time, `finetune --list`, and its tests.

#include <cotangent/core/error.hpp>

#include <cmath>
#include <concepts>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace cot::loss {

/// Which inputs a loss takes beside its anchors.
struct inputs {
  bool positives = false;
  bool negatives = false;  ///< any number of columns, also none
  bool labels = false;
  bool scores = false;
};

/// An option of the loss L: the name users type, the member it sets, and a line of explanation with its domain.
template <class L, class T>
struct option {
  std::string_view name;
  std::type_identity_t<T L::*> member;  // by alias: nvcc writes the plain form with parentheses that g++ warns of
  std::string_view text;
};
template <class L, class T>
option(std::string_view, T L::*, std::string_view) -> option<L, T>;

template <class... Options>
struct description {
  std::string_view name;     ///< as in cot::loss::NAME and --loss NAME
  std::string_view formula;  ///< in the letters of the docs
  std::string_view source;   ///< paper and equation
  inputs takes;
  bool couples_batch;  ///< rows see each other: splitting a batch into parts changes the loss
  std::tuple<Options...> options;
};
template <class... Options>
description(std::string_view, std::string_view, std::string_view, inputs, bool, std::tuple<Options...>)
    -> description<Options...>;

/// An aggregate of options (hyper-parameters in double) that describes itself.
template <class L>
concept described = requires {
  { L::describe().name } -> std::convertible_to<std::string_view>;
  L::describe().options;
};

/// Sets the option of that name; false when the loss has none. Throws option_error for a number that its type does not
/// hold: NaN, infinity, 0.5 for a switch. Whether the number makes sense the loss itself says when it is called.
template <described L>
bool set_option(L& loss, std::string_view name, double value) {
  const auto set = [&](const auto& o) {
    using type = std::remove_cvref_t<decltype(loss.*(o.member))>;
    if (o.name != name) return false;
    const auto require = [&](bool holds, std::string_view expected) {
      if (!holds) throw option_error(L::describe().name, name, expected, std::to_string(value));
    };
    if constexpr (std::same_as<type, bool>)
      require(value == 0 || value == 1, "0 or 1");
    else if constexpr (std::integral<type>)
      require(std::trunc(value) == value && std::abs(value) < 0x1p31, "a whole number");
    else
      require(std::isfinite(value), "a finite number");
    loss.*(o.member) = static_cast<type>(value);
    return true;
  };
  return std::apply([&](const auto&... o) { return (set(o) || ...); }, L::describe().options);
}

}  // namespace cot::loss
