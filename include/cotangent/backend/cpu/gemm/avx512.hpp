#pragma once
// The gemm kernel of AVX-512: a register tile of 8 rows by 3 vectors (8 x 48 float, 8 x 24 double) and the packing of
// its operands. 24 accumulators, 3 vectors of B and one broadcast of A leave 4 registers over; 24 fused multiply-adds
// need 11 loads, so that the two FMA ports are the bottleneck. B is read row by row, packed or in place (the last
// vector masked); A is read in place, 8 rows from four address registers, or packed with its rows adjacent.

#include <cotangent/backend/cpu/gemm/block.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <immintrin.h>

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
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector broadcast(const float* p) {
    return _mm512_set1_ps(*p);
  }
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
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static vector broadcast(const double* p) {
    return _mm512_set1_pd(*p);
  }
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

/// A square of numbers in registers. Everything is expanded: an array of vectors that a loop indexes lives in memory.
template <class T>
class square512 {
  using lanes = lanes512<T>;
  using vector = typename lanes::vector;
  static constexpr index width = lanes::count;

 public:
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void transpose(vector (&r)[64 / sizeof(T)]) {
    constexpr auto half = std::make_index_sequence<32 / sizeof(T)>{};
    shuffle(half, r);
    shuffle(half, r);
    shuffle(half, r);
    if constexpr (width == 16) shuffle(half, r);
  }

  /// The first `count` rows.
  template <std::size_t... At>
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void write(std::index_sequence<At...>,
                                                                              const vector (&r)[sizeof...(At)], T* to,
                                                                              index step, index count) {
    if (count == width)
      ((lanes::save(to + static_cast<index>(At) * step, r[At])), ...);
    else
      ((static_cast<index>(At) < count ? lanes::save(to + static_cast<index>(At) * step, r[At]) : void()), ...);
  }

 private:
  /// A perfect shuffle: rows i and i + width / 2 alternate in rows 2 i and 2 i + 1. Once for each bit of a lane's
  /// number moves every element (i, j) to (j, i).
  template <std::size_t... At>
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void shuffle(std::index_sequence<At...>,
                                                                                vector (&r)[2 * sizeof...(At)]) {
    const __m512i low = lanes::alternate(0), high = lanes::alternate(width / 2);
    vector s[2 * sizeof...(At)];
    ((s[2 * At] = lanes::interleave(r[At], r[At + sizeof...(At)], low),
      s[2 * At + 1] = lanes::interleave(r[At], r[At + sizeof...(At)], high)),
     ...);
    ((r[2 * At] = s[2 * At], r[2 * At + 1] = s[2 * At + 1]), ...);
  }
};

template <class T>
class kernel_avx512 {
  using lanes = lanes512<T>;
  using vector = typename lanes::vector;
  using mask = typename lanes::mask;
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
  static constexpr index rows = 8;
  static constexpr index columns = 3 * width;
  static constexpr bool masks_columns = true;  // op(B) can be read in place at any width
  static constexpr index pad = width;          // packed rows of B are padded to a multiple of this

  /// C[r, w] (+)= A[r, k] B[k, w] for r <= 8, w <= columns.
  static void tile(index r, index w, const product<T>& p) {
    const index vectors = (w + width - 1) / width;
    const auto tail = static_cast<mask>((1u << (w - (vectors - 1) * width)) - 1u);
    const bool adjacent = p.a_row == 1;
    if (r == rows) return table[adjacent][3][static_cast<std::size_t>(vectors - 1)](p, tail);
    product<T> q = p;
    for (index part = rows; r > 0; part /= 2) {
      if (r < part) continue;
      const std::size_t size = part == 8 ? 3 : part == 4 ? 2 : part == 2 ? 1 : 0;
      table[adjacent][size][static_cast<std::size_t>(vectors - 1)](q, tail);
      q.a += part * q.a_row;
      q.c += part * q.ldc;
      for (fetch& f : q.next) f = nothing;
      r -= part;
    }
  }

  /// k rows by n columns of op(B), as panels of `columns` columns, one after the other; the last padded to whole
  /// vectors.
  static void pack_b(transpose op, const T* b, index ldb, index k, index n, T* to) {
    if (op == transpose::no) return pack_rows(b, ldb, k, n, to);
    for (index x = 0; x < n; x += columns) pack_transposed(b + x * ldb, ldb, k, std::min(columns, n - x), to + x * k);
  }

