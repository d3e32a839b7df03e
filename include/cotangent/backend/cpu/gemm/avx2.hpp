#pragma once
// The gemm kernel of AVX2 with FMA: a register tile of 6 rows by 2 vectors (6 x 16 float, 6 x 8 double) and the packing
// of its operands. 12 accumulators, 2 vectors of B and a broadcast of A fill the 16 registers; 12 fused multiply-adds
// need 8 loads. Only the last vector of C is masked: packed rows of B are padded with zeros to whole vectors, and op(B)
// is read in place only where its width is whole vectors. A C of few columns (LoRA) takes 12 rows by 1 vector.

#include <cotangent/backend/cpu/gemm/block.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <immintrin.h>

namespace cot::detail {

/// One 256-bit register of float or double.
template <class T>
struct lanes256;

template <>
struct lanes256<float> {
  using vector = __m256;
  static constexpr index count = 8;
  [[gnu::target("avx2,fma"), gnu::always_inline]] static vector zero() { return _mm256_setzero_ps(); }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static vector broadcast(const float* p) {
    return _mm256_broadcast_ss(p);
  }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static vector load(const float* p) { return _mm256_loadu_ps(p); }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static vector load(const float* p, __m256i m) {
    return _mm256_maskload_ps(p, m);
  }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static void save(float* p, vector v) { _mm256_storeu_ps(p, v); }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static void save(float* p, __m256i m, vector v) {
    _mm256_maskstore_ps(p, m, v);
  }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static vector fma(vector a, vector b, vector c) {
    return _mm256_fmadd_ps(a, b, c);
  }
  /// All ones in the first n lanes.
  [[gnu::target("avx2,fma"), gnu::always_inline]] static __m256i first(index n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

template <>
struct lanes256<double> {
  using vector = __m256d;
  static constexpr index count = 4;
  [[gnu::target("avx2,fma"), gnu::always_inline]] static vector zero() { return _mm256_setzero_pd(); }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static vector broadcast(const double* p) {
    return _mm256_broadcast_sd(p);
  }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static vector load(const double* p) { return _mm256_loadu_pd(p); }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static vector load(const double* p, __m256i m) {
    return _mm256_maskload_pd(p, m);
  }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static void save(double* p, vector v) { _mm256_storeu_pd(p, v); }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static void save(double* p, __m256i m, vector v) {
    _mm256_maskstore_pd(p, m, v);
  }
  [[gnu::target("avx2,fma"), gnu::always_inline]] static vector fma(vector a, vector b, vector c) {
    return _mm256_fmadd_pd(a, b, c);
  }
  /// All ones in the first n lanes.
  [[gnu::target("avx2,fma"), gnu::always_inline]] static __m256i first(index n) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
  }
};

template <class T, int Rows = 6, int Vectors = 2>
class kernel_avx2 {
  using lanes = lanes256<T>;
  using vector = typename lanes::vector;
  static constexpr index width = lanes::count;

 public:
  using in = T;
  using left = T;
  using right = T;
  using sum = T;
  static constexpr index pair = 1, longest_k = 384, block_bytes = index{600} << 10;
  struct session {};
  static constexpr bool packs_transposed_a = true, packs_b = false, finishes_tiles = false;
  [[nodiscard]] static constexpr bool packs_rows(index, index) { return false; }
  static constexpr index rows = Rows;
  static constexpr index columns = Vectors * width;
  static constexpr bool masks_columns = false;
  static constexpr index pad = width;

  /// C[r, w] (+)= A[r, k] B[k, w] for r <= rows, w <= columns.
  static void tile(index r, index w, const product<T>& p) {
    const index vectors = (w + width - 1) / width;
    const auto size = static_cast<std::size_t>((r - 1) * Vectors + vectors - 1);
    (p.a_row == 1 ? adjacent : apart)[size](p, (w - 1) % width + 1);
  }

  /// k rows by n columns of op(B), as panels of `columns` columns, one after the other; the last padded to whole
  /// vectors.
  static void pack_b(transpose op, const T* b, index ldb, index k, index n, T* to) {
    for (index x = 0; x < n; x += columns) {
      const index w = std::min(columns, n - x);
      op == transpose::yes ? pack_transposed(b + x * ldb, ldb, k, w, to + x * k)
                           : pack_rows(b + x, ldb, k, w, to + x * k);
    }
  }

  /// r <= 2 rows columns of A as stored, [k, m], as one or two panels [k][rows].
  static void pack_a(transpose, const T* a, index lda, index k, index r, T* to) {
    for (index p = 0; p < k; ++p, a += lda, to += rows) {
      if (r == 2 * rows) {
        std::copy_n(a, rows, to);
        std::copy_n(a + rows, rows, to + k * rows);
      } else {
        for (index i = 0; i < r; ++i) to[(i / rows * k) * rows + i % rows] = a[i];
      }
    }
  }

