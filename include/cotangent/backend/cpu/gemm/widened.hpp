#pragma once
// gemm of bfloat16 where no instruction multiplies it: operands are widened to float while they are packed, and a
// kernel of floats does the rest. The products are those of the stored values, exact in float; only the sums round.

#include <cotangent/backend/cpu/gemm/block.hpp>
#include <cotangent/backend/cpu/widen.hpp>
#include <cotangent/core/bfloat16.hpp>

#include <algorithm>
#include <cstddef>

namespace cot::detail {

/// `Kernel`, a kernel of floats, for operands of bfloat16.
template <class Kernel, void (*Widen)(const bfloat16*, index, float*)>
class widened : public Kernel {
 public:
  using in = bfloat16;
  static constexpr bool packs_b = true;
  [[nodiscard]] static constexpr bool packs_rows(index, index) { return true; }

  static void pack_b(transpose op, const bfloat16* b, index ldb, index k, index n, float* to) {
    constexpr index columns = Kernel::columns;
    float some[static_cast<std::size_t>(deep * columns)];
    for (index x = 0; x < n; x += columns)
      for (index p = 0; p < k; p += deep) {
        const index w = std::min(columns, n - x), depth = std::min(deep, k - p);
        if (op == transpose::yes)
          for (index j = 0; j < w; ++j) Widen(b + (x + j) * ldb + p, depth, some + j * deep);
        else
          for (index s = 0; s < depth; ++s) Widen(b + (p + s) * ldb + x, w, some + s * columns);
        Kernel::pack_b(op, some, op == transpose::yes ? deep : columns, depth, w,
                       to + x * k + p * round_up(w, Kernel::pad));
      }
  }

  static void pack_a(transpose op, const bfloat16* a, index lda, index k, index r, float* to) {
    constexpr index rows = Kernel::rows;
    if (op == transpose::no) {
      for (index i = 0; i < r; ++i) Widen(a + i * lda, k, to + i * k);
      return;
    }
    float some[static_cast<std::size_t>(2 * rows)];
    for (index p = 0; p < k; ++p, a += lda) {
      Widen(a, r, some);
      for (index i = 0; i < r; ++i) to[(i / rows * k + p) * rows + i % rows] = some[i];
    }
  }

 private:
  static constexpr index deep = 64;
};

}  // namespace cot::detail
