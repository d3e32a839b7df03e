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

/// Addresses of cache lines that will be needed soon. A tile touches one in each step of k, so that they arrive while it
/// multiplies: hardware prefetchers do not follow blocks of a matrix from row to row.
class fetch_list {
 public:
  static constexpr index capacity = 256;

  void clear() { size_ = 0; }
  [[nodiscard]] index size() const { return size_; }
  [[nodiscard]] const void* const* begin() const { return lines_; }

  /// The lines of rows of `bytes` at `first`, first + stride, ...: numbers `from` to `to` of them, counted row by row.
  void add(const void* first, index stride, index bytes, index from, index to) {
    const index in_row = (bytes + 63) / 64;
    if (from >= to) return;
    const char* row = static_cast<const char*>(first) + from / in_row * stride;
    for (index line = from % in_row; from < to && size_ < capacity; ++from) {
      lines_[size_++] = row + line * 64;
      if (++line < in_row) continue;
      line = 0;
      row += stride;
    }
  }

 private:
  const void* lines_[capacity];
  index size_ = 0;
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
  const void* const* fetch = nullptr;
  index fetches = 0;
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
  fetch_list soon;
  for (index j = j0; j < j1; j += by.n) {
    const index width = std::min(by.n, j1 - j), panels = (width + columns - 1) / columns;
    const index tiles = panels * ((i1 - i0 + rows - 1) / rows);
    index p = 0;
    do {
      const index depth = std::min(by.k, t.k - p);
      const bool last = p + depth >= t.k;
      if (by.pack) Kernel::pack_b(t.op_b, b_at(p, j), t.ldb, depth, width, packed_b);

      // The block of B after this one, in as many shares as there are tiles.
      const index next_p = last ? 0 : p + depth, next_j = last ? j + by.n : j;
      const index next_depth = std::min(by.k, t.k - next_p), next_width = std::min(by.n, j1 - next_j);
      const index b_bytes = bytes * (tb ? next_depth : next_width);
      const index b_lines = next_j < j1 && by.pack ? (b_bytes + 63) / 64 * (tb ? next_width : next_depth) : 0;
      index tile_number = 0;

      for (index i = i0; i < i1; i += strip) {
        const index height = std::min(strip, i1 - i), next_height = std::min(strip, i1 - i - height);
        const index a_bytes = bytes * (ta ? next_height : depth);
        const index a_lines = next_height > 0 ? (a_bytes + 63) / 64 * (ta ? depth : next_height) : 0;
        const index tiles_of_strip = panels * ((height + rows - 1) / rows);
        if (ta) Kernel::pack_a(a_at(i, p), t.lda, depth, height, packed_a);
        for (index y = 0, n = 0; y < height; y += rows) {
          const index r = std::min(rows, height - y);
          for (index x = 0; x < width; x += columns, ++n, ++tile_number) {
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

            soon.clear();
            if (x + columns < width)
              soon.add(tile.c + columns, bytes * t.ldc, bytes * columns, 0, r * columns * bytes / 64);
            else if (i + y + rows < i1)
              soon.add(t.c + (i + y + rows) * t.ldc + j, bytes * t.ldc, bytes * columns, 0, rows * columns * bytes / 64);
            soon.add(a_at(i + strip, p), bytes * t.lda, a_bytes, a_lines * n / tiles_of_strip, a_lines * (n + 1) / tiles_of_strip);
            if (b_lines > 0)
              soon.add(b_at(next_p, next_j), bytes * t.ldb, b_bytes, b_lines * tile_number / tiles,
                       b_lines * (tile_number + 1) / tiles);
            tile.fetch = soon.begin();
            tile.fetches = std::min(soon.size(), depth);
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
