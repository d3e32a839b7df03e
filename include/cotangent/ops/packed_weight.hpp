#pragma once
// `packed_weight`: the right operand of many matmuls, in the form in which the backend's kernels read it.

#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/tensor.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/ops/matmul.hpp>

#include <cstddef>

namespace cot::ops {

/// Whether a backend has such a form.
template <class B>
inline constexpr bool packs_weights = requires { requires B::packs_weights; };

/// op(W) of products x op(W), packed once for all of them: a product of few rows takes as long to pack as to multiply.
/// Whoever keeps one makes it anew when the matrix changes.
template <class T, class B>
class packed_weight {
 public:
  packed_weight() = default;
  packed_weight(B& device, transpose op, view<const T, 2, B> matrix)
      : depth_(matrix.extent(op == transpose::yes ? 1 : 0)), width_(matrix.extent(op == transpose::yes ? 0 : 1)) {
    detail::check_rows(matrix);
    const auto bytes = static_cast<index>(packed_weight_bytes(device, depth_, width_, matrix.data()));
    packed_ = tensor<std::byte, 1, B>(device, {{bytes}});
    pack_weight(device, op, depth_, width_, matrix.data(), matrix.stride(0), packed_.data());
  }

  /// Of op(W): [depth, width].
  [[nodiscard]] index depth() const { return depth_; }
  [[nodiscard]] index width() const { return width_; }
  [[nodiscard]] const void* data() const { return packed_.data(); }

 private:
  index depth_ = 0, width_ = 0;
  tensor<std::byte, 1, B> packed_;
};

/// c[m, n] = a[m, k] op(W)[k, n], then the epilogue, with the bits of the product with W itself.
template <class B, class In, class Out>
void matmul(B& device, view<In, 2, B> a, const packed_weight<std::remove_const_t<In>, B>& w, view<Out, 2, B> c,
            const epilogue<Out, accumulator_of<Out>>& e = {}) {
  using T = std::remove_const_t<In>;
  const index m = a.extent(0), k = w.depth(), n = w.width();
  detail::check_matmul(m, a.extent(1), k, n, c.sizes());
  detail::check_rows(a);
  detail::check_rows(c);
  const profile_span span(device, work_class::matmul_forward, bytes_of(a, c) + static_cast<double>(k * n) * sizeof(T),
                          2.0 * static_cast<double>(m * n * k), sizeof(T) == 2);
  gemm_packed(device, transpose::no, m, n, k, static_cast<const T*>(a.data()), a.stride(0), w.data(), c.data(),
              c.stride(0), e);
}

}  // namespace cot::ops
