#pragma once
// The gemm kernel of machines without AVX2: a 4 x 4 tile in plain C++ that a compiler turns into whatever vectors it
// may use. Where the compiler has no fused multiply-add this path rounds twice: the only one whose last bits differ.

#include <cotangent/backend/cpu/gemm/block.hpp>

#include <algorithm>
#include <cmath>

namespace cot::detail {

template <class T>
class kernel_portable {
 public:
  using in = T;
  using left = T;
  using right = T;
  using sum = T;
  static constexpr index pair = 1, longest_k = 384, block_bytes = index{600} << 10;
  struct session {};
  static constexpr bool packs_transposed_a = true, packs_b = false, finishes_tiles = false;
  [[nodiscard]] static constexpr bool packs_rows(index, index) { return false; }
  static constexpr index rows = 4;
  static constexpr index columns = 32 / static_cast<index>(sizeof(T));
  static constexpr bool masks_columns = false;
  static constexpr index pad = columns;

  /// C[r, w] (+)= A[r, k] B[k, w] for r <= rows, w <= columns.
  static void tile(index r, index w, const product<T>& p) {
    T sum[4][32 / sizeof(T)] = {};
    if (!p.overwrite)
      for (index i = 0; i < r; ++i)
        for (index j = 0; j < w; ++j) sum[i][j] = p.c[i * p.ldc + j];
    const T* a[4];
    for (index i = 0; i < rows; ++i) a[i] = p.a + std::min(i, r - 1) * p.a_row;
    for (index s = 0; s < p.k; ++s) {
      const T* b = p.b + s * p.b_step;
      for (index i = 0; i < rows; ++i) {
        const T x = a[i][s * p.a_step];
        for (index j = 0; j < columns; ++j) sum[i][j] = multiply_add(x, b[j], sum[i][j]);
      }
    }
    for (index i = 0; i < r; ++i)
      for (index j = 0; j < w; ++j) p.c[i * p.ldc + j] = sum[i][j];
  }

  /// k rows by n columns of op(B), as panels of `columns` columns, one after the other; the last padded with zeros.
  static void pack_b(transpose op, const T* b, index ldb, index k, index n, T* to) {
    for (index x = 0; x < n; x += columns)
      for (index p = 0; p < k; ++p)
        for (index j = x; j < x + columns; ++j)
          *to++ = j >= n ? T(0) : op == transpose::yes ? b[j * ldb + p] : b[p * ldb + j];
  }

  static void pack_a(transpose, const T* a, index lda, index k, index r, T* to) {
    for (index p = 0; p < k; ++p, a += lda)
      for (index i = 0; i < r; ++i) to[(i / rows * k + p) * rows + i % rows] = a[i];
  }

 private:
  static T multiply_add(T a, T b, T c) {
#if defined(__FP_FAST_FMAF) && defined(__FP_FAST_FMA)
    return std::fma(a, b, c);
#else
    return a * b + c;
#endif
  }
};

}  // namespace cot::detail
