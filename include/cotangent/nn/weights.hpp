#pragma once
// `weights`: what the nodes of a model multiply with, under a precision policy.

#include <cotangent/autograd/parameters.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/nn/linear.hpp>
#include <cotangent/nn/norm.hpp>
#include <cotangent/ops/packed_weight.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>

namespace cot::nn {

/// Hands out the value and the gradient of a parameter to a node, in bfloat16 when the policy multiplies in it. Without
/// training, matrices are packed as they are asked for, and kept so until the values change: a step of training would
/// use each packed form once only.
template <precision P, class B>
class weights {
 public:
  using A = typename P::parameter;
  using M = typename P::multiply;
  static constexpr bool converted = !std::same_as<A, M>;
  static_assert(!converted || std::same_as<M, bfloat16>);

  explicit weights(parameters<A, B>& p) : parameters_(&p) {}

  /// Before a forward pass: brings what is derived from the values up to date.
  void refresh() {
    if (version_ == parameters_->version()) return;
    packed_.clear();
    if constexpr (converted) {
      const profile_span span(parameters_->device(), work_class::optimizer);
      narrowed_ = parameters_->narrowed().data();
    }
    version_ = parameters_->version();
  }

  /// In the type that multiplies.
  template <int Rank>
  [[nodiscard]] weight<M, Rank, B, A> multiply(const parameter<Rank>& p, bool train) {
    const auto gradient = train ? parameters_->gradient(p) : view<A, Rank, B>();
    if constexpr (converted)
      return {view<const M, Rank, B>(converted_at(p), p.sizes), gradient};
    else
      return {parameters_->value(p), gradient};
  }
  /// Of an embedding table, the rows that a batch reads.
  [[nodiscard]] table_weight<A, B> rows_of(const parameter<2>& p, bool train) { return parameters_->rows_of(p, train); }
  /// In the type that is kept: biases, norms, type embeddings.
  template <int Rank>
  [[nodiscard]] weight<A, Rank, B, A> kept(const parameter<Rank>& p, bool train) {
    return {parameters_->value(p), train ? parameters_->gradient(p) : view<A, Rank, B>()};
  }
  [[nodiscard]] linear_weights<M, B> linear(const parameter<2>& matrix, const parameter<1>& bias, bool train) {
    const auto w = multiply(matrix, train);
    if constexpr (ops::packs_weights<B>)
      if (!train) return {w, kept(bias, train), &packed(matrix, w.value)};
    return {w, kept(bias, train)};
  }
  [[nodiscard]] norm_weights<A, B> norm(const parameter<1>& gamma, const parameter<1>& beta, double epsilon,
                                        bool train) {
    return {kept(gamma, train), kept(beta, train), epsilon};
  }

 private:
  template <int Rank>
  [[nodiscard]] const M* converted_at(const parameter<Rank>& p) const {
    const index at = parameters_->offset(p) - parameters_->range(parameter_kind::table).second;
    if (at < 0) throw error("weights: tables are kept in the type of parameters only, and cannot be multiplied with");
    return narrowed_ + at;
  }

  [[nodiscard]] const ops::packed_weight<M, B>& packed(const parameter<2>& matrix, view<const M, 2, B> value) {
    auto& w = packed_[matrix.first_entry];
    if (w.depth() == 0) w = ops::packed_weight<M, B>(parameters_->device(), transpose::yes, value);
    return w;
  }

  parameters<A, B>* parameters_;
  const M* narrowed_ = nullptr;
  std::map<std::size_t, ops::packed_weight<M, B>> packed_;  // by the parameter's first entry: addresses stay
  std::uint64_t version_ = 0;
};

}  // namespace cot::nn
