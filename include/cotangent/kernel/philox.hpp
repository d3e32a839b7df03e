#pragma once
// Philox4x32-10 for packs: many consecutive counters at once, the same bits as cot::philox.

#include <cotangent/core/annotation.hpp>
#include <cotangent/core/random.hpp>

#include <cstdint>
#include <utility>

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

/// The same number in every lane.
template <int Bytes>
COT_FN inline void fill_lanes(const std::uint64_t& number, typename counter_vectors<Bytes>::wide& filled) {
#if defined(__x86_64__) && !defined(__clang__) && !defined(__CUDA_ARCH__)
  // g++ 12 would fill lane by lane.
  if constexpr (Bytes > 16) {
    typename counter_vectors<Bytes>::wide x;
    __asm__("vpbroadcastq %1, %0" : "=v"(x) : "m"(number));
    filled = x;
    return;
  }
#endif
  filled = number + typename counter_vectors<Bytes>::wide{};
}

inline constexpr std::uint64_t even_numbers[] = {0, 2, 4, 6, 8, 10, 12, 14};

/// Counters of Philox, one in every lane of 64 bits. What stands in the upper half of a lane is ignored, so that the
/// low half of a product stays where it is.
template <int Bytes>
struct philox_lanes {
  using wide = typename counter_vectors<Bytes>::wide;
  wide word0, word1, word2, word3;

  COT_FN void round(const wide& factor0, const wide& factor2, const wide& key0, const wide& key1) {
    wide product0, product2;
    multiply_low_halves<Bytes>(word0, factor0, product0);
    multiply_low_halves<Bytes>(word2, factor2, product2);
    word0 = (product2 >> 32) ^ word1 ^ key0;
    word1 = product2;
    word2 = (product0 >> 32) ^ word3 ^ key1;
    word3 = product0;
  }
};

/// The low halves of the lanes of a and of b, in turn.
template <int Bytes>
COT_FN inline void interleave(const typename counter_vectors<Bytes>::wide& a,
                              const typename counter_vectors<Bytes>::wide& b,
                              typename counter_vectors<Bytes>::words& in_turn) {
  const typename counter_vectors<Bytes>::wide both = (a & 0xffffffffu) | (b << 32);
  __builtin_memcpy(&in_turn, &both, sizeof in_turn);
}

}  // namespace detail

/// The keys of the ten rounds, made once for many blocks.
struct philox_keys {
  std::uint64_t seed[10], site[10], step;

  philox_keys() = default;
  explicit philox_keys(const random_site& at) : step(at.step) {
    std::uint32_t k0 = at.seed, k1 = at.site;
    for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) seed[round] = k0, site[round] = k1;
  }
};

/// Calls take(e, bits) for the 128 elements from 64 * block on of the stream (row, lane) (core/random.hpp): `bits`
/// holds those of the Bytes / 4 elements from 64 * block + e on. A round waits for the round before; two registers of
/// even counters and two of odd ones fill the time.
template <int Bytes, class Take>
COT_FN inline void philox_two_blocks(const philox_keys& keys, std::uint64_t row, std::uint64_t lane, index block,
                                     const Take& take) {
  using wide = typename detail::counter_vectors<Bytes>::wide;
  constexpr int lanes = Bytes / 4;
  wide factor0, factor2;
  detail::fill_lanes<Bytes>(0xD2511F53u, factor0);
  detail::fill_lanes<Bytes>(0xCD9E8D57u, factor2);
  for (int first = 0; first < 32; first += 2 * lanes) {
    detail::philox_lanes<Bytes> even[2], odd[2];
    wide begin;
    detail::fill_lanes<Bytes>(static_cast<std::uint64_t>(block * 16 + first), begin);
    __builtin_memcpy(&even[0].word0, detail::even_numbers, sizeof begin);
    even[0].word0 += begin;
    detail::fill_lanes<Bytes>(row, even[0].word1);
    detail::fill_lanes<Bytes>(lane, even[0].word2);
    detail::fill_lanes<Bytes>(keys.step, even[0].word3);
    odd[0] = even[1] = odd[1] = even[0];
    odd[0].word0 += 1;
    even[1].word0 += lanes;
    odd[1].word0 += lanes + 1;
    const auto round = [&](const std::uint64_t& seed, const std::uint64_t& site) COT_LAMBDA {
      wide key0, key1;
      detail::fill_lanes<Bytes>(seed, key0);
      detail::fill_lanes<Bytes>(site, key1);
      even[0].round(factor0, factor2, key0, key1);
      odd[0].round(factor0, factor2, key0, key1);
      even[1].round(factor0, factor2, key0, key1);
      odd[1].round(factor0, factor2, key0, key1);
    };
    [&]<int... Round>(std::integer_sequence<int, Round...>)
        COT_LAMBDA { (round(keys.seed[Round], keys.site[Round]), ...); }(std::make_integer_sequence<int, 10>());
    const auto give = [&](int counter, const auto& a, const auto& b) COT_LAMBDA {
      const auto word = [&](int w, const wide& of_a, const wide& of_b) COT_LAMBDA {
        typename detail::counter_vectors<Bytes>::words bits;
        detail::interleave<Bytes>(of_a, of_b, bits);
        take(counter / 16 * 64 + w * 16 + counter % 16, bits);
      };
      word(0, a.word0, b.word0);
      word(1, a.word1, b.word1);
      word(2, a.word2, b.word2);
      word(3, a.word3, b.word3);
    };
    give(first, even[0], odd[0]);
    give(first + lanes, even[1], odd[1]);
  }
}

}  // namespace cot
