#pragma once
// What a loss says of itself: the one source of --loss, --list, the docs and the tests.

#include <concepts>
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

/// Sets the option of that name; false when the loss has none.
template <described L>
bool set_option(L& loss, std::string_view name, double value) {
  return std::apply(
      [&](const auto&... o) {
        return ((o.name == name &&
                 (loss.*(o.member) = static_cast<std::remove_cvref_t<decltype(loss.*(o.member))>>(value), true)) ||
                ...);
      },
      L::describe().options);
}

}  // namespace cot::loss
