#pragma once
// The gemm kernel of AMX: 32 x 32 results in four tiles, fed by two tiles of A and two of B. A is read in place, 16
// rows of 32 values of k a tile, or packed where it is transposed or does not fill its tiles. B is packed as tiles lie
// in registers, panels of 32 columns as [k / 32][2 halves][16][32], a row being 16 columns of a pair of neighbours in
// k; what does not fill a tile is zero. Tiles multiply on their own once they are told to, so the epilogue of one
// result runs between the products of the next. `Tiles` is the hardware (amx.hpp), or in the tests an emulation of it.

#include <cotangent/backend/cpu/amx_block.hpp>
#include <cotangent/backend/cpu/gemm/bf16.hpp>
#include <cotangent/backend/cpu/gemm/block.hpp>
#include <cotangent/core/bfloat16.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

#include <immintrin.h>

namespace cot::detail {

template <class Tiles>
class kernel_amx {
  static constexpr index half = 16, deep = 32, tile_size = half * deep;

 public:
  using in = bfloat16;
  using left = bfloat16;
  using right = bfloat16;
  using sum = float;
  using session = typename Tiles::session;
  static constexpr index rows = 32, columns = 32, pad = 32, pair = deep;
  static constexpr index longest_k = 512, block_bytes = index{1} << 20;  // AMX comes with 2 MiB of L2
  static constexpr bool packs_transposed_a = true, packs_b = true, masks_columns = false, finishes_tiles = true;
  [[nodiscard]] static constexpr bool packs_rows(index r, index k) { return r % half != 0 || k % deep != 0; }

  using task = product<bfloat16, bfloat16, float>;

  /// C[r, w] (+)= A[r, k] B[k, w] for r <= 32, w <= 32.
  static void tile(index r, index w, const task& p) {
    all_finished nothing_waits;
    choose(r, w, p, nothing_waits);
  }
  /// The same where C has room for a whole tile; finishes `waiting` meanwhile.
  template <class Waiting>
  static void tile(index r, index w, const task& p, Waiting& waiting) {
    choose(round_up(r, half), round_up(w, half), p, waiting);
  }

  static void pack_b(transpose op, const bfloat16* b, index ldb, index k, index n, bfloat16* to) {
    for (index x = 0; x < n; x += half)
      for (index p = 0; p < k; p += deep) {
        bfloat16* tile = to + x / columns * columns * round_up(k, deep) + p * columns + x % columns / half * tile_size;
        const index w = std::min(half, n - x), d = std::min(deep, k - p);
        op == transpose::yes ? transpose_rows(b + x * ldb + p, ldb, w, d, tile)
                             : interleave_rows(b + p * ldb + x, ldb, w, d, tile);
      }
  }

  /// Rows as [r][padded k], filled up to a multiple of 16; columns as panels of 32 like those of B.
  static void pack_a(transpose op, const bfloat16* a, index lda, index k, index r, bfloat16* to) {
    const index padded = round_up(k, deep);
    if (op == transpose::no) {
      for (index y = 0; y < round_up(r, half) && k > 0; ++y)
        copy_row(a + std::min(y, r - 1) * lda, y < r ? k : 0, to + y * padded, padded);
      return;
    }
    for (index y = 0; y < r; y += half)
      for (index p = 0; p < k; p += deep)
        transpose_columns(a + p * lda + y, lda, std::min(half, r - y), std::min(deep, k - p),
                          to + y / rows * rows * padded + p * rows + y % rows / half * tile_size);
  }

 private:
  template <class Waiting>
  static void choose(index r, index w, const task& p, Waiting& waiting) {
    if (r > half)
      w > half ? run<true, true>(r, w, p, waiting) : run<true, false>(r, w, p, waiting);
    else
      w > half ? run<false, true>(r, w, p, waiting) : run<false, false>(r, w, p, waiting);
  }

  /// Touches what is needed next, some lines at a time.
  struct fetcher {
    const fetch* at;
    const fetch* end;
    index line = 0;
    void some(index lines) {
      for (; lines > 0 && at < end; --lines) {
        if (line >= at->count) {
          ++at;
          line = 0;
          continue;
        }
        __builtin_prefetch(static_cast<const char*>(at->base) + at->offsets[line++], 0, 2);
      }
    }
  };

