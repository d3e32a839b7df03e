#pragma once
// `sampler`: which rows a batch holds.

#include <cotangent/core/error.hpp>
#include <cotangent/core/random.hpp>
#include <cotangent/core/shape.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cot::data {

/// A permutation of [0, n) as a pure function of (seed, epoch): no table, no state, so that a run may be resumed at any
/// batch. Swap-or-not (Hoang, Morris and Rogaway, "An enciphering scheme based on a card shuffle", CRYPTO 2012): in
/// each round x is paired with k - x mod n, and a random bit of the pair says whether they trade places. 8 log2(n) + 32
/// rounds.
class permutation {
 public:
  permutation(index n, std::uint64_t seed, std::uint64_t epoch)
      : n_(static_cast<std::uint64_t>(n)), seed_(seed), epoch_(epoch) {
    const auto rounds = static_cast<std::uint32_t>(8 * std::bit_width(n_) + 32);
    for (std::uint32_t round = 0; round < rounds; ++round) {
      const philox_block random = draw(0, round, 1);
      pairings_.push_back((std::uint64_t{random.word[0]} << 32 | random.word[1]) % n_);  // bias below n / 2^64
    }
  }

  [[nodiscard]] index operator()(index place) const {
    auto x = static_cast<std::uint64_t>(place);
    for (std::uint32_t round = 0; round < pairings_.size(); ++round) {
      const std::uint64_t partner = (pairings_[round] + n_ - x) % n_;
      if (draw(std::max(x, partner), round, 0).word[0] & 1u) x = partner;
    }
    return static_cast<index>(x);
  }

 private:
  [[nodiscard]] philox_block draw(std::uint64_t of, std::uint32_t round, std::uint32_t use) const {
    const auto low = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
    return philox({{low(of), low(of >> 32), round * 2 + use, low(epoch_)}}, low(seed_),
                  random_site::hash("data.sampler") ^ low(seed_ >> 32) ^ low(epoch_ >> 32));
  }

  std::uint64_t n_, seed_, epoch_;
  std::vector<std::uint64_t> pairings_;
};

/// Batches of `batch` rows. Each epoch takes every row once, in an order of its own, or in file order where shuffle is
/// off; the rows left over at its end (fewer than a batch) are dropped. Batch i is a pure function of the arguments.
class sampler {
 public:
  sampler(index rows, index batch, std::uint64_t seed, bool shuffle = true)
      : rows_(rows), batch_(batch), seed_(seed), shuffle_(shuffle) {
    if (batch < 1) throw option_error("sampler", "batch", "1 or more", std::to_string(batch));
    if (rows < batch)
      throw option_error("sampler", "batch", "at most the number of rows, " + std::to_string(rows),
                         std::to_string(batch));
  }

  [[nodiscard]] index batches_per_epoch() const noexcept { return rows_ / batch_; }

  /// The rows of batch i, counted from 0 through all epochs.
  [[nodiscard]] std::vector<index> batch(index i) const {
    const index epoch = i / batches_per_epoch(), first = i % batches_per_epoch() * batch_;
    std::vector<index> chosen(static_cast<std::size_t>(batch_));
    for (index k = 0; k < batch_; ++k) chosen[static_cast<std::size_t>(k)] = first + k;
    if (!shuffle_) return chosen;
    const permutation order(rows_, seed_, static_cast<std::uint64_t>(epoch));
    for (index& row : chosen) row = order(row);
    return chosen;
  }

 private:
  index rows_, batch_;
  std::uint64_t seed_;
  bool shuffle_;
};

}  // namespace cot::data
