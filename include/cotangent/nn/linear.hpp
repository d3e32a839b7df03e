#pragma once
// Affine maps, and the feed-forward pair around a nonlinearity, as hand-fused nodes.

#include <cotangent/autograd/parameters.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/ops/activation.hpp>
#include <cotangent/ops/column_sum.hpp>
#include <cotangent/ops/matmul.hpp>
#include <cotangent/ops/packed_weight.hpp>

namespace cot::nn {

/// Weights of y = x W^T + b. W is [out, in], as torch and every checkpoint have it; b is [out]. `packed`, where there
/// is one, is W^T.
template <class M, class B>
struct linear_weights {
  using accumulate = accumulator_of<M>;
  weight<M, 2, B, accumulate> matrix;
  weight<accumulate, 1, B, accumulate> bias;
  const ops::packed_weight<M, B>* packed = nullptr;
  [[nodiscard]] bool trained() const { return matrix.trained() || bias.trained(); }
};

namespace detail {
/// y = x W^T + b, then the activation; z = x W^T + b is kept where `pre` is not null.
template <class M, class B, class X>
void affine(B& device, view<X, 2, B> x, const linear_weights<M, B>& w, view<M, 2, B> y,
            activation act = activation::none, M* pre = nullptr) {
  const epilogue<M, accumulator_of<M>> after{.bias = w.bias.value.data(), .act = act, .pre = pre};
  if constexpr (ops::packs_weights<B>)
    if (w.packed != nullptr) return ops::matmul(device, x, *w.packed, y, after);
  ops::matmul(device, transpose::no, x, transpose::yes, w.matrix.value, y, after);
}

/// dW += dy^T x and db += column sums of dy, where they are trained.
template <class M, class B>
void linear_parameter_pullback(B& device, view<const M, 2, B> dy, view<const M, 2, B> x,
                               const linear_weights<M, B>& w) {
  using A = accumulator_of<M>;
  if (w.matrix.trained())
    ops::matmul(device, transpose::yes, dy, transpose::no, x, w.matrix.gradient, epilogue<A, A>{.mode = store::add});
  if (w.bias.trained()) ops::column_sum(device, dy, w.bias.gradient, store::add);
}
}  // namespace detail

/// y = act(x W^T + b).  x: [t, in], result: [t, out].
template <class M, class B>
var<M, 2, B> linear(const var<M, 2, B>& x, const linear_weights<M, B>& w, activation act = activation::none) {
  using A = accumulator_of<M>;
  tape<B>& t = x.on();
  auto y = t.template result<M>(shape<2>{{x.extent(0), w.matrix.value.extent(0)}}, x.wanted() || w.trained());
  const bool keep = y.wanted() && act != activation::none;
  const auto pre = keep ? t.template workspace<M>(y.sizes()) : view<M, 2, B>();
  detail::affine(t.device(), x.value(), w, y.storage(), act, pre.data());
  if (y.wanted())
    t.record(y, [x, y, w, act, pre] {
      B& device = x.on().device();
      if (act != activation::none)
        ops::activation_pullback(device, act, view<const M, 2, B>(pre), y.gradient(), y.target().into);
      detail::linear_parameter_pullback(device, y.gradient(), x.value(), w);
      if (x.wanted()) {
        const auto [dx, mode] = x.target();
        ops::matmul(device, transpose::no, y.gradient(), transpose::no, w.matrix.value, dx,
                    epilogue<M, A>{.mode = mode});
      }
    });
  return y;
}

/// y = act(x W1^T + b1) W2^T + b2, with the activation and its derivative as epilogues of the matmuls beside them.
/// Keeps the pre-activation and the activation, [t, inner] each.
template <class M, class B>
var<M, 2, B> feed_forward(const var<M, 2, B>& x, const linear_weights<M, B>& up, activation act,
                          const linear_weights<M, B>& down) {
  using A = accumulator_of<M>;
  tape<B>& t = x.on();
  B& device = t.device();
  const index tokens = x.extent(0), inner = up.matrix.value.extent(0);
  auto y = t.template result<M>(shape<2>{{tokens, down.matrix.value.extent(0)}},
                                x.wanted() || up.trained() || down.trained());
  [[maybe_unused]] const typename tape<B>::scope release(t);
  const auto hidden = t.template workspace<M>(shape<2>{{tokens, inner}});
  const auto pre = y.wanted() ? t.template workspace<M>(shape<2>{{tokens, inner}}) : view<M, 2, B>();
  detail::affine(device, x.value(), up, hidden, act, pre.data());
  detail::affine(device, hidden, down, y.storage());
  if (y.wanted())
    t.record(y, [x, y, up, act, down, hidden, pre] {
      B& on = x.on().device();
      detail::linear_parameter_pullback<M, B>(on, y.gradient(), hidden, down);
      // The gradient of the pre-activation takes the place of the activation, which nobody needs any more.
      ops::matmul(on, transpose::no, y.gradient(), transpose::no, down.matrix.value, hidden,
                  epilogue<M, A>{.act = act, .slope_of = pre.data()});
      detail::linear_parameter_pullback<M, B>(on, hidden, x.value(), up);
      if (x.wanted()) {
        const auto [dx, mode] = x.target();
        ops::matmul(on, transpose::no, hidden, transpose::no, up.matrix.value, dx, epilogue<M, A>{.mode = mode});
      }
    });
  return y;
}

}  // namespace cot::nn
