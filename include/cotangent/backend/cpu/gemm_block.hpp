#pragma once
// The loops around the kernels of gemm: how one rectangle of C is cut into blocks that fit the caches.
//
// A block of op(B), k_block rows by as many columns as fill half of L2, is packed once (or read in place where that is
// cheaper); then the rows of op(A) stream past it, a few at a time, in place where they are stored as rows. Every block
// of k starts from what C holds, so that the chain of fused multiply-adds of an element is the same for every blocking.

#include <cotangent/backend/cpu/gemm_epilogue.hpp>
#include <cotangent/core/matmul.hpp>

#include <algorithm>

namespace cot::detail {

/// What one register tile computes: C[r, w] (+)= A[r, k] B[k, w]. Row i of A and its element p: a[i a_row + p a_step],
/// where a_row or a_step is 1; row p of B: b + p b_step. What to fetch into L2 meanwhile: the C of the next tile, and in each
/// of the first `ahead` steps of k the lines at next + g next_row, g < next_group, after which next moves by next_step.
template <class T>
struct product {
  index k = 0;
  const T* a = nullptr;
  index a_row = 0, a_step = 0;
  const T* b = nullptr;
  index b_step = 0;
  T* c = nullptr;
  index ldc = 0;
  bool overwrite = false;
  const T* next_c = nullptr;
  const T* next = nullptr;
  index next_row = 0, next_group = 0, next_step = 0, ahead = 0;
};

/// A matmul as its caller states it.
template <class In, class Out>
struct matmul_task {
  transpose op_a, op_b;
  index m, n, k;
  const In* a;
  index lda;
  const In* b;
  index ldb;
  Out* c;
  index ldc;
  epilogue<Out, accumulator_of<Out>> after;
};

/// Sizes in elements; a function of the shape alone.
struct blocking {
  index k = 0;        // rows of B in a block
  index n = 0;        // columns of B in a block
  bool pack = false;  // is op(B) packed
};

inline constexpr index bytes_of_packed_b = index{600} << 10;  // half of the smallest L2 among our targets, 1 MiB
inline constexpr index longest_k_block = 384;

[[nodiscard]] constexpr index round_up(index value, index step) { return (value + step - 1) / step * step; }

/// For m rows and n columns of C.
template <class Kernel, class Task>
[[nodiscard]] blocking choose_blocking(const Task& t, index m, index n_all) {
  using T = typename Kernel::element;
  const index blocks = std::max(index{1}, (t.k + longest_k_block - 1) / longest_k_block);
  const index k = std::max(index{1}, round_up((t.k + blocks - 1) / blocks, 4));
  const index widest = std::max(Kernel::columns, bytes_of_packed_b / static_cast<index>(sizeof(T)) / k / Kernel::columns *
                                                     Kernel::columns);
  const index parts = std::max(index{1}, (n_all + widest - 1) / widest);
  const index n = std::max(Kernel::columns, round_up((n_all + parts - 1) / parts, Kernel::columns));
  const bool pack = t.op_b == transpose::yes || m > 64 || (!Kernel::masks_columns && t.n % Kernel::pad != 0);
  return {k, n, pack};
}

/// Elements of scratch that multiply_rectangle needs.
template <class Kernel>
[[nodiscard]] index scratch_elements(const blocking& by) {
  return by.k * by.n + 2 * Kernel::rows * by.k + 64;
}

/// Rows [i0, i1) and columns [j0, j1) of C.
template <class Kernel, class Task>
void multiply_rectangle(const Task& t, const blocking& by, index i0, index i1, index j0, index j1,
                        typename Kernel::element* scratch, isa level) {
  using T = typename Kernel::element;
  constexpr index rows = Kernel::rows, columns = Kernel::columns;
  const bool columns_of_a = t.op_a == transpose::yes;
  T* const packed_a = scratch;
  T* const packed_b = scratch + round_up(2 * rows * by.k, 16);
  const index strip = columns_of_a ? 2 * rows : rows;
  const bool after = has_work(t.after);
  constexpr index line = 64 / static_cast<index>(sizeof(T));
  for (index j = j0; j < j1; j += by.n) {
    const index width = std::min(by.n, j1 - j);
    index p = 0;
    do {
      const index depth = std::min(by.k, t.k - p);
      const bool last = p + depth >= t.k;
      if (by.pack)
        Kernel::pack_b(t.op_b, t.op_b == transpose::yes ? t.b + j * t.ldb + p : t.b + p * t.ldb + j, t.ldb, depth, width,
                       packed_b);
      const index panels = (width + columns - 1) / columns;
      const index share = columns_of_a ? (depth + 2 * panels - 1) / (2 * panels) : (rows + panels - 1) / panels;
      for (index i = i0; i < i1; i += strip) {
        const index height = std::min(strip, i1 - i);
        if (columns_of_a) Kernel::pack_a(t.a + p * t.lda + i, t.lda, depth, height, packed_a);
        for (index y = 0; y < height; y += rows) {
          const index r = std::min(rows, height - y);
          for (index x = 0; x < width; x += columns) {
            const index w = std::min(columns, width - x);
            product<T> tile;
            tile.k = depth;
            tile.a = columns_of_a ? packed_a + y * depth : t.a + (i + y) * t.lda + p;
            tile.a_row = columns_of_a ? 1 : t.lda;
            tile.a_step = columns_of_a ? rows : 1;
            tile.b = by.pack ? packed_b + x * depth : t.b + p * t.ldb + j + x;
            tile.b_step = by.pack ? round_up(w, Kernel::pad) : t.ldb;
            tile.c = t.c + (i + y) * t.ldc + j + x;
            tile.ldc = t.ldc;
            tile.overwrite = p == 0 && t.after.mode == store::overwrite;
            tile.next_c = x + columns < width ? tile.c + columns : y + rows < i1 - i ? t.c + (i + y + rows) * t.ldc + j : nullptr;
            if (columns_of_a) {  // the next strip, [depth, 2 rows] as stored
              const index at = (y / rows * panels + x / columns) * share;
              tile.next = t.a + (p + at) * t.lda + i + strip;
              tile.next_step = t.lda;
              tile.next_group = 1;
              tile.ahead = i + strip < i1 ? std::min(share, depth - at) : 0;
            } else {
              const index at = x / columns * share;
              tile.next = t.a + (i + rows + at) * t.lda + p;
              tile.next_row = t.lda;
              tile.next_step = line;
              tile.next_group = std::min(share, std::min(2 * rows, i1 - i) - rows - at);
              tile.ahead = depth / line;
            }
            Kernel::tile(r, w, tile);
          }
          if (last && after) finish(level, t.after, t.c + (i + y) * t.ldc + j, t.ldc, t.c, t.ldc, i + y, j, r, width);
        }
      }
      p += depth;
    } while (p < t.k);
  }
}

}  // namespace cot::detail
