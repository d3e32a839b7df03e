#pragma once
// C = A B for the five products of attention, forward and backward: the columns of B and C are lanes, the elements of A
// are broadcast from where they lie. Small sizes are the common case, so a tile exists for every number of rows.
//
// Where E is bfloat16, a step of depth is a pair of neighbours: an element of A or B is then two in a row, strides
// still count single ones, and depth counts steps.

#include <cotangent/backend/cpu/attention/levels.hpp>
#include <cotangent/backend/cpu/attention/registers.hpp>

#include <array>
#include <type_traits>
#include <utility>

namespace cot::cpu_attention {

/// How the element of A in row r and step k is stored: at a[r * stride + k], or at a[k * stride + r].
enum class stored { by_rows, by_depth };

/// C[m, n] = A[m, depth] B[depth, n], then row r times row_factor[r] where given, then plus the old C when `add`.
template <class E, class A>
struct product_operands {
  const E* a;
  index a_stride;
  const E* b;
  index b_stride;
  A* c;
  index c_stride;
  index depth = 0;
  const A* row_factor = nullptr;
  bool add = false;
};

/// Where the element (r, k) of A is found for the k of this moment. Four rows share a pointer, base + {0, 1, 2, 3}
/// strides: twelve rows cost five address registers.
template <class E, stored S, int R>
struct row_elements {
  static constexpr int groups = S == stored::by_rows ? (R + 3) / 4 : 1;
  registers<const E*, groups> group;
  index stride, stride3;

  COT_FN row_elements(const E* a, index a_stride) : stride(a_stride), stride3(3 * a_stride) {
    unroll<groups>([&](auto g) COT_LAMBDA { group[g] = a + 4 * g * a_stride; });
    __asm__("" : "+r"(stride3));  // a register of its own, not a sum before every use
  }
  template <int Row>
  [[nodiscard]] COT_FN const E* at() const {
    if constexpr (S == stored::by_depth)
      return group[0] + Row * neighbours<E>;
    else if constexpr (Row % 4 == 3)
      return group[Row / 4] + stride3;
    else
      return group[Row / 4] + Row % 4 * stride;
  }
  COT_FN void advance() {
    unroll<groups>([&](auto g) COT_LAMBDA {
      group[g] += S == stored::by_depth ? stride : neighbours<E>;
      __asm__("" : "+r"(group[g]));  // g++ would keep four pointers in one SIMD register, and in memory for every use
    });
  }
};

/// The end of a tile of C registers of columns: its sums to rows of C.
template <int C, class Sums, class A, int... At>
COT_FN inline void finish_tile(Sums& sum, A* const c, index c_stride, const A* row_factor, bool add,
                               std::integer_sequence<int, At...>) {
  using number = std::remove_reference_t<decltype(sum.item[0])>;
  constexpr int W = sizeof(number) / sizeof(A);
  if (row_factor != nullptr) ((sum.item[At] = sum.item[At] * number::broadcast(row_factor[At / C])), ...);
  A* row = c;
  if (add) {
    ((sum.item[At] = sum.item[At] + number::load(row + At % C * W), row += At % C == C - 1 ? c_stride : 0), ...);
    row = c;
  }
  ((sum.item[At].save(row + At % C * W), row += At % C == C - 1 ? c_stride : 0), ...);
}

/// A tile of R rows and C registers of columns. Each sum is one chain of multiply-adds in ascending depth. (Folds over
/// index sequences, because g++ keeps accumulators in registers only when their indices are constants from the start.)
template <class A, int R, int C, stored S>
struct product_tile {
  template <class Level>
  COT_FN static void apply(const A* a, index a_stride, const A* b, index b_stride, A* c, index c_stride, index depth,
                           const A* row_factor, bool add) {
    accumulate<Level>(row_elements<A, S, R>(a, a_stride), b, b_stride, c, c_stride, depth, row_factor, add,
                      std::make_integer_sequence<int, R * C>{}, std::make_integer_sequence<int, C>{});
  }

