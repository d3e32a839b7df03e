#pragma once
// Layer normalisation as a node, alone and fused with dropout and the residual addition before it.

#include <cotangent/autograd/parameters.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/ops/dropout.hpp>
#include <cotangent/ops/layer_norm.hpp>

namespace cot::nn {

/// gamma and beta of a layer norm, [width] each.
template <class A, class B>
struct norm_weights {
  weight<A, 1, B, A> gamma;
  weight<A, 1, B, A> beta;
  double epsilon = 1e-12;
  [[nodiscard]] bool trained() const { return gamma.trained() || beta.trained(); }
};

/// y = dropout((x - mean) / sqrt(variance + epsilon) * gamma + beta) over each row; population variance.
/// x, result: [t, width].  Ba, Kiros, Hinton 2016.
template <class T, class B>
var<T, 2, B> layer_norm(const var<T, 2, B>& x, const ops::dropout_rows& drop,
                        const norm_weights<accumulator_of<T>, B>& w) {
  using A = accumulator_of<T>;
  tape<B>& t = x.on();
  auto y = t.template result<T>(x.sizes(), x.wanted() || w.trained());
  const shape<1> rows{{x.extent(0)}};
  const auto mean = t.template workspace<A>(rows), rstd = t.template workspace<A>(rows);
  ops::layer_norm(t.device(), x.value(), w.gamma.value, w.beta.value, w.epsilon, y.storage(), mean, rstd);
  if (drop.p > 0) ops::dropout(t.device(), y.value(), drop, y.storage());
  if (y.wanted())
    t.record(y, [x, y, drop, w, mean, rstd] {
      B& device = x.on().device();
      if (drop.p > 0) ops::dropout(device, y.gradient(), drop, y.target().into);
      const auto [dx, mode] = x.target();
      ops::layer_norm_pullback(device, y.gradient(), x.value(), view<const A, 1, B>(mean), view<const A, 1, B>(rstd),
                               w.gamma.value, dx, mode, w.gamma.gradient, w.beta.gradient);
    });
  return y;
}

/// layer_norm(residual + dropout(branch)): the end of every post-norm sub-layer.  All [t, width].
template <class T, class B>
var<T, 2, B> add_layer_norm(const var<T, 2, B>& branch, const var<T, 2, B>& residual, const ops::dropout_rows& drop,
                            const norm_weights<accumulator_of<T>, B>& w) {
  using A = accumulator_of<T>;
  tape<B>& t = branch.on();
  auto y = t.template result<T>(branch.sizes(), branch.wanted() || residual.wanted() || w.trained());
  [[maybe_unused]] const typename tape<B>::scope release(t);
  const shape<1> rows{{branch.extent(0)}};
  const auto sum = t.template workspace<T>(branch.sizes());
  const auto mean = t.template workspace<A>(rows), rstd = t.template workspace<A>(rows);
  ops::add_layer_norm(t.device(), branch.value(), residual.value(), drop, w.gamma.value, w.beta.value, w.epsilon, sum,
                      y.storage(), mean, rstd);
  if (y.wanted())
    t.record(y, [branch, residual, drop, y, w, sum, mean, rstd] {
      const auto [into_branch, branch_mode] = branch.target();
      const auto [into_residual, residual_mode] = residual.target();
      ops::add_layer_norm_pullback(branch.on().device(), y.gradient(), view<const T, 2, B>(sum),
                                   view<const A, 1, B>(mean), view<const A, 1, B>(rstd), w.gamma.value, drop,
                                   into_branch, branch_mode, into_residual, residual_mode, w.gamma.gradient,
                                   w.beta.gradient);
    });
  return y;
}

}  // namespace cot::nn
