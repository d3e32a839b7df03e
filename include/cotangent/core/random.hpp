#pragma once
// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

#include <cotangent/core/annotation.hpp>
#include <cotangent/core/shape.hpp>

#include <cmath>
#include <cstdint>
#include <string_view>

namespace cot {

struct philox_block {
  std::uint32_t word[4];
};

/// Ten rounds on counter c under key (k0, k1). A pure function: streams are values, nothing is advanced.
[[nodiscard]] COT_FN inline philox_block philox(philox_block c, std::uint32_t k0, std::uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * c.word[0], b = std::uint64_t{0xCD9E8D57u} * c.word[2];
    c = {{static_cast<std::uint32_t>(b >> 32) ^ c.word[1] ^ k0, static_cast<std::uint32_t>(b),
          static_cast<std::uint32_t>(a >> 32) ^ c.word[3] ^ k1, static_cast<std::uint32_t>(a)}};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

/// Where random numbers are drawn: key (seed, site) and the step. `site` is the hash of a module's path and use, so
/// that masks do not depend on the order of execution: one forward, three forwards and a recomputation draw the same.
struct random_site {
  std::uint32_t seed = 0;
  std::uint32_t site = 0;
  std::uint32_t step = 0;

  /// FNV-1a of "encoder.layer.0.output.dropout" and the like.
  [[nodiscard]] static constexpr std::uint32_t hash(std::string_view path) {
    std::uint32_t h = 2166136261u;
    for (const char c : path) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
    return h;
  }
};

/// One stream of 32-bit numbers: `row` is the global row (sentence) in the batch, `lane` the head (0 elsewhere), and
/// element e counts within the sentence (token * width + column, or i * length + j in attention).
///
/// Element e is word (e / 16) % 4 of the block with counter (e / 64 * 16 + e % 16, row, lane, step): sixteen neighbours
/// come from sixteen counters, which is how a SIMD loop wants them; a block of 64 elements costs 16 Philox evaluations.
[[nodiscard]] COT_FN inline std::uint32_t random_bits(const random_site& at, std::uint32_t row, std::uint32_t lane,
                                                      index e) {
  const auto counter = static_cast<std::uint32_t>(e / 64 * 16 + e % 16);
  return philox({{counter, row, lane, at.step}}, at.seed, at.site).word[e / 16 % 4];
}

/// [0, 1) with 24 bits.
[[nodiscard]] COT_FN inline float uniform(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

/// Two bit patterns to a standard normal number (Box and Muller 1958), in double.
[[nodiscard]] inline double normal(std::uint32_t a, std::uint32_t b) {
  const double u = (static_cast<double>(a) + 1.0) * 0x1p-32,
               angle = static_cast<double>(b) * (6.283185307179586 * 0x1p-32);
  return std::sqrt(-2.0 * std::log(u)) * std::cos(angle);
}

/// Dropout with probability p keeps an element when its bits reach this threshold, and scales what it keeps by 1 / (1 -
/// p).
[[nodiscard]] inline std::uint32_t dropout_threshold(double p) { return static_cast<std::uint32_t>(p * 4294967296.0); }

}  // namespace cot