 private:
  template <class Level, int... At, int... J>
  COT_FN static void accumulate(row_elements<A, S, R> a, const A* b, index b_stride, A* c, index c_stride, index depth,
                                const A* row_factor, bool add, std::integer_sequence<int, At...> all,
                                std::integer_sequence<int, J...>) {
    constexpr int W = Level::template width<A>;
    using number = lanes<A, W>;
    registers<number, R * C> sum;
    ((sum.item[At] = number::fill(0)), ...);
    for (index k = depth; k > 0; --k) {
      registers<number, C> column;
      ((column.item[J] = number::load(b + J * W)), ...);
      ((sum.item[At] = fma(*a.template at<At / C>(), column.item[At % C], sum.item[At])), ...);
      a.advance();
      b += b_stride;
    }
    finish_tile<C>(sum, c, c_stride, row_factor, add, all);
  }
};

/// The same of pairs of bfloat16, 32 products an instruction: attention/product_bf16.hpp.
template <int R, int C, stored S>
struct product_tile_bf16;

template <class E, class A>
using product_entry = void (*)(const E*, index, const E*, index, A*, index, index, const A*, bool);

/// The tiles of 1, 2, ... rows.
template <class Level, class E, class A, int C, stored S>
inline constexpr auto product_tiles = []<int... R>(std::integer_sequence<int, R...>) {
  if constexpr (std::is_same_v<E, bfloat16>)
    return std::array<product_entry<E, A>, sizeof...(R)>{&product_tile_bf16<R + 1, C, S>::run...};
  else
    return std::array<product_entry<E, A>, sizeof...(R)>{
        &Level::template run<product_tile<A, R + 1, C, S>, const A*, index, const A*, index, A*, index, index, const A*,
                             bool>...};
}(std::make_integer_sequence<int, Level::template rows<A>(C)>{});

/// C registers of columns, from `column` on. (Operands travel as scalars: copies of the aggregate would be read before
/// its stores can be forwarded.)
template <class Level, class E, class A, int C, stored S>
COT_FN inline void product_columns(index m, index column, const product_operands<E, A>& o) {
  constexpr auto most = static_cast<unsigned>(Level::template rows<A>(C));
  const auto rows = static_cast<unsigned>(m);
  const unsigned tiles = (rows + most - 1) / most;  // of equal height, give or take a row
  const unsigned low = tiles <= 1 ? rows : rows / tiles, higher = rows - low * tiles;
  const E *a = o.a, *b = o.b + column * neighbours<E>;
  const A* factor = o.row_factor;
  A* c = o.c + column;
  for (unsigned tile = 0; tile < tiles; ++tile) {
    const unsigned height = low + (tile < higher ? 1 : 0);
    product_tiles<Level, E, A, C, S>[height - 1](a, o.a_stride, b, o.b_stride, c, o.c_stride, o.depth, factor, o.add);
    a += S == stored::by_rows ? height * o.a_stride : height * neighbours<E>;
    c += height * o.c_stride;
    if (factor != nullptr) factor += height;
  }
}

/// The products of bfloat16 by AMX: attention/product_amx.hpp.
template <class Tiles>
struct tile_product;

/// n is a multiple of the level's width; nothing outside the m rows of A and C and the `depth` rows of B is touched, up
/// to rows_at_once and depth_at_once.
template <class Level, stored S, class E, class A>
COT_FN inline void product(index m, index n, const product_operands<E, A>& o) {
  if constexpr (Level::has_tiles) {
    static_assert(S == stored::by_rows, "tiles read their left factor by rows");
    tile_product<typename Level::tiles>::run(m, n, o);
  } else {
    constexpr index W = Level::template width<A>;
    index column = 0;
    for (; column + 2 * W <= n; column += 2 * W) product_columns<Level, E, A, 2, S>(m, column, o);
    if (column < n) product_columns<Level, E, A, 1, S>(m, column, o);
  }
}

}  // namespace cot::cpu_attention
