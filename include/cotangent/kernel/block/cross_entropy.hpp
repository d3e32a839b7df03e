#pragma once
// Softmax cross-entropy of one row of logits against one target, forward and backward.

#include <cotangent/core/block.hpp>
#include <cotangent/kernel/each.hpp>
#include <cotangent/kernel/scalar_result.hpp>

#include <cstdint>

namespace cot {

/// lse = log sum_j exp z_j, with the maximum taken out; loss = lse - z_target, or 0 where the target is negative.
template <class T>
struct cross_entropy_program {
  index width;
  const T* logits;
  index stride;
  const std::int32_t* targets;
  T* losses;
  T* lse;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const T* row = logits + b.index() * stride;
    const T most = fold(b, width, maximum{}, [](auto z) COT_LAMBDA { return z; }, in(row));
    const T sum = fold(b, width, plus{}, [=](auto z) COT_LAMBDA { return exp(z - most); }, in(row));
    const T total = most + log(sum);
    const std::int32_t target = targets[b.index()];
    keep(b, lse, total);
    keep(b, losses, target < 0 ? T(0) : total - row[target]);
  }
};

/// dz_j = weight (exp(z_j - lse) - [j = target]); 0 where the target is negative. May overwrite the logits.
template <class T>
struct cross_entropy_pullback_program {
  index width;
  const T* logits;
  index stride;
  const std::int32_t* targets;
  const T* lse;
  T weight;
  T* gradient;
  index gradient_stride;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const T total = lse[b.index()];
    const std::int32_t target = targets[b.index()];
    const T w = target < 0 ? T(0) : weight;
    T* to = gradient + b.index() * gradient_stride;
    each(
        b, width, [=](auto& d, auto z) COT_LAMBDA { d = exp(z - total) * w; }, out(to),
        in(logits + b.index() * stride));
    b.sync();
    if (b.rank() == 0 && target >= 0) to[target] -= weight;
  }
};

}  // namespace cot