 private:
  template <bool Adjacent, int R, int V, std::size_t... At>
  [[gnu::target("avx2,fma"), gnu::always_inline]] static inline void expand(std::index_sequence<At...>,
                                                                            const product<T>& p, index tail) {
    constexpr int last = V - 1;
    const __m256i mask = lanes::first(tail);
    T* const __restrict c = p.c;
    const index ldc = p.ldc, a_step = p.a_step, one = p.a_row, three = 3 * p.a_row;
    vector sum[sizeof...(At)];
    if (p.overwrite) {
      ((sum[At] = lanes::zero()), ...);
    } else {
      ((sum[At] = At % V == last ? lanes::load(c + static_cast<index>(At / V) * ldc + last * width, mask)
                                 : lanes::load(c + static_cast<index>(At / V) * ldc)),
       ...);
    }
    const T* a = p.a;
    const T* fifth = p.a + 4 * p.a_row;
    const T* ninth = p.a + 8 * p.a_row;
    const T* __restrict b = p.b;
    index done = 0;
    for (const fetch& f : p.next) {
      const index steps = std::min(f.count, p.k - done), advance = f.advance;
      const index* offset = f.offsets;
      for (index left = steps; left > 0; --left) {
        vector row[static_cast<std::size_t>(V)];
        for (int j = 0; j < V; ++j) row[j] = lanes::load(b + j * width);
        ((sum[At] = lanes::fma(
              lanes::broadcast(Adjacent ? a + At / V
                                        : (At / V >= 8   ? ninth
                                           : At / V >= 4 ? fifth
                                                         : a) +
                                              (At / V % 4 == 3 ? three : static_cast<index>(At / V % 4) * one)),
              row[At % V], sum[At])),
         ...);
        a += Adjacent ? a_step : 1;
        fifth += Adjacent ? a_step : 1;
        ninth += Adjacent ? a_step : 1;
        b += p.b_step;
        __builtin_prefetch(static_cast<const char*>(f.base) + *offset, 0, 2);
        offset += advance;
      }
      done += steps;
    }
    ((At % V == last ? lanes::save(c + static_cast<index>(At / V) * ldc + last * width, mask, sum[At])
                     : lanes::save(c + static_cast<index>(At / V) * ldc, sum[At])),
     ...);
  }

  template <bool Adjacent, int R, int V>
  [[gnu::target("avx2,fma"), gnu::noinline]] static void run(const product<T>& p, index tail) {
    expand<Adjacent, R, V>(std::make_index_sequence<static_cast<std::size_t>(R * V)>{}, p, tail);
  }

  // One for each number of rows and vectors.
  using entry = void (*)(const product<T>&, index);
  template <bool Adjacent, std::size_t... At>
  static constexpr std::array<entry, sizeof...(At)> all(std::index_sequence<At...>) {
    return {&run<Adjacent, static_cast<int>(At / Vectors) + 1, static_cast<int>(At % Vectors) + 1>...};
  }
  static constexpr auto sizes = std::make_index_sequence<static_cast<std::size_t>(Rows* Vectors)>{};
  static constexpr std::array<entry, sizes.size()> adjacent = all<true>(sizes), apart = all<false>(sizes);

  [[gnu::target("avx2,fma"), gnu::noinline]] static void pack_rows(const T* b, index ldb, index k, index w, T* to) {
    const index full = w / width, tail = w - full * width;
    const __m256i mask = lanes::first(tail);
    for (index p = 0; p < k; ++p, b += ldb) {
      for (index j = 0; j < full; ++j, to += width) lanes::save(to, lanes::load(b + j * width));
      if (tail) {
        lanes::save(to, lanes::load(b + full * width, mask));
        to += width;
      }
    }
  }

  [[gnu::target("avx2,fma"), gnu::noinline]] static void pack_transposed(const T* b, index ldb, index k, index w,
                                                                         T* to) {
    const index padded = (w + width - 1) / width * width;
    for (index j = 0; j < padded; j += width)
      for (index p = 0; p < k; p += width)
        transpose_square(b + j * ldb + p, ldb, std::min(width, w - j), std::min(width, k - p), to + p * padded + j,
                         padded);
  }

  /// to[p][j] = from[j][p] for j < from_rows, p < from_columns (at most a vector each); the missing j are zero.
  [[gnu::target("avx2,fma"), gnu::always_inline]] static inline void transpose_square(const T* from, index step,
                                                                                      index from_rows,
                                                                                      index from_columns, T* to,
                                                                                      index to_step) {
    const __m256i mask = lanes::first(from_columns);
    vector r[32 / sizeof(T)];
    for (index i = 0; i < width; ++i) r[i] = i < from_rows ? lanes::load(from + i * step, mask) : lanes::zero();
    if constexpr (width == 8) {
      __m256 s[8];
      for (int i = 0; i < 4; ++i) {
        s[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        s[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
      }
      for (int i = 0; i < 2; ++i)
        for (int h = 0; h < 2; ++h) {
          r[4 * i + 2 * h] = _mm256_shuffle_ps(s[4 * i + h], s[4 * i + 2 + h], 0x44);
          r[4 * i + 2 * h + 1] = _mm256_shuffle_ps(s[4 * i + h], s[4 * i + 2 + h], 0xee);
        }
      for (int i = 0; i < 4; ++i) {
        s[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
        s[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
      }
      for (index i = 0; i < width; ++i)
        if (i < from_columns) lanes::save(to + i * to_step, s[i]);
    } else {
      const __m256d a = _mm256_unpacklo_pd(r[0], r[1]), b = _mm256_unpackhi_pd(r[0], r[1]);
      const __m256d c = _mm256_unpacklo_pd(r[2], r[3]), d = _mm256_unpackhi_pd(r[2], r[3]);
      const vector s[4] = {_mm256_permute2f128_pd(a, c, 0x20), _mm256_permute2f128_pd(b, d, 0x20),
                           _mm256_permute2f128_pd(a, c, 0x31), _mm256_permute2f128_pd(b, d, 0x31)};
      for (index i = 0; i < width; ++i)
        if (i < from_columns) lanes::save(to + i * to_step, s[i]);
    }
  }
};

}  // namespace cot::detail
