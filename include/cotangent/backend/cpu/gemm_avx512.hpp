#pragma once
// The gemm kernel of AVX-512: a register tile of 8 rows by 3 vectors (8 x 48 float, 8 x 24 double) and the packing of its
// operands. 24 accumulators, 3 vectors of B and one broadcast of A leave 4 registers over; 24 fused multiply-adds need 11
// loads, so that the two FMA ports are the bottleneck. B is read row by row, packed or in place (the last vector masked);
// A is read in place, 8 rows from four address registers, or packed with its rows adjacent.

#include <cotangent/backend/cpu/gemm_block.hpp>

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace cot::detail {

/// One 512-bit register of float or double.
template <class T>
struct lanes512;

template <>
struct lanes512<float> {
  using vector = __m512;
  using mask = __mmask16;
  static constexpr index count = 16;
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector zero() { return _mm512_setzero_ps(); }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector broadcast(const float* p) { return _mm512_set1_ps(*p); }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector load(const float* p) { return _mm512_loadu_ps(p); }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector load(const float* p, mask m) {
    return _mm512_maskz_loadu_ps(m, p);
  }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static void save(float* p, vector v) { _mm512_storeu_ps(p, v); }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static void save(float* p, mask m, vector v) {
    _mm512_mask_storeu_ps(p, m, v);
  }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector fma(vector a, vector b, vector c) {
    return _mm512_fmadd_ps(a, b, c);
  }
  /// Lane numbers of a and b alternating, from lane `first` on; and the vector they select.
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static __m512i alternate(int first) {
    const __m512i pairs = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    return _mm512_add_epi32(pairs, _mm512_set1_epi32(first));
  }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector interleave(vector a, vector b, __m512i lanes) {
    return _mm512_permutex2var_ps(a, lanes, b);
  }
};

template <>
struct lanes512<double> {
  using vector = __m512d;
  using mask = __mmask8;
  static constexpr index count = 8;
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector zero() { return _mm512_setzero_pd(); }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector broadcast(const double* p) { return _mm512_set1_pd(*p); }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector load(const double* p) { return _mm512_loadu_pd(p); }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector load(const double* p, mask m) {
    return _mm512_maskz_loadu_pd(m, p);
  }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static void save(double* p, vector v) { _mm512_storeu_pd(p, v); }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static void save(double* p, mask m, vector v) {
    _mm512_mask_storeu_pd(p, m, v);
  }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector fma(vector a, vector b, vector c) {
    return _mm512_fmadd_pd(a, b, c);
  }
  /// Lane numbers of a and b alternating, from lane `first` on; and the vector they select.
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static __m512i alternate(int first) {
    return _mm512_add_epi64(_mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), _mm512_set1_epi64(first));
  }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector interleave(vector a, vector b, __m512i lanes) {
    return _mm512_permutex2var_pd(a, lanes, b);
  }
};

template <class T>
class kernel_avx512 {
  using lanes = lanes512<T>;
  using vector = typename lanes::vector;
  using mask = typename lanes::mask;
  static constexpr index width = lanes::count;

 public:
  using element = T;
  static constexpr index rows = 8;
  static constexpr index columns = 3 * width;
  static constexpr bool masks_columns = true;  // op(B) can be read in place at any width
  static constexpr index pad = width;          // packed rows of B are padded to a multiple of this

  /// C[r, w] (+)= A[r, k] B[k, w] for r <= 8, w <= columns.
  static void tile(index r, index w, const product<T>& p) {
    const index vectors = (w + width - 1) / width;
    const auto tail = static_cast<mask>((1u << (w - (vectors - 1) * width)) - 1u);
    const bool adjacent = p.a_row == 1;
    product<T> q = p;
    for (index part = rows; r > 0; part /= 2) {
      if (r < part) continue;
      const std::size_t size = part == 8 ? 3 : part == 4 ? 2 : part == 2 ? 1 : 0;
      table[adjacent][size][static_cast<std::size_t>(vectors - 1)](q, tail);
      q.a += part * q.a_row;
      q.c += part * q.ldc;
      q.ahead = 0;
      r -= part;
    }
  }

