#pragma once
// The sum of squares of one chunk of a flat array.

#include <cotangent/core/block.hpp>
#include <cotangent/kernel/each.hpp>
#include <cotangent/kernel/scalar_result.hpp>

#include <cstdint>

namespace cot {

template <class T>
struct sum_of_squares_program {
  const T* x;
  index size, chunk;
  const std::int32_t* chosen;  // which chunk is block i's; null: chunk i
  T* partial;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const index first = (chosen != nullptr ? chosen[b.index()] : b.index()) * chunk;
    const index n = size - first < chunk ? size - first : chunk;
    keep(b, partial, fold(b, n, plus{}, [](auto v) COT_LAMBDA { return v * v; }, in(x + first)));
  }
};

}  // namespace cot