  /// r <= 16 columns of A as stored, [k, m], as one or two panels [k][8].
  [[gnu::target("avx512f,avx512vl,fma")]] static void pack_a(transpose, const T* a, index lda, index k, index r,
                                                             T* to) {
    if (r == 2 * rows) {
      for (index p = 0; p < k; ++p, a += lda, to += rows) {
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
  /// Rows of A that are not adjacent are addressed from two registers, the first and the fifth row, by strides of one
  /// and three rows: more registers than that would spill. The loop is not unrolled: it has 35 instructions as it is.
  template <bool Adjacent, int R, int V, std::size_t... At>
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void expand(std::index_sequence<At...>,
                                                                               const product<T>& p, mask tail) {
    constexpr int last = V - 1;
    T* c = p.c;
    index ldc = p.ldc;
    const auto at = [&c, &ldc](std::size_t i)
                        COT_LAMBDA { return c + static_cast<index>(i / V) * ldc + static_cast<index>(i % V) * width; };
    vector sum[sizeof...(At)];
    if (p.overwrite) {
      ((sum[At] = lanes::zero()), ...);
    } else {
      ((sum[At] = At % V == last ? lanes::load(at(At), tail) : lanes::load(at(At))), ...);
    }
    const index one = p.a_row, three = 3 * p.a_row, a_step = Adjacent ? p.a_step : 1;
    const index b_step = p.b_step, b_ahead = p.b_ahead;
    const T* a = p.a;
    const T* fifth = p.a + 4 * p.a_row;
    const T* b = p.b;
    index done = 0;
    for (const fetch& f : p.next) {
      const index steps = std::min(f.count, p.k - done), advance = f.advance;
      const index* offset = f.offsets;
      for (index left = steps; left > 0; --left) {
        vector row[static_cast<std::size_t>(V)];
        for (int j = 0; j < last; ++j) row[j] = lanes::load(b + j * width);
        row[last] = lanes::load(b + last * width, tail);
        if (b_ahead != 0)
          for (int j = 0; j < V; ++j) __builtin_prefetch(b + b_ahead + j * width, 0, 3);
        ((sum[At] = lanes::fma(
              lanes::broadcast(Adjacent ? a + At / V
                                        : (At / V >= 4 ? fifth : a) +
                                              (At / V % 4 == 3 ? three : static_cast<index>(At / V % 4) * one)),
              row[At % V], sum[At])),
         ...);
        a += a_step;
        fifth += a_step;
        b += b_step;
        __builtin_prefetch(static_cast<const char*>(f.base) + *offset, 0, 2);
        offset += advance;
      }
      done += steps;
    }
    __asm__("" : "+r"(c), "+r"(ldc));  // addresses of C are computed anew, not kept on the stack meanwhile
    ((At % V == last ? lanes::save(at(At), tail, sum[At]) : lanes::save(at(At), sum[At])), ...);
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

  [[gnu::target("avx512f,fma"), gnu::noinline]] static void pack_rows(const T* b, index ldb, index k, index n, T* to) {
    const index full = n / columns, rest = n - full * columns, vectors = rest / width;
    const auto tail = static_cast<mask>((1u << (rest - vectors * width)) - 1u);
    const index last_step = round_up(rest, width);
    for (index p = 0; p < k; ++p, b += ldb) {
      const T* from = b;
      T* panel = to + p * columns;
      for (index x = 0; x < full; ++x, from += columns, panel += k * columns)
        for (index j = 0; j < columns; j += width) lanes::save(panel + j, lanes::load(from + j));
      if (rest == 0) continue;
      panel = to + full * columns * k + p * last_step;
      for (index j = 0; j < vectors; ++j) lanes::save(panel + j * width, lanes::load(from + j * width));
      if (tail) lanes::save(panel + vectors * width, lanes::load(from + vectors * width, tail));
    }
  }

  [[gnu::target("avx512f,fma"), gnu::noinline]] static void pack_transposed(const T* b, index ldb, index k, index w,
                                                                            T* to) {
    const index padded = (w + width - 1) / width * width;
    for (index j = 0; j < padded; j += width)
      for (index p = 0; p < k; p += width)
        transpose_square(b + j * ldb + p, ldb, std::min(width, w - j), std::min(width, k - p), to + p * padded + j,
                         padded);
  }

  /// to[p][j] = from[j][p] for j < from_rows, p < from_columns (at most a vector each); the missing j are zero.
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void transpose_square(const T* from, index step,
                                                                                         index from_rows,
                                                                                         index from_columns, T* to,
                                                                                         index to_step) {
    vector r[64 / sizeof(T)];
    read_rows(std::make_index_sequence<64 / sizeof(T)>{}, r, from, step, from_rows,
              static_cast<mask>((1u << from_columns) - 1u));
    square512<T>::transpose(r);
    square512<T>::write(std::make_index_sequence<64 / sizeof(T)>{}, r, to, to_step, from_columns);
  }

  /// Those that exist, and zeros; the rows after them are fetched.
  template <std::size_t... At>
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void read_rows(std::index_sequence<At...>,
                                                                                  vector (&r)[sizeof...(At)],
                                                                                  const T* from, index step,
                                                                                  index count, mask tail) {
    if (count == width) {
      ((r[At] = lanes::load(from + static_cast<index>(At) * step, tail)), ...);
      (__builtin_prefetch(from + static_cast<index>(At + width) * step, 0, 2), ...);
    } else {
      ((r[At] =
            static_cast<index>(At) < count ? lanes::load(from + static_cast<index>(At) * step, tail) : lanes::zero()),
       ...);
    }
  }
};

}  // namespace cot::detail
