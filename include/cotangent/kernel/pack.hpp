#pragma once
// `pack<T, Lanes>`: a SIMD register of floats or doubles as a number, on GNU vector extensions.
//
// The code is compiled for whatever instruction set the function has into which it is inlined: a pack of 64 bytes
// belongs inside a function with target("avx512f,..."), one of 32 inside target("avx2,fma"), one of 16 anywhere.
// Everything here is always inlined, and so must be every function and lambda that takes or returns a pack
// (core/annotation.hpp says why).

#include <cotangent/kernel/number.hpp>

#include <cstdint>
#include <type_traits>

namespace cot {

namespace detail {
/// The vectors behind a pack. `stored` has the alignment that passing by value has in every instruction set.
template <class T, int Lanes>
struct vectors {
  typedef T value __attribute__((vector_size(sizeof(T) * Lanes)));
  typedef T stored __attribute__((vector_size(sizeof(T) * Lanes), aligned(16)));
  using integer_type = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
  typedef integer_type integer __attribute__((vector_size(sizeof(T) * Lanes)));
  typedef integer_type stored_integer __attribute__((vector_size(sizeof(T) * Lanes), aligned(16)));
};
}  // namespace detail

/// One integer a lane, of the size of T: the bits of a pack, or what comparing packs gives (all ones or all zeros).
template <class T, int Lanes>
struct lane_bits {
  typename detail::vectors<T, Lanes>::stored_integer lanes;

  /// Lanes 0 to count - 1.
  [[nodiscard]] COT_FN static lane_bits first(index count) {
    typename detail::vectors<T, Lanes>::integer number;
    for (int i = 0; i < Lanes; ++i) number[i] = i;
    return {number < static_cast<typename detail::vectors<T, Lanes>::integer_type>(count)};
  }
  COT_FN friend lane_bits operator&(const lane_bits& a, const lane_bits& b) { return {a.lanes & b.lanes}; }
  COT_FN friend lane_bits operator|(const lane_bits& a, const lane_bits& b) { return {a.lanes | b.lanes}; }
};

template <class T, int Lanes>
struct pack {
  using vector = typename detail::vectors<T, Lanes>::value;
  using integer = typename detail::vectors<T, Lanes>::integer;
  using mask = lane_bits<T, Lanes>;

  typename detail::vectors<T, Lanes>::stored lanes;

  pack() = default;
  template <class S>
    requires std::is_arithmetic_v<S>
  COT_FN pack(S scalar) {  // NOLINT: a constant is a number
#if defined(__x86_64__) && !defined(__clang__) && !defined(__CUDA_ARCH__)
    // g++ 12 takes a wide constructor apart before it knows the instruction set.
    if constexpr (sizeof(vector) > 16) {
      const T value = static_cast<T>(scalar);
      vector v;
      if constexpr (sizeof(T) == 4)
        __asm__("vbroadcastss %1, %0" : "=v"(v) : "v"(value));
      else
        __asm__("vbroadcastsd %1, %0" : "=v"(v) : "v"(value));
      lanes = v;
      return;
    }
#endif
    lanes = static_cast<T>(scalar) - vector{};
  }
  COT_FN static pack of(const typename detail::vectors<T, Lanes>::stored& v) {
    pack p;
    p.lanes = v;
    return p;
  }

  /// The lanes as integers of their size, and back.
  [[nodiscard]] COT_FN mask bits() const {
    mask m;
    __builtin_memcpy(&m.lanes, &lanes, sizeof m.lanes);
    return m;
  }
  COT_FN static pack from_bits(const typename detail::vectors<T, Lanes>::stored_integer& i) {
    pack p;
    __builtin_memcpy(&p.lanes, &i, sizeof p.lanes);
    return p;
  }

  [[nodiscard]] COT_FN T operator[](int i) const { return lanes[i]; }

  COT_FN friend pack operator+(const pack& a, const pack& b) {
#if defined(__clang__)
#pragma clang fp contract(fast)
#endif
    return of(a.lanes + b.lanes);
  }
  COT_FN friend pack operator-(const pack& a, const pack& b) {
#if defined(__clang__)
#pragma clang fp contract(fast)
#endif
    return of(a.lanes - b.lanes);
  }
  COT_FN friend pack operator*(const pack& a, const pack& b) {
#if defined(__clang__)
#pragma clang fp contract(fast)
#endif
    return of(a.lanes * b.lanes);
  }
  COT_FN friend pack operator/(const pack& a, const pack& b) { return of(a.lanes / b.lanes); }
  COT_FN friend pack operator-(const pack& a) { return of(-a.lanes); }
  COT_FN pack& operator+=(const pack& b) { return *this = *this + b; }
  COT_FN pack& operator-=(const pack& b) { return *this = *this - b; }
  COT_FN pack& operator*=(const pack& b) { return *this = *this * b; }
  COT_FN pack& operator/=(const pack& b) { return *this = *this / b; }

