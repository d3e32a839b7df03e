#pragma once
// Embedding of one token, and the gradient of one row of a table.

#include <cotangent/core/block.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/kernel/each.hpp>

#include <cstdint>

namespace cot {

/// y = word[id] + position[p] + type[0], rounded once. A null table is left out.
template <class T, class A>
struct embedding_program {
  index width;
  const std::int32_t* ids;
  const std::int32_t* positions;
  const A* word;
  const A* position;
  const A* type;
  T* y;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    T* to = y + b.index() * width;
    const A* w = word + ids[b.index()] * width;
    const A* p = position + positions[b.index()] * width;
    if (type != nullptr)
      each(
          b, width, [](auto& sum, auto x, auto z, auto c) COT_LAMBDA { sum = x + c + z; }, out(to), in(w), in(p),
          in(type));
    else
      each(b, width, [](auto& sum, auto x, auto z) COT_LAMBDA { sum = x + z; }, out(to), in(w), in(p));
  }
};

/// Adds to one row of a table the gradients of the tokens that read it, in their order: group i is
/// tokens[begin[i]], ..., tokens[begin[i + 1] - 1], and reads row rows[i].
template <class T, class A>
struct embedding_pullback_program {
  index width;
  const std::int32_t* rows;
  const std::int32_t* begin;
  const std::int32_t* tokens;
  const T* dy;
  A* table;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    A* to = table + rows[b.index()] * width;
    for (index i = begin[b.index()]; i < begin[b.index() + 1]; ++i)
      each(b, width, [](auto& sum, auto g) COT_LAMBDA { sum = g; }, out(to, store::add), in(dy + tokens[i] * width));
  }
};

}  // namespace cot
