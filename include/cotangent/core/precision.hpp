#pragma once
// Precision policies: which number is kept, stored, multiplied and summed.

#include <cotangent/core/bfloat16.hpp>

#include <concepts>
#include <string_view>

namespace cot {

/// `parameter`: master weights and their gradients. `storage`: activations, saved tensors and their gradients.
/// `multiply`: operands of matmuls. `accumulate`: sums, statistics, a model's output, losses.
template <class P>
concept precision = requires {
  typename P::parameter;
  typename P::storage;
  typename P::multiply;
  typename P::accumulate;
  { P::name } -> std::convertible_to<std::string_view>;
};

struct fp32 {
  using parameter = float;
  using storage = float;
  using multiply = float;
  using accumulate = float;
  static constexpr std::string_view name = "fp32";
};

/// Everything in double: how gradients are checked.
struct fp64 {
  using parameter = double;
  using storage = double;
  using multiply = double;
  using accumulate = double;
  static constexpr std::string_view name = "fp64";
};

/// bfloat16 activations and matmuls; float statistics, sums, losses, parameter gradients and master weights.
struct bf16 {
  using parameter = float;
  using storage = bfloat16;
  using multiply = bfloat16;
  using accumulate = float;
  static constexpr std::string_view name = "bf16";
};

static_assert(precision<fp32> && precision<fp64> && precision<bf16>);

/// What a number is summed in: float for float and bfloat16, double for double.
template <class T>
struct accumulator {
  using type = float;
};
template <>
struct accumulator<double> {
  using type = double;
};
template <class T>
using accumulator_of = typename accumulator<T>::type;

}  // namespace cot