  template <bool Tall, bool Wide, class Waiting>
  [[gnu::target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,fma"), gnu::noinline]] static void run(index r, index w,
                                                                                                    const task& p,
                                                                                                    Waiting& waiting) {
    using block = amx_block<Tiles, Tall, Wide>;
    constexpr index float_bytes = static_cast<index>(sizeof(float)), bytes = static_cast<index>(sizeof(bfloat16));
    constexpr index height = block::rows, width = block::columns;
    const bool whole = r == height && w == width;  // tiles go straight to C and come from there
    alignas(64) float copy[static_cast<std::size_t>(rows * columns)];
    float* const c = whole ? p.c : copy;
    const index ldc = whole ? p.ldc : columns, c_bytes = ldc * float_bytes;
    if (p.overwrite) {
      block::zero();
    } else {
      if (!whole)
        for (index i = 0; i < height; ++i)
          for (index j = 0; j < width; ++j) copy[i * columns + j] = i < r && j < w ? p.c[i * p.ldc + j] : 0.0f;
      block::load(c, c_bytes);
    }
    fetcher soon{p.next, p.next + 3};
    const index steps = (p.k + deep - 1) / deep, part = (waiting.r + steps - 1) / std::max(steps, index{1});
    const bfloat16* a = p.a;
    const bfloat16* b = p.b;
    const index a_bytes = p.a_row * bytes;
    for (index s = 0; s < steps; ++s, a += p.a_step, b += 2 * tile_size) {
      block::template multiply<true>(a, a_bytes, b, b + tile_size, 64);
      soon.some(8);
      if (s < height / 4)
        for (index i = 4 * s; i < 4 * s + 4; ++i) {  // what the tiles will be written to
          __builtin_prefetch(c + i * ldc, 1, 3);
          if constexpr (Wide) __builtin_prefetch(c + i * ldc + half, 1, 3);
        }
      waiting.some(part);
    }
    block::save(c, c_bytes);
    if (whole) return;
    const auto low = first(w), high = first(w - half);
    for (index i = 0; i < r; ++i) {
      _mm512_mask_storeu_ps(p.c + i * p.ldc, low, _mm512_load_ps(copy + i * columns));
      if constexpr (Wide)
        _mm512_mask_storeu_ps(p.c + i * p.ldc + half, high, _mm512_load_ps(copy + i * columns + half));
    }
  }

  [[gnu::always_inline]] static inline __mmask16 first(index n) {
    return static_cast<__mmask16>((std::uint32_t{1} << std::clamp(n, index{0}, half)) - 1u);
  }

  /// `k` values of a row, filled up with zeros.
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::noinline]] static void copy_row(const bfloat16* from, index k,
                                                                                       bfloat16* to, index padded) {
    for (index p = 0; p < padded; p += deep) {
      const auto values = static_cast<__mmask32>((std::uint64_t{1} << std::clamp(k - p, index{0}, deep)) - 1u);
      _mm512_storeu_si512(to + p, _mm512_maskz_loadu_epi16(values, from + p));
    }
  }

  // The three ways into a tile. `some` lines across, `d` values of k; the rest is zero.

  /// Rows as stored, [d, some], whose neighbours become pairs.
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::noinline]] static void interleave_rows(const bfloat16* from,
                                                                                              index step, index some,
                                                                                              index d, bfloat16* to) {
    for (index p = 0; p < deep; p += 2, to += deep)
      _mm512_storeu_si512(to, pair_of_rows(from + p * step, step, some, d - p));
  }
  /// Rows as stored, [some, d], as columns of pairs.
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::noinline]] static void transpose_rows(const bfloat16* from,
                                                                                             index step, index some,
                                                                                             index d, bfloat16* to) {
    __m512 r[16];
    pairs512::read(std::make_index_sequence<16>{}, r, from, step, some,
                   static_cast<__mmask32>((std::uint64_t{1} << d) - 1u));
    square512<float>::transpose(r);
    write(std::make_index_sequence<16>{}, r, to);
  }
  /// Columns of what is stored as [d, some].
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::noinline]] static void transpose_columns(const bfloat16* from,
                                                                                                index step, index some,
                                                                                                index d, bfloat16* to) {
    __m512 r[16];
    read_pairs_of_rows(std::make_index_sequence<16>{}, r, from, step, some, d);
    square512<float>::transpose(r);
    write(std::make_index_sequence<16>{}, r, to);
  }

  template <std::size_t... At>
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::always_inline]] static inline void read_pairs_of_rows(
      std::index_sequence<At...>, __m512 (&r)[16], const bfloat16* from, index step, index some, index d) {
    ((r[At] = __builtin_bit_cast(
          __m512, pair_of_rows(from + 2 * static_cast<index>(At) * step, step, some, d - 2 * static_cast<index>(At)))),
     ...);
  }
  template <std::size_t... At>
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::always_inline]] static inline void write(
      std::index_sequence<At...>, const __m512 (&r)[16], bfloat16* to) {
    (_mm512_storeu_ps(to + static_cast<index>(At) * deep, r[At]), ...);
  }
  /// Two rows, one, or none are left.
  [[gnu::target("avx512f,avx512bw,avx512vl,fma"), gnu::always_inline]] static inline __m512i pair_of_rows(
      const bfloat16* from, index step, index some, index left) {
    if (left <= 0) return _mm512_setzero_si512();
    return pairs512::interleave(from, left > 1 ? from + step : nullptr, first(some));
  }
};

}  // namespace cot::detail
