#pragma once
// Sums over rows: one chunk of rows, and the chunks together.

#include <cotangent/core/block.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/kernel/each.hpp>

namespace cot {

/// partial[b.index()] = sum of the rows [b.index() * chunk, ...) of x, four rows a pass.
template <class T, class A>
struct column_sum_program {
  index rows, width, chunk;
  const T* x;
  index stride;
  A* partial;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const index first = b.index() * chunk, last = first + chunk < rows ? first + chunk : rows;
    A* to = partial + b.index() * width;
    const T* row = x + first * stride;
    each(b, width, [](auto& sum, auto v) COT_LAMBDA { sum = v; }, out(to), in(row));
    index i = first + 1;
    for (; i + 4 <= last; i += 4) {
      row = x + i * stride;
      each(
          b, width, [](auto& sum, auto p, auto q, auto r, auto s) COT_LAMBDA { sum = sum + ((p + q) + (r + s)); },
          inout(to), in(row), in(row + stride), in(row + 2 * stride), in(row + 3 * stride));
    }
    for (; i < last; ++i)
      each(b, width, [](auto& sum, auto v) COT_LAMBDA { sum = sum + v; }, inout(to), in(x + i * stride));
  }
};

/// result (+)= sum of the partial rows, in order: one block.
template <class A>
struct combine_rows_program {
  index rows, width;
  const A* partial;
  A* result;
  store mode;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    for (index i = 0; i < rows; ++i)
      each(
          b, width, [](auto& sum, auto v) COT_LAMBDA { sum = v; }, out(result, i == 0 ? mode : store::add),
          in(partial + i * width));
  }
};

}  // namespace cot
