#pragma once
// The concept `block`: a group of lanes that works on one row, tile or chunk, and the estimate of what its work costs.

#include <cotangent/core/annotation.hpp>
#include <cotangent/core/shape.hpp>

#include <concepts>

namespace cot {

/// A program is a functor `template <block Block> COT_FN void operator()(Block& b) const`, launched once for every
/// b.index() in [0, count). All `size` lanes of a block run it; lane `rank` handles every size-th number of a row.
///
///   number<T>          what one lane computes with: T itself, or a SIMD pack of T
///   sync()             every lane waits for all others, and sees what they stored
///   shared<T, N>()     N elements of memory common to the lanes of this block (at most 16 KiB; one array a program)
///   reduce(x, op)      op over the numbers of all lanes, as one T, known to all of them; in a fixed order
///
/// Every lane must reach the same sync and reduce calls: branches around them depend on the block's index and on sizes,
/// or on results of reduce, never on rank.
template <class Block>
concept block = requires(Block& b) {
  typename Block::template number<float>;
  { b.index() } -> std::convertible_to<index>;
  { b.rank() } -> std::convertible_to<index>;
  { b.size() } -> std::convertible_to<index>;
  b.sync();
  { b.template shared<float, 1>() } -> std::convertible_to<float*>;
};

/// What one block of a launch costs, roughly: how many elements it touches, and whether each takes exponentials (some
/// 0.5 ns) or only passes through (0.1 ns). From this a backend decides how many blocks make a task.
struct block_work {
  index elements = 1;
  bool transcendental = false;
};

}  // namespace cot