  /// Columns [0, w) of the k rows of op(B), as rows of `padded(w)` elements.
  static void pack_b(transpose op, const T* b, index ldb, index k, index w, T* to) {
    op == transpose::yes ? pack_transposed(b, ldb, k, w, to) : pack_rows(b, ldb, k, w, to);
  }

  /// r <= 16 columns of A as stored, [k, m], as one or two panels [k][8].
  [[gnu::target("avx512f,avx512vl,fma")]] static void pack_a(const T* a, index lda, index k, index r, T* to) {
    if (r == 2 * rows) {
      for (index p = 0; p < k; ++p, a += lda, to += rows) {
        __builtin_prefetch(a + 16, 0, 2);
        for (index i = 0; i < rows; i += width) {
          if constexpr (width == rows) {
            lanes::save(to, lanes::load(a));
            lanes::save(to + k * rows, lanes::load(a + rows));
          } else {
            _mm256_storeu_ps(to, _mm256_loadu_ps(a));
            _mm256_storeu_ps(to + k * rows, _mm256_loadu_ps(a + rows));
          }
        }
      }
      return;
    }
    for (index p = 0; p < k; ++p, a += lda)
      for (index i = 0; i < r; ++i) to[(i / rows * k + p) * rows + i % rows] = a[i];
  }

 private:
  /// Where the rows of A begin: `adjacent` rows are neighbours in memory, others lie a_row apart and k runs along them.
  template <bool Adjacent>
  struct row_pointers {
    const T* first;
    const T* fifth;
    index one, three;
    template <std::size_t Row>
    [[gnu::always_inline]] const T* at(index step, index a_step) const {
      if constexpr (Adjacent) return first + step * a_step + Row;
      else return (Row >= 4 ? fifth : first) + (Row % 4 == 3 ? three : static_cast<index>(Row % 4) * one) + step;
    }
  };

  template <bool Adjacent, int V, std::size_t... I>
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void step(
      std::index_sequence<I...>, index u, const row_pointers<Adjacent>& a, index a_step, const T* b, mask tail,
      vector (&sum)[sizeof...(I)]) {
    vector row[static_cast<std::size_t>(V)];
    for (int j = 0; j < V - 1; ++j) row[j] = lanes::load(b + j * width);
    row[V - 1] = lanes::load(b + (V - 1) * width, tail);
    ((sum[I] = lanes::fma(lanes::broadcast(a.template at<I / V>(u, a_step)), row[I % V], sum[I])), ...);
  }

  template <bool Adjacent, int R, int V, std::size_t... I>
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void expand(std::index_sequence<I...> all,
                                                                               const product<T>& p, mask tail) {
    constexpr int last = V - 1;
    T* const __restrict c = p.c;
    const index ldc = p.ldc, a_step = p.a_step, b_step = p.b_step;
    for (int r = 0; r < R; ++r)
      for (int j = 0; j < V; ++j) __builtin_prefetch(c + r * ldc + j * width, 1, 2);
    vector sum[sizeof...(I)];
    if (p.overwrite) {
      ((sum[I] = lanes::zero()), ...);
    } else {
      ((sum[I] = I % V == last ? lanes::load(c + static_cast<index>(I / V) * ldc + last * width, tail)
                               : lanes::load(c + static_cast<index>(I / V) * ldc + static_cast<index>(I % V) * width)),
       ...);
    }
    row_pointers<Adjacent> a{p.a, p.a + 4 * p.a_row, p.a_row, 3 * p.a_row};
    const T* __restrict b = p.b;
    const T* ahead = p.next;
    index fetches = p.ahead, left = p.k;
    for (; left >= 4; left -= 4) {
      if (fetches > 0) {
        for (int j = 0; j < V; ++j) __builtin_prefetch(ahead + j * (64 / static_cast<index>(sizeof(T))), 0, 2);
        ahead += p.next_step;
        --fetches;
      }
      step<Adjacent, V>(all, 0, a, a_step, b, tail, sum);
      step<Adjacent, V>(all, 1, a, a_step, b + b_step, tail, sum);
      step<Adjacent, V>(all, 2, a, a_step, b + 2 * b_step, tail, sum);
      step<Adjacent, V>(all, 3, a, a_step, b + 3 * b_step, tail, sum);
      const index advance = Adjacent ? 4 * a_step : 4;
      a.first += advance;
      a.fifth += advance;
      b += 4 * b_step;
    }
    for (; left > 0; --left) {
      step<Adjacent, V>(all, 0, a, a_step, b, tail, sum);
      const index advance = Adjacent ? a_step : 1;
      a.first += advance;
      a.fifth += advance;
      b += b_step;
    }
    ((I % V == last ? lanes::save(c + static_cast<index>(I / V) * ldc + last * width, tail, sum[I])
                    : lanes::save(c + static_cast<index>(I / V) * ldc + static_cast<index>(I % V) * width, sum[I])),
     ...);
  }

