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

/// Where the cache lines of a block of rows lie, as offsets from its first element. A tile touches one line of a block that is
/// needed next in each step of k, so that it arrives while the tile multiplies: hardware prefetchers follow rows, not blocks.
class line_pattern {
 public:
  static constexpr index capacity = 512;

  /// `rows` rows of `bytes`, `stride` bytes apart.
  void set(index rows, index bytes, index stride) {
    const index in_row = std::min((bytes + 63) / 64, capacity);
    size_ = std::min(rows, capacity / std::max(in_row, index{1})) * in_row;
    index* offset = offsets_;
    for (index r = 0; offset < offsets_ + size_; ++r)
      for (index line = 0; line < in_row; ++line) *offset++ = r * stride + line * 64;
  }
  [[nodiscard]] index size() const { return size_; }
  [[nodiscard]] const index* at(index line) const { return offsets_ + line; }

 private:
  index offsets_[capacity];
  index size_ = 0;
};

/// A part of a pattern: `count` lines of the block at `base`.
struct fetch {
  const void* base = nullptr;
  const index* offsets = nullptr;
  index count = 0;
};

/// What one register tile computes: C[r, w] (+)= A[r, k] B[k, w]. Row i of A and its element p: a[i a_row + p a_step],
/// where a_row or a_step is 1; row p of B: b + p b_step.
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
  fetch next_c, next_a;
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
  constexpr index rows = Kernel::rows, columns = Kernel::columns, bytes = static_cast<index>(sizeof(T));
  const bool ta = t.op_a == transpose::yes, tb = t.op_b == transpose::yes, after = has_work(t.after);
  T* const packed_a = scratch;
  T* const packed_b = scratch + round_up(2 * rows * by.k, 16);
  const index strip = ta ? 2 * rows : rows;
  const auto a_at = [&](index i, index p) { return ta ? t.a + p * t.lda + i : t.a + i * t.lda + p; };
  const auto b_at = [&](index p, index j) { return tb ? t.b + j * t.ldb + p : t.b + p * t.ldb + j; };
  line_pattern c_lines, a_lines;
  c_lines.set(rows, bytes * columns, bytes * t.ldc);
  for (index j = j0; j < j1; j += by.n) {
    const index width = std::min(by.n, j1 - j), panels = (width + columns - 1) / columns;
    index p = 0;
    do {
      const index depth = std::min(by.k, t.k - p);
      const bool last = p + depth >= t.k;
      if (by.pack) Kernel::pack_b(t.op_b, b_at(p, j), t.ldb, depth, width, packed_b);

      ta ? a_lines.set(depth, bytes * strip, bytes * t.lda) : a_lines.set(strip, bytes * depth, bytes * t.lda);
      for (index i = i0; i < i1; i += strip) {
        const index height = std::min(strip, i1 - i);
        const index tiles = i + 2 * strip <= i1 ? panels * ((height + rows - 1) / rows) : 0;  // before the next whole strip
        if (ta) Kernel::pack_a(a_at(i, p), t.lda, depth, height, packed_a);
        for (index y = 0, n = 0; y < height; y += rows) {
          const index r = std::min(rows, height - y);
          for (index x = 0; x < width; x += columns, ++n) {
            const index w = std::min(columns, width - x);
            product<T> tile;
            tile.k = depth;
            tile.a = ta ? packed_a + y * depth : a_at(i + y, p);
            tile.a_row = ta ? 1 : t.lda;
            tile.a_step = ta ? rows : 1;
            tile.b = by.pack ? packed_b + x * depth : b_at(p, j + x);
            tile.b_step = by.pack ? round_up(w, Kernel::pad) : t.ldb;
            tile.c = t.c + (i + y) * t.ldc + j + x;
            tile.ldc = t.ldc;
            tile.overwrite = p == 0 && t.after.mode == store::overwrite;

            if (x + columns < width)
              tile.next_c = {tile.c + columns, c_lines.at(0), c_lines.size()};
            else if (y + rows < height || i + strip < i1)
              tile.next_c = {t.c + (i + y + rows) * t.ldc + j, c_lines.at(0), c_lines.size()};
            if (tiles > 0) {
              const index from = a_lines.size() * n / tiles;
              tile.next_a = {a_at(i + strip, p), a_lines.at(from), a_lines.size() * (n + 1) / tiles - from};
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
