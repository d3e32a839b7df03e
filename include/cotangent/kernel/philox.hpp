#pragma once
// Philox4x32-10 for packs: sixteen consecutive counters at once, the same bits as cot::philox.

#include <cotangent/core/annotation.hpp>
#include <cotangent/core/random.hpp>

#include <cstdint>

namespace cot {

namespace detail {

/// Lanes of 32 bits, and the same register as lanes of 64.
template <int Bytes>
struct counter_vectors {
  typedef std::uint32_t words __attribute__((vector_size(Bytes)));
  typedef std::uint64_t wide __attribute__((vector_size(Bytes)));
};

/// Products of the lower halves of 64-bit lanes.
template <int Bytes>
COT_FN inline void multiply_low_halves(const typename counter_vectors<Bytes>::wide& a,
                                       const typename counter_vectors<Bytes>::wide& b,
                                       typename counter_vectors<Bytes>::wide& product) {
#if defined(__x86_64__) && !defined(__clang__) && !defined(__CUDA_ARCH__)
  // g++ 12 would multiply whole 64-bit lanes.
  typename counter_vectors<Bytes>::wide x = a;
  if constexpr (Bytes == 16)
    __asm__("pmuludq %1, %0" : "+x"(x) : "x"(b));
  else
    __asm__("vpmuludq %1, %0, %0" : "+v"(x) : "v"(b));
  product = x;
#else
  product = (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

/// The two halves of the 64-bit products of 32-bit lanes with a constant.
template <int Bytes>
COT_FN inline void multiply_words(const typename counter_vectors<Bytes>::words& a, std::uint32_t factor,
                                  typename counter_vectors<Bytes>::words& high,
                                  typename counter_vectors<Bytes>::words& low) {
  using wide = typename counter_vectors<Bytes>::wide;
  const wide f = factor + wide{};
  wide even, odd;
  __builtin_memcpy(&even, &a, sizeof even);
  odd = even >> 32;
  multiply_low_halves<Bytes>(even, f, even);
  multiply_low_halves<Bytes>(odd, f, odd);
  const wide h = (even >> 32) | (odd & 0xffffffff00000000u), l = (even & 0xffffffffu) | (odd << 32);
  __builtin_memcpy(&high, &h, sizeof high);
  __builtin_memcpy(&low, &l, sizeof low);
}

}  // namespace detail

/// Calls take(word, lane, bits) for word w of the counters 16 * block + lane, lane + 1, ...: `bits` holds Bytes / 4 of
/// them. Element e of a stream (core/random.hpp) is word e / 16 % 4 of counter 16 (e / 64) + e % 16.
template <int Bytes, class Take>
COT_FN inline void philox_sixteen(const random_site& at, std::uint32_t row, std::uint32_t lane, std::uint32_t block,
                                  const Take& take) {
  using words = typename detail::counter_vectors<Bytes>::words;
  constexpr int lanes = Bytes / 4;
  for (int first = 0; first < 16; first += lanes) {
    words c0;
    for (int i = 0; i < lanes; ++i) c0[i] = static_cast<std::uint32_t>(i);
    c0 += block * 16 + static_cast<std::uint32_t>(first);
    words c1 = row + words{}, c2 = lane + words{}, c3 = at.step + words{};
    std::uint32_t k0 = at.seed, k1 = at.site;
    for (int round = 0; round < 10; ++round) {
      words high0, low0, high1, low1;
      detail::multiply_words<Bytes>(c0, 0xD2511F53u, high0, low0);
      detail::multiply_words<Bytes>(c2, 0xCD9E8D57u, high1, low1);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    take(0, first, c0);
    take(1, first, c1);
    take(2, first, c2);
    take(3, first, c3);
  }
}

}  // namespace cot