  template <bool Adjacent, int R, int V>
  [[gnu::target("avx512f,fma"), gnu::noinline]] static void run(const product<T>& p, mask tail) {
    expand<Adjacent, R, V>(std::make_index_sequence<static_cast<std::size_t>(R * V)>{}, p, tail);
  }

  using entry = void (*)(const product<T>&, mask);
  template <bool Adjacent, int R>
  static constexpr std::array<entry, 3> widths = {&run<Adjacent, R, 1>, &run<Adjacent, R, 2>, &run<Adjacent, R, 3>};
  template <bool Adjacent>
  static constexpr std::array<std::array<entry, 3>, 4> heights = {widths<Adjacent, 1>, widths<Adjacent, 2>,
                                                                  widths<Adjacent, 4>, widths<Adjacent, 8>};
  static constexpr std::array<std::array<std::array<entry, 3>, 4>, 2> table = {heights<false>, heights<true>};

  [[gnu::target("avx512f,fma"), gnu::noinline]] static void pack_rows(const T* b, index ldb, index k, index w, T* to) {
    const index full = w / width;
    const auto tail = static_cast<mask>((1u << (w - full * width)) - 1u);
    for (index p = 0; p < k; ++p, b += ldb) {
      for (index j = 0; j < full; ++j, to += width) lanes::save(to, lanes::load(b + j * width));
      if (tail) {
        lanes::save(to, lanes::load(b + full * width, tail));
        to += width;
      }
    }
  }

  [[gnu::target("avx512f,fma"), gnu::noinline]] static void pack_transposed(const T* b, index ldb, index k, index w, T* to) {
    const index padded = (w + width - 1) / width * width;
    for (index j = 0; j < padded; j += width)
      for (index p = 0; p < k; p += width)
        transpose_square(b + j * ldb + p, ldb, std::min(width, w - j), std::min(width, k - p), to + p * padded + j, padded);
  }

  /// to[p][j] = from[j][p] for j < rows_, p < columns_ (at most a vector each); the missing j are zero.
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void transpose_square(
      const T* from, index step, index from_rows, index from_columns, T* to, index to_step) {
    const auto tail = static_cast<mask>((1u << from_columns) - 1u);
    const __m512i low = lanes::alternate(0), high = lanes::alternate(width / 2);
    vector r[64 / sizeof(T)];
    for (index i = 0; i < width; ++i) r[i] = i < from_rows ? lanes::load(from + i * step, tail) : lanes::zero();
    for (index stage = 1; stage < width; stage *= 2) {  // perfect shuffles: as many as it takes to move each row to a lane
      vector s[64 / sizeof(T)];
      for (index i = 0; i < width / 2; ++i) {
        s[2 * i] = lanes::interleave(r[i], r[i + width / 2], low);
        s[2 * i + 1] = lanes::interleave(r[i], r[i + width / 2], high);
      }
      for (index i = 0; i < width; ++i) r[i] = s[i];
    }
    for (index i = 0; i < width; ++i)
      if (i < from_columns) lanes::save(to + i * to_step, r[i]);
  }
};

}  // namespace cot::detail
