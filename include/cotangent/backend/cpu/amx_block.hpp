#pragma once
// A block of sums in the tiles of AMX: 16 or 32 rows by 16 or 32 columns in tiles 0 to 3, to which two tiles of a left
// factor and two of a right one are multiplied, so that each load serves two products.

#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/shape.hpp>

namespace cot::detail {

/// `Tiles` is the hardware (amx.hpp), or in the tests an emulation of it. Strides are in bytes.
template <class Tiles, bool Tall, bool Wide>
struct amx_block {
  static constexpr index half = 16, rows = Tall ? 32 : 16, columns = Wide ? 32 : 16;

  [[gnu::target("amx-tile,amx-bf16"), gnu::always_inline]] static inline void zero() {
    Tiles::template zero<0>();
    if constexpr (Wide) Tiles::template zero<1>();
    if constexpr (Tall) Tiles::template zero<2>();
    if constexpr (Tall && Wide) Tiles::template zero<3>();
  }
  [[gnu::target("amx-tile,amx-bf16"), gnu::always_inline]] static inline void load(const float* c, index stride) {
    Tiles::template load<0>(c, stride);
    if constexpr (Wide) Tiles::template load<1>(c + half, stride);
    if constexpr (Tall) Tiles::template load<2>(lower(c, stride), stride);
    if constexpr (Tall && Wide) Tiles::template load<3>(lower(c, stride) + half, stride);
  }
  [[gnu::target("amx-tile,amx-bf16"), gnu::always_inline]] static inline void save(float* c, index stride) {
    Tiles::template save<0>(c, stride);
    if constexpr (Wide) Tiles::template save<1>(c + half, stride);
    if constexpr (Tall) Tiles::template save<2>(lower(c, stride), stride);
    if constexpr (Tall && Wide) Tiles::template save<3>(lower(c, stride) + half, stride);
  }

  /// Adds the products of 32 neighbours in depth: `a` are rows of them, `b` and `b_right` 16 pairs each of 16 columns.
  /// With `Once`, b passes through the first-level cache and leaves there what is used more often.
  template <bool Once>
  [[gnu::target("amx-tile,amx-bf16"), gnu::always_inline]] static inline void multiply(
      const bfloat16* a, index a_stride, const bfloat16* b, const bfloat16* b_right, index b_stride) {
    read<6, Once>(b, b_stride);
    Tiles::template load<4>(a, a_stride);
    Tiles::template multiply<0, 4, 6>();
    if constexpr (Wide) {
      read<7, Once>(b_right, b_stride);
      Tiles::template multiply<1, 4, 7>();
    }
    if constexpr (Tall) {
      Tiles::template load<5>(lower(a, a_stride), a_stride);
      Tiles::template multiply<2, 5, 6>();
      if constexpr (Wide) Tiles::template multiply<3, 5, 7>();
    }
  }

 private:
  template <class E>
  [[gnu::always_inline]] static inline E* lower(E* x, index stride) {
    return x + half * stride / static_cast<index>(sizeof(E));
  }
  template <int T, bool Once>
  [[gnu::target("amx-tile,amx-bf16"), gnu::always_inline]] static inline void read(const bfloat16* from, index stride) {
    if constexpr (Once)
      Tiles::template load_once<T>(from, stride);
    else
      Tiles::template load<T>(from, stride);
  }
};

}  // namespace cot::detail
