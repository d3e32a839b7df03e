#pragma once
// Softmax and log-softmax of one row, forward and backward.

#include <cotangent/kernel/each.hpp>

namespace cot {

/// y_j = exp(x_j - max) / sum_k exp(x_k - max).
template <class T>
struct softmax_program {
  using A = accumulator_of<T>;
  index width;
  const T* x;
  index x_stride;
  T* y;
  index y_stride;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const auto row = in(x + b.index() * x_stride);
    T* to = y + b.index() * y_stride;
    const auto next = coming<T>(to, y_stride), after_next = coming(row.data, 2 * x_stride);
    const A most = fold(b, width, maximum{}, [](auto v, auto) COT_LAMBDA { return v; }, row, next);
    if constexpr (std::is_same_v<T, A>) {
      const A sum = fold(
          b, width, plus{}, [=](auto& e, auto v, auto) COT_LAMBDA { return e = exp(v - most); }, out(to), row,
          after_next);
      const A share = A(1) / sum;
      each(b, width, [=](auto& e) COT_LAMBDA { e = e * share; }, inout(to));
    } else {  // exponentials are computed again, rather than rounded twice
      const A share =
          A(1) / fold(b, width, plus{}, [=](auto v, auto) COT_LAMBDA { return exp(v - most); }, row, after_next);
      each(b, width, [=](auto& e, auto v) COT_LAMBDA { e = exp(v - most) * share; }, out(to), row);
    }
  }
};

/// dx = y (dy - sum(dy y)).
template <class T>
struct softmax_pullback_program {
  using A = accumulator_of<T>;
  index width;
  const T* y;
  index y_stride;
  const T* dy;
  index dy_stride;
  T* dx;
  index dx_stride;
  store mode;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const auto value = in(y + b.index() * y_stride), gradient = in(dy + b.index() * dy_stride);
    const A along = fold(b, width, plus{}, [](auto p, auto g) COT_LAMBDA { return p * g; }, value, gradient);
    each(
        b, width, [=](auto& d, auto p, auto g) COT_LAMBDA { d = p * (g - along); },
        out(dx + b.index() * dx_stride, mode), value, gradient);
  }
};

/// y_j = x_j - max - log sum_k exp(x_k - max).
template <class T>
struct log_softmax_program {
  using A = accumulator_of<T>;
  index width;
  const T* x;
  index x_stride;
  T* y;
  index y_stride;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const auto row = in(x + b.index() * x_stride);
    T* to = y + b.index() * y_stride;
    const auto next = coming<T>(to, y_stride), after_next = coming(row.data, 2 * x_stride);
    const A most = fold(b, width, maximum{}, [](auto v, auto) COT_LAMBDA { return v; }, row, next);
    const A total =
        log(fold(b, width, plus{}, [=](auto v, auto) COT_LAMBDA { return exp(v - most); }, row, after_next));
    each(b, width, [=](auto& r, auto v) COT_LAMBDA { r = (v - most) - total; }, out(to), row);
  }
};

/// dx = dy - exp(y) sum(dy).
template <class T>
struct log_softmax_pullback_program {
  using A = accumulator_of<T>;
  index width;
  const T* y;
  index y_stride;
  const T* dy;
  index dy_stride;
  T* dx;
  index dx_stride;
  store mode;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const auto value = in(y + b.index() * y_stride), gradient = in(dy + b.index() * dy_stride);
    const A sum = fold(b, width, plus{}, [](auto g) COT_LAMBDA { return g; }, gradient);
    each(
        b, width, [=](auto& d, auto v, auto g) COT_LAMBDA { d = g - exp(v) * sum; },
        out(dx + b.index() * dx_stride, mode), value, gradient);
  }
};

}  // namespace cot
