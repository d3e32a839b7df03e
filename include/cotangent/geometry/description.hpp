#pragma once
// What an estimator says about itself: a program can print it, and tests/geometry hold it to it.

#include <string_view>
#include <tuple>
#include <type_traits>

namespace cot::geometry {

/// What an estimator is called with.
enum class input { rows, paired_rows };

/// Which changes of the embeddings leave the value as it is. Every estimator is invariant under a permutation of rows
/// (paired rows move together).
struct invariance {
  bool rotation = true;  ///< X R with orthogonal R
  bool scale = true;     ///< c X with c > 0
  bool shift = false;    ///< X + 1 m^T
};

struct description {
  std::string_view name;
  std::string_view definition;
  std::string_view cost;
  std::string_view source;
  input takes = input::rows;
  invariance unchanged_by = {};
  int least_rows = 1;    ///< fewer is a shape_error
  bool integer = false;  ///< counts something: a change of the embeddings may leave it as it is by chance
};

/// One member of an estimator that a user may set by name.
template <class Estimator, class T>
struct option {
  using value_type = T;
  std::string_view name;
  T Estimator::* member;
  std::string_view text;
};
template <class Estimator, class T>
option(std::string_view, T Estimator::*, std::string_view) -> option<Estimator, T>;

/// The options of an estimator: a tuple of `option`, empty where it declares none.
template <class Estimator>
[[nodiscard]] constexpr auto options_of() {
  if constexpr (requires { Estimator::options(); })
    return Estimator::options();
  else
    return std::tuple<>{};
}

template <class E>
concept row_estimator = requires(const E& e) { E::describe(); } && (E::describe().takes == input::rows);
template <class E>
concept pair_estimator = requires(const E& e) { E::describe(); } && (E::describe().takes == input::paired_rows);

}  // namespace cot::geometry
