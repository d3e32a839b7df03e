#pragma once
// Inner products of many double vectors with many, on one thread: the work behind Gram matrices, covariances and
// pairwise distances. Fast at plain -O2: the kernel is compiled for each instruction set and chosen at run time.

#include <cotangent/backend/cpu/isa.hpp>
#include <cotangent/core/annotation.hpp>
#include <cotangent/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cot::linalg {

/// sum_j a_j b_j, as eight interleaved partial sums: fast and accurate without the compiler's leave to reorder.
[[nodiscard]] inline double inner_product(const double* a, const double* b, index length) {
  double part[8] = {};
  index j = 0;
  for (; j + 8 <= length; j += 8)
    for (index k = 0; k < 8; ++k) part[k] += a[j + k] * b[j + k];
  for (; j < length; ++j) part[0] += a[j] * b[j];
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

/// Vectors in groups of 16, each group interleaved: element e of vector v lies at [v / 16][e][v % 16]. The last group
/// is filled up with zeros.
struct packed_vectors {
  static constexpr index group = 16;
  static constexpr index chunk = 128;  // elements of a group at a time: two such chunks lie in the first cache

  packed_vectors() = default;

  /// Element e of vector v is read from data[v * vector_stride + e * element_stride].
  packed_vectors(const double* data, index count, index length, index vector_stride, index element_stride)
      : count_(count), length_(length), values_(static_cast<std::size_t>(groups() * length * group)) {
    for (index g = 0; g < groups(); ++g) {
      double* to = values_.data() + g * length * group;
      const double* from = data + g * group * vector_stride;
      const index members = std::min(group, count - g * group);
      if (vector_stride == 1) {
        for (index e = 0; e < length; ++e, to += group, from += element_stride) std::copy_n(from, members, to);
      } else {
        for (index first = 0; first < length; first += chunk)
          for (index v = 0; v < members; ++v)
            for (index e = first; e < std::min(first + chunk, length); ++e)
              to[e * group + v] = from[v * vector_stride + e * element_stride];
      }
    }
  }

  [[nodiscard]] index count() const { return count_; }
  [[nodiscard]] index length() const { return length_; }
  [[nodiscard]] index groups() const { return (count_ + group - 1) / group; }
  [[nodiscard]] const double* of_group(index g) const { return values_.data() + g * length_ * group; }

 private:
  index count_ = 0;
  index length_ = 0;
  std::vector<double> values_;
};

namespace detail {

/// Rows x Columns inner products: c[r][s] += sum_e a[e][r] b[e][s], ascending e, all three with a row of 16.
template <int Width, int Rows, int Columns>
COT_FN inline void inner_product_tile(const double* a, const double* b, index length, double* c) {
  typedef double pack __attribute__((vector_size(Width * sizeof(double)), aligned(sizeof(double)), may_alias));
  constexpr int packs = Columns / Width;
  const auto unrolled = [&]<int... At>(std::integer_sequence<int, At...>) COT_LAMBDA {
    pack sum[static_cast<unsigned>(Rows * packs)] = {
        *reinterpret_cast<const pack*>(c + At / packs * packed_vectors::group + At % packs * Width)...};
    for (index e = 0; e < length; ++e, a += packed_vectors::group, b += packed_vectors::group)
      ((sum[At] += a[At / packs] * *reinterpret_cast<const pack*>(b + At % packs * Width)), ...);
    ((*reinterpret_cast<pack*>(c + At / packs * packed_vectors::group + At % packs * Width) = sum[At]), ...);
  };
  unrolled(std::make_integer_sequence<int, Rows * packs>{});
}

template <int Width, int Rows, int Columns>
COT_FN inline void inner_product_block(const double* a, const double* b, index length, double* c) {
  constexpr index group = packed_vectors::group, chunk = packed_vectors::chunk;
  for (index i = 0; i < group * group; ++i) c[i] = 0;
  for (index e = 0; e < length; e += chunk)
    for (index r = 0; r < group; r += Rows)
      for (index s = 0; s < group; s += Columns)
        inner_product_tile<Width, Rows, Columns>(a + e * group + r, b + e * group + s, std::min(chunk, length - e),
                                                 c + r * group + s);
}

inline void inner_products_portable(const double* a, const double* b, index length, double* c) {
  inner_product_block<2, 4, 4>(a, b, length, c);
}
#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) inline void inner_products_avx2(const double* a, const double* b, index length,
                                                                    double* c) {
  inner_product_block<4, 4, 8>(a, b, length, c);
}
__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))) inline void inner_products_avx512(const double* a,
                                                                                                    const double* b,
                                                                                                    index length,
                                                                                                    double* c) {
  inner_product_block<8, 8, 16>(a, b, length, c);
}
#endif

}  // namespace detail

/// c[16][16] = the inner products of 16 vectors with 16: a function chosen once a computation.
using inner_products_16 = void (*)(const double* a, const double* b, index length, double* c);

/// The widest kernel up to `level`; by default the machine's, capped by COTANGENT_ISA.
[[nodiscard]] inline inner_products_16 choose_inner_products(isa level = isa_from_environment()) {
#if defined(__x86_64__)
  if (level >= isa::avx512) return detail::inner_products_avx512;
  if (level >= isa::avx2) return detail::inner_products_avx2;
#endif
  return static_cast<void>(level), detail::inner_products_portable;
}

/// Calls f(first row, first column, block) for every 16 x 16 block of the inner products of a's vectors with b's;
/// `block` is const double[16][16] and holds zeros beyond the last vector. With `a` and `b` the same object, only
/// blocks on and below the diagonal come.
template <class F>
void for_inner_products(const packed_vectors& a, const packed_vectors& b, F&& f) {
  const inner_products_16 products = choose_inner_products();
  constexpr index group = packed_vectors::group;
  alignas(64) double block[group * group];
  constexpr index band = 8;  // groups of a that stay in the second cache while all of b passes by
  for (index first = 0; first < a.groups(); first += band) {
    const index last = std::min(first + band, a.groups());
    for (index j = 0; j < (&a == &b ? last : b.groups()); ++j)
      for (index i = &a == &b ? std::max(first, j) : first; i < last; ++i) {
        products(a.of_group(i), b.of_group(j), a.length(), block);
        f(i * group, j * group, static_cast<const double*>(block));
      }
  }
}

/// c += the Gram matrix of the packed vectors; c is row-major [count, count], both triangles.
inline void add_gram(const packed_vectors& vectors, double* c) {
  const index n = vectors.count();
  constexpr index group = packed_vectors::group;
  for_inner_products(vectors, vectors, [&](index row, index column, const double* block) {
    for (index i = 0; i < group && row + i < n; ++i)
      for (index j = 0; j < group && column + j < n; ++j) {
        if (column + j > row + i) break;
        const double product = block[i * group + j];
        c[(row + i) * n + column + j] += product;
        if (row + i != column + j) c[(column + j) * n + row + i] += product;
      }
  });
}

}  // namespace cot::linalg