  COT_FN friend mask operator<(const pack& a, const pack& b) { return {a.lanes < b.lanes}; }
  COT_FN friend mask operator>(const pack& a, const pack& b) { return {a.lanes > b.lanes}; }
  COT_FN friend mask operator<=(const pack& a, const pack& b) { return {a.lanes <= b.lanes}; }
  COT_FN friend mask operator>=(const pack& a, const pack& b) { return {a.lanes >= b.lanes}; }
  COT_FN friend mask operator==(const pack& a, const pack& b) { return {a.lanes == b.lanes}; }
  COT_FN friend mask operator!=(const pack& a, const pack& b) { return {a.lanes != b.lanes}; }

  COT_FN friend pack select(const mask& condition, const pack& a, const pack& b) {
    return of(condition.lanes ? a.lanes : b.lanes);
  }
  COT_FN friend pack max(const pack& a, const pack& b) { return of(a.lanes > b.lanes ? a.lanes : b.lanes); }
  COT_FN friend pack min(const pack& a, const pack& b) { return of(a.lanes < b.lanes ? a.lanes : b.lanes); }
  COT_FN friend pack fma(const pack& a, const pack& b, const pack& c) { return of(a.lanes * b.lanes + c.lanes); }
  COT_FN friend pack abs(const pack& a) {
    constexpr auto all = static_cast<typename detail::vectors<T, Lanes>::integer_type>(-1);
    constexpr auto sign = static_cast<typename detail::vectors<T, Lanes>::integer_type>(1) << (8 * sizeof(T) - 1);
    return from_bits(a.bits().lanes & (all ^ sign));
  }
};

template <class T, int Lanes>
struct number_traits<pack<T, Lanes>> {
  using scalar = T;
  static constexpr int lanes = Lanes;
};

namespace detail {
#if defined(__x86_64__) && defined(__clang__)
#if !__has_builtin(__builtin_elementwise_sqrt)
// clang 14 vectorises neither a loop of square roots nor an asm statement here. Operands in memory: the calling
// convention for vectors differs between caller and callee.
__attribute__((target("avx512f"))) inline void sqrt_64(float* x) {
  typedef float vector __attribute__((vector_size(64), aligned(4), may_alias));
  auto* v = reinterpret_cast<vector*>(x);
  *v = __builtin_ia32_sqrtps512(*v, 4);
}
__attribute__((target("avx512f"))) inline void sqrt_64(double* x) {
  typedef double vector __attribute__((vector_size(64), aligned(8), may_alias));
  auto* v = reinterpret_cast<vector*>(x);
  *v = __builtin_ia32_sqrtpd512(*v, 4);
}
__attribute__((target("avx2"))) inline void sqrt_32(float* x) {
  typedef float vector __attribute__((vector_size(32), aligned(4), may_alias));
  auto* v = reinterpret_cast<vector*>(x);
  *v = __builtin_ia32_sqrtps256(*v);
}
__attribute__((target("avx2"))) inline void sqrt_32(double* x) {
  typedef double vector __attribute__((vector_size(32), aligned(8), may_alias));
  auto* v = reinterpret_cast<vector*>(x);
  *v = __builtin_ia32_sqrtpd256(*v);
}
#endif
#endif
}  // namespace detail

template <class T, int Lanes>
[[nodiscard]] COT_FN inline pack<T, Lanes> sqrt(const pack<T, Lanes>& a) {
#if defined(__clang__)
#if __has_builtin(__builtin_elementwise_sqrt)
  return pack<T, Lanes>::of(__builtin_elementwise_sqrt(typename pack<T, Lanes>::vector(a.lanes)));
#else
  pack<T, Lanes> x = a;
#if defined(__x86_64__)
  if constexpr (sizeof x == 64)
    detail::sqrt_64(reinterpret_cast<T*>(&x));
  else if constexpr (sizeof x == 32)
    detail::sqrt_32(reinterpret_cast<T*>(&x));
  else
#endif
    for (int i = 0; i < Lanes; ++i) x.lanes[i] = sqrt(T(a.lanes[i]));
  return x;
#endif
#elif defined(__x86_64__) && !defined(__CUDA_ARCH__)
  // g++ 12 does not vectorise a loop of square roots at -O2.
  typename pack<T, Lanes>::vector x = a.lanes;
  if constexpr (sizeof x == 16 && sizeof(T) == 4)
    __asm__("sqrtps %0, %0" : "+x"(x));
  else if constexpr (sizeof x == 16)
    __asm__("sqrtpd %0, %0" : "+x"(x));
  else if constexpr (sizeof(T) == 4)
    __asm__("vsqrtps %0, %0" : "+v"(x));
  else
    __asm__("vsqrtpd %0, %0" : "+v"(x));
  return pack<T, Lanes>::of(x);
#else
  pack<T, Lanes> x;
  for (int i = 0; i < Lanes; ++i) x.lanes[i] = sqrt(T(a.lanes[i]));
  return x;
#endif
}

}  // namespace cot
