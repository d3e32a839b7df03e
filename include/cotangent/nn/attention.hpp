#pragma once
// Multi-head self-attention over a ragged batch, as a node.

#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/attention.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/ops/attention.hpp>

#include <cmath>

namespace cot::nn {

/// Every sentence attends to itself.  qkv: [t, 3 * width], the stacked projections; result: [t, width].  `layout` says
/// sentences, heads, scale and dropout. Backward recomputes the weights (see core/attention.hpp).
template <class T, class B>
var<T, 2, B> self_attention(const var<T, 2, B>& qkv, const attention_layout& layout) {
  using A = accumulator_of<T>;
  tape<B>& t = qkv.on();
  const index width = layout.heads * layout.width, stride = qkv.value().stride(0);
  auto y = t.template result<T>(shape<2>{{qkv.extent(0), width}}, qkv.wanted());
  const auto part = [&](auto* base, index i) {
    return attention_rows<std::remove_pointer_t<decltype(base)>>{base + i * width, stride};
  };
  const T* data = qkv.value().data();
  attention_problem<T> problem{
      .layout = layout, .q = part(data, 0), .k = part(data, 1), .v = part(data, 2), .out = {y.storage().data(), width}};
  if (y.wanted()) {
    problem.maximum = t.template workspace<A>(shape<2>{{layout.heads, layout.tokens}}).data();
    problem.reciprocal_sum = t.template workspace<A>(shape<2>{{layout.heads, layout.tokens}}).data();
  }
  ops::attention(t.device(), problem);
  if (y.wanted())
    t.record(y, [qkv, y, problem, width] {
      const auto [into, mode] = qkv.target();
      if (mode == store::add) throw error("self_attention: the projections must feed the attention only");
      const auto gradient = [&](index i) { return attention_rows<T>{into.data() + i * width, into.stride(0)}; };
      ops::attention_pullback(qkv.on().device(),
                              attention_pullback_problem<T>{.layout = problem.layout,
                                                            .q = problem.q,
                                                            .k = problem.k,
                                                            .v = problem.v,
                                                            .out = {problem.out.data, problem.out.stride},
                                                            .dout = {y.gradient().data(), y.gradient().stride(0)},
                                                            .maximum = problem.maximum,
                                                            .reciprocal_sum = problem.reciprocal_sum,
                                                            .dq = gradient(0),
                                                            .dk = gradient(1),
                                                            .dv = gradient(2)});
    });
  return y;
}

}  // namespace cot::nn
