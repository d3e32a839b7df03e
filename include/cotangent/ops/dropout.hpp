#pragma once
// Dropout of token rows.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/dropout.hpp>
#include <cotangent/kernel/each.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace cot::ops {

using cot::dropout_rows;

namespace detail {

template <class T>
struct dropout_program {
  index width;
  dropout_mask<accumulator_of<T>> drop;
  const T* x;
  index x_stride;
  T* y;
  index y_stride;
  store mode;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const auto to = out(y + b.index() * y_stride, mode);
    const auto from = in(x + b.index() * x_stride);
    if (!drop.active) return each(b, width, [](auto& r, auto v) COT_LAMBDA { r = v; }, to, from);
    dropout_buffer masks;
    each(
        b, width, [](auto& r, auto v, auto k) COT_LAMBDA { r = v * k; }, to, from,
        dropout_stream<accumulator_of<T>>(drop, b.index(), width, masks));
  }
};

inline void check_dropout(std::string_view operation, const dropout_rows& drop, index rows) {
  if (!(drop.p >= 0 && drop.p < 1))
    throw option_error(operation, "p", "a probability in [0, 1)", std::to_string(drop.p));
  if (rows > 0 && drop.p > 0 && (drop.sentence == nullptr || drop.position == nullptr))
    throw option_error(operation, "sentence, position", "device arrays of one number a token", "null");
}

}  // namespace detail

/// y (+)= x times the mask's factors: 0 with probability p, else 1 / (1 - p).  x, y: [t, width]; y may be x. The
/// pullback is the same function on gradients. Srivastava et al. 2014.
template <class B, class T>
void dropout(B& device, std::type_identity_t<view<const T, 2, B>> x, const dropout_rows& drop, view<T, 2, B> y,
             store mode = store::overwrite) {
  detail::check_dropout("dropout", drop, x.extent(0));
  if (!(x.sizes() == y.sizes())) throw shape_error("dropout", "result", to_string(x.sizes()), to_string(y.sizes()));
  const profile_span span(device, work_class::rows, bytes_of(x, y));
  launch_blocks(device, x.extent(0), block_work{x.extent(1), drop.p > 0},
                detail::dropout_program<T>{x.extent(1), dropout_mask<accumulator_of<T>>(drop), x.data(), x.stride(0),
                                           y.data(), y.stride(0), mode});
}

}  // namespace cot::ops
