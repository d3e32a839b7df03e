#pragma once
// `bfloat16`: the upper half of an IEEE single-precision number, as a storage type.

#include <cotangent/core/annotation.hpp>

#include <cstdint>

namespace cot {

/// 1 sign, 8 exponent and 7 fraction bits. It stores; arithmetic happens in float. Rounding is to nearest, ties to
/// even; a NaN stays a (quiet) NaN. The same bits on every host and device.
struct bfloat16 {
  std::uint16_t bits = 0;

  bfloat16() = default;
  COT_FN explicit bfloat16(float value) : bits(round(value)) {}
  COT_FN explicit bfloat16(double value) : bits(round(static_cast<float>(value))) {}

  COT_FN operator float() const {
    const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
    float value;
    __builtin_memcpy(&value, &wide, sizeof value);
    return value;
  }

  [[nodiscard]] COT_FN static bfloat16 from_bits(std::uint16_t bits) {
    bfloat16 value;
    value.bits = bits;
    return value;
  }

 private:
  COT_FN static std::uint16_t round(float value) {
    std::uint32_t wide;
    __builtin_memcpy(&wide, &value, sizeof wide);
    if ((wide & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((wide >> 16) | 0x40u);
    return static_cast<std::uint16_t>((wide + 0x7fffu + ((wide >> 16) & 1u)) >> 16);
  }
};
static_assert(sizeof(bfloat16) == 2);

}  // namespace cot
