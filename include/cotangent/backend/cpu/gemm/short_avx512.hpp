#pragma once
// The gemm kernel of AVX-512 for a short k (LoRA's second factor): 8 rows of B, 3 vectors wide, stay in 24 registers
// while up to 16 rows of A pass by, each with 3 vectors of sums; a longer k takes several passes over rows of C that
// lie in L1. The general tile of 8 rows by 3 vectors would spend half of its time on being entered and left.

#include <cotangent/backend/cpu/gemm/avx512.hpp>

#include <array>
#include <cstddef>
#include <utility>

#include <immintrin.h>

namespace cot::detail {

template <class T>
class kernel_short_avx512 : public kernel_avx512<T> {
  using base = kernel_avx512<T>;
  using lanes = lanes512<T>;
  using vector = typename lanes::vector;
  using mask = typename lanes::mask;
  static constexpr index width = lanes::count;
  static constexpr index depth = 8;  // rows of B in registers

 public:
  static constexpr index rows = 32;

  [[nodiscard]] static bool suits(index k) { return k > 0 && k <= 4 * depth && k % depth == 0; }

  /// C[r, w] (+)= A[r, k] B[k, w] for r <= rows, w <= columns, A stored as rows.
  static void tile(index r, index w, const product<T>& p) {
    const index vectors = (w + width - 1) / width;
    const auto tail = static_cast<mask>((1u << (w - (vectors - 1) * width)) - 1u);
    for (index at = 0; at < p.k; at += depth) pass[static_cast<std::size_t>(vectors - 1)](r, p, at, tail);
  }

 private:
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline vector read(const T* from, bool last, mask tail) {
    return last ? lanes::load(from, tail) : lanes::load(from);
  }
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void write(T* to, bool last, mask tail, vector v) {
    last ? lanes::save(to, tail, v) : lanes::save(to, v);
  }

  /// Rows at .. at + depth of B.
  template <std::size_t... Vector, std::size_t... At>
  [[gnu::target("avx512f,fma"), gnu::always_inline]] static inline void expand(std::index_sequence<Vector...>,
                                                                               std::index_sequence<At...>, index r,
                                                                               const product<T>& p, index at,
                                                                               mask tail) {
    constexpr std::size_t count = sizeof...(Vector), last = count - 1;
    const auto offset = [](std::size_t v) { return static_cast<index>(v) * width; };
    const auto row_of_b = [&](std::size_t i) { return p.b + (at + static_cast<index>(i)) * p.b_step; };
    const vector b[] = {read(row_of_b(At / count) + offset(At % count), At % count == last, tail)...};
    const T* a = p.a + at;
    T* c = p.c;
    const index a_row = p.a_row, ldc = p.ldc;
    const bool overwrite = p.overwrite && at == 0;
    for (; r > 0; --r, a += a_row, c += ldc) {
      vector sum[count];
      ((sum[Vector] = overwrite ? lanes::zero() : read(c + offset(Vector), Vector == last, tail)), ...);
      ((sum[At % count] = lanes::fma(lanes::broadcast(a + At / count), b[At], sum[At % count])), ...);
      (write(c + offset(Vector), Vector == last, tail, sum[Vector]), ...);
    }
  }

  template <std::size_t Vectors>
  [[gnu::target("avx512f,fma"), gnu::noinline]] static void run(index r, const product<T>& p, index at, mask tail) {
    expand(std::make_index_sequence<Vectors>{}, std::make_index_sequence<depth * Vectors>{}, r, p, at, tail);
  }
  static constexpr std::array<void (*)(index, const product<T>&, index, mask), 3> pass = {&run<1>, &run<2>, &run<3>};
};

}  // namespace cot::detail
