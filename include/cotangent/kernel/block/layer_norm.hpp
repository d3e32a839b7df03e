#pragma once
// Layer normalisation, alone and after dropout and a residual addition: one row forward, a chunk of rows backward.

#include <cotangent/kernel/dropout.hpp>
#include <cotangent/kernel/each.hpp>
#include <cotangent/kernel/scalar_result.hpp>

namespace cot {

/// y = (x - mean) rstd gamma + beta over one row, with rstd = 1 / sqrt(variance + epsilon), population variance. The
/// mean is taken out before squaring, so that a large mean costs no digits.
template <class T>
struct layer_norm_program {
  using A = accumulator_of<T>;
  index width;
  const T* x;
  index x_stride;
  const A* gamma;
  const A* beta;
  A epsilon;
  T* y;
  index y_stride;
  A* mean;
  A* rstd;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const T* row = x + b.index() * x_stride;
    finish(b, row, fold(b, width, plus{}, [](auto v) COT_LAMBDA { return v; }, in(row)), coming(row, x_stride));
  }

  /// Everything after the sum of the row; `next` comes into the cache meanwhile.
  template <block Block, class... Next>
  COT_FN void finish(Block& b, const T* row, A sum, const Next&... next) const {
    const A d = static_cast<A>(width), m = sum / d;
    const A square = fold(
        b, width, plus{},
        [=](auto v, const auto&...) COT_LAMBDA {
          const auto c = v - m;
          return c * c;
        },
        in(row), next...);
    const A r = A(1) / sqrt(square / d + epsilon);
    each(
        b, width, [=](auto& to, auto v, auto g, auto c) COT_LAMBDA { to = fma((v - m) * r, g, c); },
        out(y + b.index() * y_stride), in(row), in(gamma), in(beta));
    keep(b, mean, m);
    keep(b, rstd, r);
  }
};

/// sum = residual + dropout(branch), then the layer norm of `sum` (norm.x), as stored.
template <class T>
struct add_layer_norm_program {
  using A = accumulator_of<T>;
  const T* branch;
  index branch_stride;
  const T* residual;
  index residual_stride;
  dropout_mask<A> drop;
  T* sum;
  layer_norm_program<T> norm;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const T* from = branch + b.index() * branch_stride;
    const T* past = residual + b.index() * residual_stride;
    T* to = sum + b.index() * norm.x_stride;
    if (!drop.active)
      norm.finish(b, to,
                  fold(
                      b, norm.width, plus{}, [](auto& s, auto v, auto p) COT_LAMBDA { return s = as_stored<T>(v + p); },
                      out(to), in(from), in(past)),
                  coming(from, branch_stride), coming(past, residual_stride));
    else {
      // Masks are drawn for 128 elements at once, and what the next ones wait for comes meanwhile.
      dropout_buffer masks;
      norm.finish(
          b, to,
          fold(
              b, norm.width, plus{},
              [](auto& s, auto v, auto p, auto k, const auto&...) COT_LAMBDA { return s = as_stored<T>(fma(v, k, p)); },
              out(to), in(from), in(past), dropout_stream<A>(drop, b.index(), norm.width, masks), coming(from, 256),
              coming(past, 256), coming<T>(to, 64)));
    }
  }
};

/// Rows [b.index() * chunk, ...): with h = (x - mean) rstd and g = dy gamma,
///   dx (+)= rstd (g - mean(g) - h mean(g h)),   branch gradient (+)= dropout mask * dx,
/// and, where wanted, this chunk's part of dgamma = sum of dy h and dbeta = sum of dy.
template <class T>
struct layer_norm_pullback_program {
  using A = accumulator_of<T>;
  index rows, width, chunk;
  const T* dy;
  index dy_stride;
  const T* x;
  index x_stride;
  const A* mean;
  const A* rstd;
  const A* gamma;
  T* dx;
  index dx_stride;
  store mode;
  dropout_mask<A> drop;
  T* branch;  // null: there is none
  index branch_stride;
  store branch_mode;
  A* dgamma;  // [chunks, width], null: not wanted
  A* dbeta;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const index first = b.index() * chunk, last = first + chunk < rows ? first + chunk : rows;
    if (dgamma != nullptr)
      each(
          b, width, [](auto& p, auto& q) COT_LAMBDA { p = q = 0; }, out(dgamma + b.index() * width),
          out(dbeta + b.index() * width));
    for (index i = first; i < last; ++i) row(b, i);
  }

 private:
  template <block Block>
  COT_FN void row(Block& b, index i) const {
    const A m = mean[i], r = rstd[i];
    const auto from = in(dy + i * dy_stride);
    const auto normal_input = in(x + i * x_stride);
    bundle<A, 2> sums;
    if (dgamma != nullptr)
      sums = fold(
          b, width, plus{},
          [=](auto& p, auto& q, auto d, auto v, auto g) COT_LAMBDA {
            const auto h = (v - m) * r;
            p = fma(d, h, p);
            q = q + d;
            const auto dg = d * g;
            return bundle<decltype(h * dg), 2>{{dg, dg * h}};
          },
          inout(dgamma + b.index() * width), inout(dbeta + b.index() * width), from, normal_input, in(gamma));
    else
      sums = fold(
          b, width, plus{},
          [=](auto d, auto v, auto g) COT_LAMBDA {
            const auto dg = d * g;
            return bundle<decltype(dg * dg), 2>{{dg, dg * ((v - m) * r)}};
          },
          from, normal_input, in(gamma));
    const A d = static_cast<A>(width), along_one = sums[0] / d, along_h = sums[1] / d;
    const auto slope = [=](const auto& g, const auto& v)
                           COT_LAMBDA { return (g - along_one - (v - m) * r * along_h) * r; };
    if (branch == nullptr) {
      each(
          b, width, [=](auto& to, auto q, auto v, auto g) COT_LAMBDA { to = slope(q * g, v); },
          out(dx + i * dx_stride, mode), from, normal_input, in(gamma));
    } else if (!drop.active) {
      each(
          b, width, [=](auto& to, auto& into, auto q, auto v, auto g) COT_LAMBDA { into = to = slope(q * g, v); },
          out(dx + i * dx_stride, mode), out(branch + i * branch_stride, branch_mode), from, normal_input, in(gamma));
    } else {
      dropout_buffer masks;
      each(
          b, width,
          [=](auto& to, auto& into, auto q, auto v, auto g, auto k) COT_LAMBDA {
            to = slope(q * g, v);
            into = to * k;
          },
          out(dx + i * dx_stride, mode), out(branch + i * branch_stride, branch_mode), from, normal_input, in(gamma),
          dropout_stream<A>(drop, i, width, masks));
    }
  }
};

}  // namespace cot
