#pragma once
// The products of attention on the tiles of AMX: 32 x 32 results in four tiles, fed by two of each factor. Left factors
// are read where they lie, 16 rows of 32 neighbours in depth a tile; right ones as steps of pairs, 16 steps of 16
// columns a tile. `Tiles` is the hardware (backend/cpu/amx.hpp), or in the tests an emulation of it.

#include <cotangent/backend/cpu/amx_block.hpp>
#include <cotangent/backend/cpu/attention/product.hpp>

#if defined(__x86_64__)
namespace cot::cpu_attention {

/// Row i times factor[i]; columns is a multiple of W.
struct scale_rows {
  template <class Level>
  COT_FN static void apply(float* rows, index stride, index count, index columns, const float* factor) {
    constexpr int W = Level::template width<float>;
    using number = lanes<float, W>;
    for (index i = 0; i < count; ++i, rows += stride) {
      const number by = number::broadcast(factor[i]);
      for (index c = 0; c < columns; c += W) (number::load(rows + c) * by).save(rows + c);
    }
  }
};

template <class Tiles>
struct tile_product {
  static void run(index m, index n, const product_operands<bfloat16, float>& o) {
    for (index i = 0; i < m; i += block)
      for (index j = 0; j < n; j += block) {
        const bool tall = m - i > half, wide = n - j > half;
        const auto multiply = tall ? (wide ? multiply_tiles<true, true> : multiply_tiles<true, false>)
                                   : (wide ? multiply_tiles<false, true> : multiply_tiles<false, false>);
        multiply({o.a + i * o.a_stride, o.a_stride}, {o.b + 2 * j, o.b_stride}, o.depth, o.c + i * o.c_stride + j,
                 o.c_stride, o.add);
      }
    if (o.row_factor != nullptr) avx512_level::run<scale_rows>(o.c, o.c_stride, m, n, o.row_factor);
  }

 private:
  static constexpr index half = 16, block = 32;

  struct source {
    const bfloat16* data;
    index stride;
  };

  template <bool Tall, bool Wide>
  [[gnu::target("amx-tile,amx-bf16"), gnu::noinline]] static void multiply_tiles(source left, source right, index depth,
                                                                                 float* c, index c_stride, bool add) {
    using sums = detail::amx_block<Tiles, Tall, Wide>;
    const index left_bytes = 2 * left.stride, right_bytes = 2 * right.stride, c_bytes = 4 * c_stride;
    add ? sums::load(c, c_bytes) : sums::zero();
    for (index step = 0; step < depth; step += half, left.data += 2 * half, right.data += half * right.stride)
      sums::template multiply<false>(left.data, left_bytes, right.data, right.data + 2 * half, right_bytes);
    sums::save(c, c_bytes);
  }
};

}  // namespace cot::cpu_attention
#endif
