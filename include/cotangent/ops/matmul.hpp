#pragma once
// Matrix products with fused epilogues, checked, on any backend.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>

#include <string>

namespace cot::ops {

namespace detail {
/// a: [m, k], b: [b_rows, n], c: as given.
inline void check_matmul(index m, index k, index b_rows, index n, const shape<2>& c) {
  if (b_rows != k)
    throw shape_error("matmul", "inner sizes differ", "[" + std::to_string(k) + ", n]",
                      to_string(shape<2>{{b_rows, n}}));
  if (!(c == shape<2>{{m, n}})) throw shape_error("matmul", "result", to_string(shape<2>{{m, n}}), to_string(c));
}
template <class T, class B>
void check_rows(const view<T, 2, B>& v) {
  if (v.extent(1) > 1 && v.stride(1) != 1)
    throw shape_error("matmul", "stride of the last axis", "1", std::to_string(v.stride(1)));
}
}  // namespace detail

/// c[m, n] = op_a(a)[m, k] op_b(b)[k, n], then the epilogue (see core/matmul.hpp). Rows may be strided, elements within
/// a row may not. Throws shape_error when sizes do not fit.
template <class B, class In, class Other, class Out>
void matmul(B& device, transpose op_a, view<In, 2, B> a, transpose op_b, view<Other, 2, B> b, view<Out, 2, B> c,
            const epilogue<Out, accumulator_of<Out>>& e = {}) {
  static_assert(std::is_same_v<std::remove_const_t<In>, std::remove_const_t<Other>>,
                "matmul: operands of one number type");
  const auto size = [](auto v, transpose t, int i) { return v.extent(t == transpose::yes ? 1 - i : i); };
  const index m = size(a, op_a, 0), k = size(a, op_a, 1), n = size(b, op_b, 1);
  detail::check_matmul(m, k, size(b, op_b, 0), n, c.sizes());
  detail::check_rows(a);
  detail::check_rows(b);
  detail::check_rows(c);
  using T = std::remove_const_t<In>;
  const profile_span span(device,
                          op_a == transpose::yes   ? work_class::matmul_dw
                          : op_b == transpose::yes ? work_class::matmul_forward
                                                   : work_class::matmul_dx,
                          bytes_of(a, b, c), 2.0 * static_cast<double>(m * n * k), sizeof(T) == 2);
  gemm(device, op_a, op_b, m, n, k, static_cast<const T*>(a.data()), a.stride(0), static_cast<const T*>(b.data()),
       b.stride(0), c.data(), c.stride(0), e);
}

}  // namespace cot::ops
