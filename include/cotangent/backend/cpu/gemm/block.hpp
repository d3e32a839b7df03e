#pragma once
// The loops around the kernels of gemm: how one rectangle of C is cut into blocks that fit the caches.
//
// A block of op(B), k_block rows by as many columns as fill half of L2, is packed once (or read in place where that is
// cheaper); then the rows of op(A) stream past it, a few at a time, in place where they are stored as rows. Every block
// of k starts from what C holds, so that the chain of fused multiply-adds of an element is the same for every blocking.

#include <cotangent/backend/cpu/gemm/epilogue.hpp>
#include <cotangent/backend/cpu/widen.hpp>
#include <cotangent/core/matmul.hpp>

#include <algorithm>
#include <limits>
#include <type_traits>

namespace cot::detail {

/// Where the cache lines of a block of rows lie, as offsets from its first element. A tile touches one line of a block
/// that is needed next in each step of k, so that it arrives while the tile multiplies: hardware prefetchers follow
/// rows, not blocks.
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
  index advance = 1;  // from one line's offset to the next one's
};

/// What a tile fetches after all else: the same line, which is there already, as often as it is asked for.
inline constexpr index nowhere = 0;
inline constexpr fetch nothing = {&nowhere, &nowhere, std::numeric_limits<index>::max(), 0};

/// What one register tile computes: C[r, w] (+)= A[r, k] B[k, w]. In step s it takes, of row i of A, the element (or
/// the pair of neighbours in k) at a + i a_row + s a_step, either along rows as stored or with all rows side by side;
/// and of B the elements or pairs from b + s b_step on.
template <class Left, class Right = Left, class Sum = Left>
struct product {
  index k = 0;
  const Left* a = nullptr;
  index a_row = 0, a_step = 0;
  const Right* b = nullptr;
  index b_step = 0, b_ahead = 0;  // b_ahead: how far beyond b to fetch, where B is read in place
  Sum* c = nullptr;
  index ldc = 0;
  bool overwrite = false;
  fetch next[4] = {{}, {}, {}, nothing};  // one line a step
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
  const void* packed_b = nullptr;  // all of op(B) as its kernel's pack_b makes it, in place of b
};

/// Sizes in elements; a function of the shape alone.
struct blocking {
  index k = 0;          // rows of B in a block
  index n = 0;          // columns of B in a block
  bool pack_a = false;  // are op(A) and op(B) packed, or read in place
  bool pack_b = false;
};

[[nodiscard]] constexpr index round_up(index value, index step) { return (value + step - 1) / step * step; }

// A kernel K says how operands of type K::in are packed and multiplied:
//
//   K::left, right, sum     elements of A and packed B as its tile reads them, and of the sums
//   K::rows, columns, pad   the tile; packed rows of B are padded to a multiple of `pad` columns
//   K::packs_rows(r, k)     whether r rows of an A that is stored as rows must be packed; 1, 1: whether any must be
//   K::packs_transposed_a   whether an A that is stored transposed is packed for more than one tile of rows
//   K::packs_b              whether op(B) must be packed even where it is stored as the tile wants it
//   K::masks_columns        whether op(B) can be read in place at any width
//   K::pair                 neighbours in k that make one step of the tile: 2 for products of bfloat16, else 1
//   K::longest_k            of a block: fixed, so that it takes no part in what a sum is
//   K::block_bytes          of packed B: some half of the smallest L2 that the kernel meets
//   K::session              what must be alive while tiles are multiplied
//   K::pack_b(op, b, ldb, k, n, to)
//                           k rows by n columns as panels [steps][columns][pair], a multiple of `columns` times the
//                           padded k from the beginning; the last one [steps][padded][pair]
//   K::pack_a(op, a, lda, k, r, to)
//                           r rows as [r][padded k] where A is stored as rows; else r <= 2 rows as panels
//                           [steps][rows][pair]
//   K::tile(r, w, product)  for r <= rows, w <= columns
//   K::finishes_tiles       whether the epilogue of a tile is done while the next one multiplies, where C cannot hold
//                           the sums: tile(r, w, product, unfinished) then writes into a C with room for a whole tile;
//                           if not, a row of tiles is finished at once

