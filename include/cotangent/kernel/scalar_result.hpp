#pragma once
// Storing what a block computed as a whole.

#include <cotangent/core/block.hpp>

namespace cot {

/// values[b.index()] = x, by one lane. Nothing is stored into a null array.
template <block Block, class T, class X>
COT_FN inline void keep(const Block& b, T* values, const X& x) {
  if (values != nullptr && b.rank() == 0) values[b.index()] = static_cast<T>(x);
}

}  // namespace cot
