#pragma once
// What the operations on rows share: parameter types that let any view or tensor convert, and checks of sizes.

#include <cotangent/core/error.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/core/view.hpp>

#include <string_view>
#include <type_traits>

namespace cot::ops::detail {

/// Read-only [n, d] of T; read-only and writable vectors of T's accumulator. T comes from the operation's result.
template <class T, class B>
using matrix = std::type_identity_t<view<const T, 2, B>>;
template <class T, class B>
using numbers = std::type_identity_t<view<const accumulator_of<T>, 1, B>>;
template <class T, class B>
using statistics = std::type_identity_t<view<accumulator_of<T>, 1, B>>;

inline void check_sizes(std::string_view operation, std::string_view what, const shape<2>& expected,
                        const shape<2>& got) {
  if (!(expected == got)) throw shape_error(operation, what, to_string(expected), to_string(got));
}
inline void check_length(std::string_view operation, std::string_view what, index expected, index got) {
  if (expected != got) throw shape_error(operation, what, to_string(shape<1>{{expected}}), to_string(shape<1>{{got}}));
}

/// Rows of one chunk of a sum over rows: a function of the shape alone, so that sums do not depend on threads.
[[nodiscard]] inline index rows_of_chunk(index rows) {
  constexpr index least = 16, chunks = 64;
  return rows <= least * chunks ? least : (rows + chunks - 1) / chunks;
}

}  // namespace cot::ops::detail