/// For m rows and n columns of C. Results narrower than their sums are rounded once: all of k is then one block.
template <class Kernel, class In, class Out>
[[nodiscard]] blocking choose_blocking(const matmul_task<In, Out>& t, index m, index n) {
  constexpr index columns = Kernel::columns, bytes = static_cast<index>(sizeof(typename Kernel::right));
  constexpr bool one_pass = !std::is_same_v<Out, typename Kernel::sum>;
  const index blocks = one_pass ? 1 : std::max(index{1}, (t.k + Kernel::longest_k - 1) / Kernel::longest_k);
  blocking by;
  constexpr index step = std::max(index{4}, Kernel::pair);
  by.k = std::max(step, round_up((t.k + blocks - 1) / blocks, step));
  const index widest = std::max(columns, Kernel::block_bytes / bytes / by.k / columns * columns);
  const index parts = std::max(index{1}, (n + widest - 1) / widest);
  by.n = std::max(columns, round_up((n + parts - 1) / parts, columns));
  by.pack_a = Kernel::packs_rows(1, 1) ||
              (Kernel::packs_transposed_a && t.op_a == transpose::yes && (m > Kernel::rows || Kernel::pair > 1));
  by.pack_b = t.packed_b == nullptr && (Kernel::packs_b || t.op_b == transpose::yes || m > 64 ||
                                        (!Kernel::masks_columns && t.n % Kernel::pad != 0));
  return by;
}

/// Scratch of multiply_rectangle: a strip of A, a block of B, and the sums of a strip that C itself cannot hold.
template <class Kernel, class Out>
struct workspace {
  typename Kernel::left* a;
  typename Kernel::right* b;
  typename Kernel::sum* sums;

  [[nodiscard]] static index bytes(const blocking& by) { return bytes_of_a(by) + bytes_of_b(by) + bytes_of_sums(by); }
  workspace(const blocking& by, void* scratch)
      : a(static_cast<typename Kernel::left*>(scratch)),
        b(reinterpret_cast<typename Kernel::right*>(static_cast<char*>(scratch) + bytes_of_a(by))),
        sums(reinterpret_cast<typename Kernel::sum*>(static_cast<char*>(scratch) + bytes_of_a(by) + bytes_of_b(by))) {}

 private:
  static index bytes_of_a(const blocking& by) {
    return by.pack_a ? round_up(2 * Kernel::rows * by.k * static_cast<index>(sizeof(typename Kernel::left)), 64) : 0;
  }
  static index bytes_of_b(const blocking& by) {
    return by.pack_b ? round_up(by.k * by.n * static_cast<index>(sizeof(typename Kernel::right)), 64) : 0;
  }
  static index bytes_of_sums(const blocking& by) {
    constexpr index size = static_cast<index>(sizeof(typename Kernel::sum));
    if (std::is_same_v<Out, typename Kernel::sum>) return 0;
    return Kernel::rows * size * (Kernel::finishes_tiles ? 2 * Kernel::columns : by.n);
  }
};

