#pragma once
// AdamW of one parameter: Loshchilov and Hutter 2019, algorithm 2, in the operations of torch.optim.AdamW.

#include <cotangent/kernel/number.hpp>

namespace cot {

/// g' = scale g;  w = w keep;  m += (1 - b1) (g' - m);  v = b2 v + (1 - b2) g'^2;  w -= rate m / (sqrt(v) / root +
/// eps). keep = 1 - lr wd, rate = lr / (1 - b1^t), root = sqrt(1 - b2^t). The gradient is zeroed: the next step adds to
/// it.
template <class T>
struct adamw_formula {
  T scale, keep, first_share, second_keep, second_share, rate, root, epsilon;

  template <class Number>
  COT_FN void operator()(Number& w, Number& g, Number& m, Number& v) const {
    const Number gradient = g * Number(scale);
    w = w * Number(keep);
    m = fma(gradient - m, Number(first_share), m);
    v = fma(gradient * Number(second_share), gradient, v * Number(second_keep));
    w = w - Number(rate) * (m / (sqrt(v) / Number(root) + Number(epsilon)));
    g = Number(0);
  }
};

}  // namespace cot
