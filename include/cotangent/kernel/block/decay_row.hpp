#pragma once
// One row of a table multiplied by the factors it is owed, one after the other, each product rounded.

#include <cotangent/core/block.hpp>
#include <cotangent/kernel/each.hpp>

#include <cstdint>

namespace cot {

/// Block i: row rows[i] of `table`, factors from[i], ..., count - 1.
template <class T>
struct decay_row_program {
  index width;
  const std::int32_t* rows;
  const std::int32_t* from;
  const T* factors;
  index count;
  T* table;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    T* row = table + rows[b.index()] * width;
    for (index k = from[b.index()]; k < count; ++k) {
      const T factor = factors[k];
      each(b, width, [=](auto& w) COT_LAMBDA { w = w * factor; }, inout(row));
    }
  }
};

}  // namespace cot
