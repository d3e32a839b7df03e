#pragma once
// The sum of a vector, on the device.

#include <cotangent/core/matmul.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/each.hpp>

namespace cot::ops {

namespace detail {
template <class T>
struct sum_program {
  const T* x;
  index n;
  T factor;
  T* result;
  store mode;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const T total = fold(b, n, plus{}, [](auto v) COT_LAMBDA { return v; }, in(x));
    if (b.rank() == 0) *result = (mode == store::add ? *result : T(0)) + factor * total;
  }
};
}  // namespace detail

/// result (+)= factor * sum_i x_i, in one fixed order.  x: [n], contiguous; meant for a value a row, not for whole
/// models.
template <class B, class T>
void sum(B& device, view<const T, 1, B> x, double factor, view<T, 0, B> result, store mode) {
  const profile_span span(device, work_class::rows, bytes_of(x));
  launch_blocks(device, 1, block_work{.elements = x.size()},
                detail::sum_program<T>{x.data(), x.size(), static_cast<T>(factor), result.data(), mode});
}

}  // namespace cot::ops
