#pragma once
// Copies, conversions, fills, scalings and sums of whole tensors.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/formula/basic.hpp>
#include <cotangent/kernel/rows.hpp>

#include <string_view>

namespace cot::ops {

namespace detail {

/// f over all elements of two tensors of one shape; matrices may have strided rows.
template <class B, class F, class T, class U, int Rank>
void pointwise(B& device, std::string_view operation, const F& f, view<T, Rank, B> y, store mode,
               view<const U, Rank, B> x) {
  if (!(x.sizes() == y.sizes())) throw shape_error(operation, "result", to_string(x.sizes()), to_string(y.sizes()));
  const profile_span span(device, work_class::rows, bytes_of(x, y));
  if (x.contiguous() && y.contiguous())
    return launch_elements(device, x.size(), false, f, out(y.data(), mode), in(x.data()));
  if constexpr (Rank == 2) {
    if (x.stride(1) == 1 && y.stride(1) == 1)
      return launch_rows(device, x.extent(0), x.extent(1), false, f,
                         row_stream<out_stream<T>>{out(y.data(), mode), y.stride(0)},
                         row_stream<in_stream<U>>{in(x.data()), x.stride(0)});
  }
  throw shape_error(operation, "strides", "rows without gaps inside",
                    to_string(x.strides()) + " to " + to_string(y.strides()));
}

}  // namespace detail

/// y = x, rounded to nearest where y's type is narrower.
template <class B, class T, class U, int Rank>
void cast(B& device, view<const U, Rank, B> x, view<T, Rank, B> y) {
  detail::pointwise(device, "cast", copy_formula{}, y, store::overwrite, x);
}

/// into += x.
template <class B, class T, class U, int Rank>
void accumulate(B& device, view<const U, Rank, B> x, view<T, Rank, B> into) {
  detail::pointwise(device, "accumulate", copy_formula{}, into, store::add, x);
}

/// y = factor x; y may be x.
template <class B, class T, int Rank>
void scale(B& device, view<const T, Rank, B> x, double factor, view<T, Rank, B> y) {
  detail::pointwise(device, "scale", scale_formula<accumulator_of<T>>{static_cast<accumulator_of<T>>(factor)}, y,
                    store::overwrite, x);
}

/// x = value everywhere.
template <class B, class T, int Rank>
void fill(B& device, view<T, Rank, B> x, double value) {
  using A = accumulator_of<T>;
  if (!x.contiguous()) throw shape_error("fill", "strides", "no gaps", to_string(x.strides()));
  const profile_span span(device, work_class::rows, bytes_of(x));
  launch_elements(device, x.size(), false, fill_formula<A>{static_cast<A>(value)}, out(x.data()));
}

}  // namespace cot::ops