/// Rows [i0, i1) and columns [j0, j1) of C.
template <class Kernel, class In, class Out>
void multiply_rectangle(const matmul_task<In, Out>& t, const blocking& by, index i0, index i1, index j0, index j1,
                        const workspace<Kernel, Out>& work, isa level) {
  using sum = typename Kernel::sum;
  constexpr bool direct = std::is_same_v<Out, sum>;  // the sums grow in C
  constexpr bool by_tiles = Kernel::finishes_tiles && !direct;
  constexpr index rows = Kernel::rows, columns = Kernel::columns, pair = Kernel::pair;
  constexpr index a_bytes = static_cast<index>(sizeof(In)), c_bytes = static_cast<index>(sizeof(Out));
  const bool ta = t.op_a == transpose::yes, tb = t.op_b == transpose::yes, after = !direct || has_work(t.after);
  const bool adds = t.after.mode == store::add;
  const index strip = ta ? 2 * rows : rows;
  const auto a_at = [&](index i, index p) { return ta ? t.a + p * t.lda + i : t.a + i * t.lda + p; };
  const auto b_at = [&](index p, index j) { return tb ? t.b + j * t.ldb + p : t.b + p * t.ldb + j; };
  [[maybe_unused]] const typename Kernel::session session;
  [[maybe_unused]] unfinished<Out, sum> waiting{level, &t.after, nullptr, columns, t.c, t.ldc, 0, 0, 0, 0};
  [[maybe_unused]] index tiles_done = 0;
  line_pattern c_lines, a_lines;
  c_lines.set(rows, c_bytes * columns, c_bytes * t.ldc);
  for (index j = j0; j < j1; j += by.n) {
    const index width = std::min(by.n, j1 - j), panels = (width + columns - 1) / columns;
    index p = 0;
    do {
      const index depth = std::min(by.k, t.k - p), padded_depth = round_up(depth, pair);
      const bool last = p + depth >= t.k;
      if (by.pack_b) Kernel::pack_b(t.op_b, b_at(p, j), t.ldb, depth, width, work.b);
      a_lines.set(ta ? depth : strip, a_bytes * (ta ? strip : depth), a_bytes * t.lda);
      for (index i = i0; i < i1; i += strip) {
        const index height = std::min(strip, i1 - i);
        const index tiles =
            i + 2 * strip <= i1 ? panels * ((height + rows - 1) / rows) : 0;  // before the next whole strip
        const bool packed = by.pack_a && (ta || Kernel::packs_rows(height, depth));
        if (packed) Kernel::pack_a(t.op_a, a_at(i, p), t.lda, depth, height, work.a);
        for (index y = 0, n = 0; y < height; y += rows) {
          const index r = std::min(rows, height - y);
          Out* const c = t.c + (i + y) * t.ldc + j;
          sum* sums = work.sums;
          index ld_sums = by.n;
          if constexpr (direct) {
            sums = c;
            ld_sums = t.ldc;
          } else if (adds && !by_tiles) {
            for (index s = 0; s < r; ++s) widen(level, c + s * t.ldc, width, sums + s * by.n);
          }
          for (index x = 0; x < width; x += columns, ++n) {
            const index w = std::min(columns, width - x);
            product<typename Kernel::left, typename Kernel::right, sum> tile;
            tile.k = depth;
            if (packed) {
              tile.a = work.a + y * padded_depth;
              tile.a_row = ta ? pair : padded_depth;
              tile.a_step = ta ? rows * pair : pair;
            } else if constexpr (std::is_same_v<In, typename Kernel::left>) {
              tile.a = a_at(i + y, p);
              tile.a_row = ta ? 1 : t.lda;
              tile.a_step = ta ? t.lda : pair;
            }
            const index padded_width = round_up(w, Kernel::pad);
            if (t.packed_b != nullptr) {
              tile.b = static_cast<const typename Kernel::right*>(t.packed_b) + (j + x) * round_up(t.k, pair) +
                       p * padded_width;
              tile.b_step = padded_width * pair;
            } else if (by.pack_b) {
              tile.b = work.b + x * padded_depth;
              tile.b_step = padded_width * pair;
            } else if constexpr (std::is_same_v<In, typename Kernel::right>) {
              tile.b = b_at(p, j + x);
              tile.b_step = t.ldb;
              tile.b_ahead = 32 * t.ldb;
            }
            tile.c = sums + x;
            tile.ldc = ld_sums;
            tile.overwrite = p == 0 && !adds;
            if (x + columns < width)
              tile.next[0] = {c + x + columns, c_lines.at(0), c_lines.size()};
            else if (y + rows < height || i + strip < i1)
              tile.next[0] = {c + rows * t.ldc, c_lines.at(0), c_lines.size()};
            if (tiles > 0) {
              const index from = a_lines.size() * n / tiles;
              tile.next[1] = {a_at(i + strip, p), a_lines.at(from), a_lines.size() * (n + 1) / tiles - from};
            }
            if (last && t.after.slope_of)
              tile.next[2] = {t.after.slope_of + (i + y) * t.ldc + j + x, c_lines.at(0), c_lines.size()};
            if constexpr (by_tiles) {
              sums = work.sums + tiles_done++ % 2 * rows * columns;
              if (adds)
                for (index s = 0; s < r; ++s) widen(level, c + s * t.ldc + x, w, sums + s * columns);
              tile.c = sums;
              tile.ldc = columns;
              Kernel::tile(r, w, tile, waiting);
              waiting.some(waiting.r);
              waiting = {level, &t.after, sums, columns, t.c, t.ldc, i + y, j + x, r, w};
            } else {
              Kernel::tile(r, w, tile);
            }
          }
          if (!by_tiles && last && after) finish(level, t.after, sums, ld_sums, t.c, t.ldc, i + y, j, r, width);
        }
      }
      p += depth;
    } while (p < t.k);
  }
  if constexpr (by_tiles) waiting.some(waiting.r);
}

}  // namespace cot::detail
