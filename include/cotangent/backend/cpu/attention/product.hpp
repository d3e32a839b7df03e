#pragma once
// C = A B for the five products of attention, forward and backward: the columns of B and C are lanes, the elements of A
// are broadcast from where they lie. Small sizes are the common case, so a tile exists for every number of rows.

#include <cotangent/backend/cpu/attention/lanes.hpp>
#include <cotangent/backend/cpu/attention/levels.hpp>

#include <array>
#include <utility>

namespace cot::cpu_attention {

/// How the element of A in row r and depth k is stored: at a[r * stride + k], or at a[k * stride + r].
enum class stored { by_rows, by_depth };

/// C[m, n] = A[m, depth] B[depth, n], or C += (`add`), then row r times row_factor[r] where given.
template <class A>
struct product_operands {
  const A* a;
  index a_stride;
  const A* b;
  index b_stride;
  A* c;
  index c_stride;
  index depth;
  const A* row_factor = nullptr;
  bool add = false;
};

/// A tile of R rows and C registers of columns. Each element is one chain of multiply-adds in ascending depth.
template <class A, int R, int C, stored S>
struct product_tile {
  template <class Level>
  COT_FN static void apply(const product_operands<A>* operands) {
    constexpr int W = Level::template width<A>;
    using number = lanes<A, W>;
    const product_operands<A> o = *operands;
    registers<number, R * C> sum;
    if (o.add) {
      unroll<R * C>([&](auto i) COT_LAMBDA { sum[i] = number::load(o.c + (i / C) * o.c_stride + (i % C) * W); });
    } else {
      unroll<R * C>([&](auto i) COT_LAMBDA { sum[i] = number::fill(A{0}); });
    }
    if constexpr (S == stored::by_rows) {
      constexpr int groups = (R + 3) / 4;  // four rows share a pointer: base + {0, 1, 2, 3} strides
      registers<const A*, groups> group;
      unroll<groups>([&](auto g) COT_LAMBDA { group[g] = o.a + 4 * g * o.a_stride; });
      const index stride = o.a_stride, stride3 = 3 * o.a_stride;
      const A* b = o.b;
      for (index k = o.depth; k > 0; --k) {
        registers<number, C> column;
        unroll<C>([&](auto c) COT_LAMBDA { column[c] = number::load(b + c * W); });
        unroll<R>([&](auto r) COT_LAMBDA {
          constexpr int within = r % 4;
          const A* at = group[r / 4];
          const A x = within == 0 ? at[0] : within == 1 ? at[stride] : within == 2 ? at[2 * stride] : at[stride3];
          unroll<C>([&](auto c) COT_LAMBDA { sum[r * C + c] = multiply_add(x, column[c], sum[r * C + c]); });
        });
        unroll<groups>([&](auto g) COT_LAMBDA { ++group[g]; });
        b += o.b_stride;
      }
    } else {
      const A *a = o.a, *b = o.b;
      for (index k = o.depth; k > 0; --k) {
        registers<number, C> column;
        unroll<C>([&](auto c) COT_LAMBDA { column[c] = number::load(b + c * W); });
        unroll<R>([&](auto r) COT_LAMBDA {
          unroll<C>([&](auto c) COT_LAMBDA { sum[r * C + c] = multiply_add(a[r], column[c], sum[r * C + c]); });
        });
        a += o.a_stride;
        b += o.b_stride;
      }
    }
    if (o.row_factor != nullptr) {
      unroll<R * C>([&](auto i) COT_LAMBDA { sum[i] = sum[i] * number::fill(o.row_factor[i / C]); });
    }
    unroll<R * C>([&](auto i) COT_LAMBDA { sum[i].store(o.c + (i / C) * o.c_stride + (i % C) * W); });
  }
};

/// The tiles of 1, 2, ... rows.
template <class Level, class A, int C, stored S>
inline constexpr auto product_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  return std::array{&Level::template run<product_tile<A, R + 1, C, S>, const product_operands<A>*>...};
}(std::make_integer_sequence<int, Level::template rows<A>(C)>{});

template <class Level, class A, int C, stored S>
void product_columns(index m, product_operands<A> o) {
  constexpr index most = Level::template rows<A>(C);
  const index tiles = (m + most - 1) / most;  // of equal height, give or take a row
  for (index tile = 0, row = 0; tile < tiles; ++tile) {
    const index rows = (m - row + (tiles - tile) - 1) / (tiles - tile);
    product_tiles<Level, A, C, S>[static_cast<std::size_t>(rows - 1)](&o);
    row += rows;
    o.a += rows * (S == stored::by_rows ? o.a_stride : 1);
    o.c += rows * o.c_stride;
    if (o.row_factor != nullptr) o.row_factor += rows;
  }
}

/// n is a multiple of the level's width; nothing outside the m rows of A and C and the `depth` rows of B is touched.
template <class Level, stored S, class A>
void product(index m, index n, product_operands<A> o) {
  constexpr index W = Level::template width<A>;
  index column = 0;
  for (; column + 2 * W <= n; column += 2 * W) {
    product_columns<Level, A, 2, S>(m, o);
    o.b += 2 * W;
    o.c += 2 * W;
  }
  if (column < n) product_columns<Level, A, 1, S>(m, o);
}

}  // namespace cot::cpu_attention
