#pragma once
// Loading and storing packs: float, double and bfloat16 in memory, widened to the pack's number and rounded back.

#include <cotangent/kernel/pack.hpp>

#include <cstdint>

#if defined(__x86_64__) && !defined(__clang__) && !defined(__CUDA_ARCH__)
#define COT_WHOLE_CONVERSIONS 1  // g++ 12 converts a vector half by half, and puts the halves together
#endif

namespace cot {

namespace detail {
template <int Lanes>
struct bfloat16_vectors {
  typedef std::uint16_t narrow __attribute__((vector_size(sizeof(std::uint16_t) * Lanes)));
  typedef std::uint32_t wide __attribute__((vector_size(sizeof(std::uint32_t) * Lanes)));
};
/// Four lanes in another order.
template <int... From, class T>
COT_FN inline pack<T, 4> swapped(const pack<T, 4>& x) {
#if __has_builtin(__builtin_shufflevector) && !defined(__CUDACC__)
  return pack<T, 4>::of(__builtin_shufflevector(x.lanes, x.lanes, From...));
#else
  const T lanes[] = {T(x.lanes[From])...};
  pack<T, 4> y;
  __builtin_memcpy(&y.lanes, lanes, sizeof y.lanes);
  return y;
#endif
}
template <class Number>
inline constexpr bool is_pack = false;
template <class T, int Lanes>
inline constexpr bool is_pack<pack<T, Lanes>> = true;
}  // namespace detail

/// lanes_of<Number> consecutive elements, at any alignment.
template <class Number, class E>
  requires(detail::is_pack<Number>)
[[nodiscard]] COT_FN inline Number load(const E* from) {
  constexpr int lanes = lanes_of<Number>;
  using T = scalar_of<Number>;
  if constexpr (std::is_same_v<E, T>) {
    Number x;
    __builtin_memcpy(&x.lanes, from, sizeof x.lanes);
    return x;
  } else if constexpr (std::is_same_v<E, bfloat16> && std::is_same_v<T, float>) {
    using vectors = detail::bfloat16_vectors<lanes>;
    typename vectors::wide wide;
#if defined(COT_WHOLE_CONVERSIONS)
    if constexpr (lanes >= 8) {
      __asm__("vpmovzxwd %1, %0" : "=v"(wide) : "m"(*reinterpret_cast<const bfloat16(*)[unsigned(lanes)]>(from)));
    } else
#endif
    {
      typename vectors::narrow bits;
      __builtin_memcpy(&bits, from, sizeof bits);
      wide = __builtin_convertvector(bits, typename vectors::wide);
    }
    wide <<= 16;
    Number x;
    __builtin_memcpy(&x.lanes, &wide, sizeof wide);
    return x;
  } else {
    Number x;
    for (int i = 0; i < lanes; ++i) x.lanes[i] = load<T>(from + i);
    return x;
  }
}

/// Stores all lanes; to bfloat16 with rounding to nearest, ties to even, NaN to a quiet NaN (as bfloat16 itself does).
template <class E, class Number>
  requires(detail::is_pack<Number>)
COT_FN inline void save(E* to, const Number& x) {
  constexpr int lanes = lanes_of<Number>;
  using T = scalar_of<Number>;
  if constexpr (std::is_same_v<E, T>) {
    __builtin_memcpy(to, &x.lanes, sizeof x.lanes);
  } else if constexpr (std::is_same_v<E, bfloat16> && std::is_same_v<T, float>) {
    using vectors = detail::bfloat16_vectors<lanes>;
    typename vectors::wide bits;
    __builtin_memcpy(&bits, &x.lanes, sizeof bits);
    const typename vectors::wide nearest = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16, quiet = (bits >> 16) | 0x40u;
    const typename vectors::wide rounded = x.lanes != x.lanes ? quiet : nearest;
#if defined(COT_WHOLE_CONVERSIONS)
    if constexpr (lanes == 16) {
      __asm__("vpmovdw %1, %0" : "=m"(*reinterpret_cast<bfloat16(*)[unsigned(lanes)]>(to)) : "v"(rounded));
      return;
    }
#endif
    const typename vectors::narrow narrow = __builtin_convertvector(rounded, typename vectors::narrow);
    __builtin_memcpy(static_cast<void*>(to), &narrow, sizeof narrow);
  } else {
    for (int i = 0; i < lanes; ++i) save(to + i, T(x.lanes[i]));
  }
}

/// The first `count` elements; the other lanes are zero.
template <class Number, class E>
[[nodiscard]] COT_FN inline Number load(const E* from, index count) {
  E some[static_cast<unsigned>(lanes_of<Number>)] = {};
  for (index i = 0; i < count; ++i) some[i] = from[i];
  return load<Number>(static_cast<const E*>(some));
}

/// The first `count` lanes.
template <class E, class Number>
COT_FN inline void save(E* to, const Number& x, index count) {
  E some[static_cast<unsigned>(lanes_of<Number>)];
  save(static_cast<E*>(some), x);
  for (index i = 0; i < count; ++i) to[i] = some[i];
}

/// x as it reads after it was stored as an E.
template <class E, class Number>
[[nodiscard]] COT_FN inline Number as_stored(const Number& x) {
  if constexpr (std::is_same_v<E, scalar_of<Number>>) {
    return x;
  } else {
    E some[static_cast<unsigned>(lanes_of<Number>)];
    save(static_cast<E*>(some), x);
    return load<Number>(static_cast<const E*>(some));
  }
}

/// a, where lane < count; else b.
template <class Number>
[[nodiscard]] COT_FN inline Number select_first(index count, const Number& a, const Number& b) {
  if constexpr (detail::is_pack<Number>)
    return select(Number::mask::first(count), a, b);
  else
    return count > 0 ? a : b;
}

/// op over all lanes, halving: a fixed order.
template <class Number, class Op>
[[nodiscard]] COT_FN inline scalar_of<Number> across(const Number& x, const Op& op) {
  using T = scalar_of<Number>;
  constexpr int lanes = lanes_of<Number>;
  if constexpr (lanes == 1) {
    return x;
  } else if constexpr (sizeof(Number) > 16) {
    using half = pack<T, lanes / 2>;
    half part[2];
    __builtin_memcpy(part, &x.lanes, sizeof part);
    return across(op(part[0], part[1]), op);
  } else if constexpr (lanes == 4) {
    const Number pairs = op(x, detail::swapped<2, 3, 0, 1>(x));
    return op(T(pairs.lanes[0]), T(pairs.lanes[1]));
  } else {
    return op(T(x.lanes[0]), T(x.lanes[1]));
  }
}

}  // namespace cot

#undef COT_WHOLE_CONVERSIONS
