#pragma once
// The number types of tensor files, and their conversion to the types that the library computes with.

#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/error.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace cot::io {

static_assert(std::endian::native == std::endian::little, "cotangent/io: a little-endian host is required");

/// In the order in which the safetensors writer sorts them, narrowest first. The enumerators are the format's names.
enum class number_type : std::uint8_t {
  BOOL,
  F4,
  F6_E2M3,
  F6_E3M2,
  U8,
  I8,
  F8_E5M2,
  F8_E4M3,
  F8_E8M0,
  F8_E4M3FNUZ,
  F8_E5M2FNUZ,
  I16,
  U16,
  F16,
  BF16,
  I32,
  U32,
  F32,
  C64,
  F64,
  I64,
  U64
};

struct number_type_traits {
  std::string_view name;
  unsigned bits;
};

/// Name and width of every number type, by the enumerator's value.
inline constexpr std::array<number_type_traits, 22> number_types{{
    {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
    {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
    {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
    {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64},
}};

[[nodiscard]] constexpr std::string_view name_of(number_type type) {
  return number_types[static_cast<std::size_t>(type)].name;
}
[[nodiscard]] constexpr unsigned bits_of(number_type type) { return number_types[static_cast<std::size_t>(type)].bits; }
[[nodiscard]] constexpr std::optional<number_type> number_type_named(std::string_view name) {
  for (std::size_t i = 0; i < number_types.size(); ++i) {
    if (number_types[i].name == name) return static_cast<number_type>(i);
  }
  return std::nullopt;
}

/// IEEE half precision as its bits: exact to float; from float to nearest, ties to even, overflow to infinity.
[[nodiscard]] inline float float_from_half(std::uint16_t half) noexcept {
  const std::uint32_t sign = std::uint32_t{half & 0x8000U} << 16;
  const std::uint32_t rest = half & 0x7FFFU;
  if (rest >= 0x7C00U) return std::bit_cast<float>(sign | 0x7F800000U | ((rest & 0x3FFU) << 13));
  // Below 2^-14 the half is subnormal: its bits count units of 2^-24.
  if (rest < 0x400U)
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(static_cast<float>(rest) * 0x1p-24F));
  return std::bit_cast<float>(sign | ((rest << 13) + 0x38000000U));
}
[[nodiscard]] inline std::uint16_t half_from_float(float value) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000U);
  const std::uint32_t rest = bits & 0x7FFFFFFFU;
  const auto made = [sign](std::uint32_t magnitude) { return static_cast<std::uint16_t>(sign | magnitude); };
  if (rest > 0x7F800000U) return made(0x7E00U | ((rest >> 13) & 0x3FFU));
  if (rest >= 0x477FF000U) return made(0x7C00U);  // 65520 and above
  if (rest < 0x38800000U) {                       // below 2^-14: adding 0.5 rounds to units of 2^-24
    return made(std::bit_cast<std::uint32_t>(std::bit_cast<float>(rest) + 0.5F) - 0x3F000000U);
  }
  return made((rest + 0xFFFU + ((rest >> 13) & 1U) - 0x38000000U) >> 13);
}

/// The number type of a C++ type that stores it. IEEE half has no C++ type here: name F16. BOOL is read as uint8_t.
template <class T>
[[nodiscard]] constexpr number_type number_type_of() {
  if constexpr (std::same_as<T, float>)
    return number_type::F32;
  else if constexpr (std::same_as<T, double>)
    return number_type::F64;
  else if constexpr (std::same_as<T, bfloat16>)
    return number_type::BF16;
  else if constexpr (std::same_as<T, std::int64_t>)
    return number_type::I64;
  else if constexpr (std::same_as<T, std::uint64_t>)
    return number_type::U64;
  else if constexpr (std::same_as<T, std::int32_t>)
    return number_type::I32;
  else if constexpr (std::same_as<T, std::uint32_t>)
    return number_type::U32;
  else if constexpr (std::same_as<T, std::int16_t>)
    return number_type::I16;
  else if constexpr (std::same_as<T, std::uint16_t>)
    return number_type::U16;
  else if constexpr (std::same_as<T, std::int8_t>)
    return number_type::I8;
  else {
    static_assert(std::same_as<T, std::uint8_t>, "cot::io: no number type of tensor files is stored as this type");
    return number_type::U8;
  }
}

/// Whether `convert_numbers` turns numbers of this type into T: every real type to float and double, the integers
/// and booleans to integers.
template <class T>
[[nodiscard]] constexpr bool convertible(number_type type) {
  switch (type) {
    case number_type::F64:
    case number_type::F32:
    case number_type::F16:
    case number_type::BF16: return !std::integral<T>;
    case number_type::BOOL:
    case number_type::I8:
    case number_type::U8:
    case number_type::I16:
    case number_type::U16:
    case number_type::I32:
    case number_type::U32:
    case number_type::I64:
    case number_type::U64: return true;
    default: return false;
  }
}

/// Converts `out.size()` little-endian numbers that start at `from`, which needs no alignment. Narrowing to float and
/// bfloat16 rounds to nearest. Returns the place of the first integer that does not fit T, else `out.size()`.
/// `convertible<T>(type)` must hold.
template <class T>
[[nodiscard]] std::size_t convert_numbers(number_type type, const std::byte* from, std::span<T> out) {
  const auto each = [&]<class Stored>(Stored, auto to_real) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      Stored stored;
      std::memcpy(&stored, from + i * sizeof stored, sizeof stored);
      if constexpr (std::integral<T>) {
        if constexpr (std::integral<Stored>) {
          if (!std::in_range<T>(stored)) return i;
          out[i] = static_cast<T>(stored);
        }
      } else {
        out[i] = static_cast<T>(to_real(stored));
      }
    }
    return out.size();
  };
  const auto same = [](auto stored) {
    if constexpr (std::integral<decltype(stored)> && !std::same_as<T, bfloat16>)
      return static_cast<T>(stored);
    else if constexpr (std::integral<decltype(stored)>)
      return static_cast<float>(stored);
    else
      return stored;
  };
  if (!out.empty() && type == number_type_of<T>()) {
    std::memcpy(out.data(), from, out.size() * sizeof(T));
    return out.size();
  }
  switch (type) {
    case number_type::F64: return each(double{}, same);
    case number_type::F32: return each(float{}, same);
    case number_type::F16: return each(std::uint16_t{}, float_from_half);
    case number_type::BF16: {
      return each(std::uint16_t{}, [](std::uint16_t bits) { return float{bfloat16::from_bits(bits)}; });
    }
    case number_type::BOOL: return each(std::uint8_t{}, [](std::uint8_t bit) { return bit != 0 ? 1.0F : 0.0F; });
    case number_type::I8: return each(std::int8_t{}, same);
    case number_type::U8: return each(std::uint8_t{}, same);
    case number_type::I16: return each(std::int16_t{}, same);
    case number_type::U16: return each(std::uint16_t{}, same);
    case number_type::I32: return each(std::int32_t{}, same);
    case number_type::U32: return each(std::uint32_t{}, same);
    case number_type::I64: return each(std::int64_t{}, same);
    case number_type::U64: return each(std::uint64_t{}, same);
    default: break;
  }
  throw option_error("convert_numbers", "type", "a type that converts", name_of(type));
}

}  // namespace cot::io
