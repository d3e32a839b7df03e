#pragma once
// Hiding tokens of a batch, for pre-training.

#include <cotangent/core/error.hpp>
#include <cotangent/core/ragged.hpp>
#include <cotangent/core/random.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace cot::data {

/// What is hidden, and by what. Ids below `first_word` are special tokens: never hidden, and never put in a word's
/// place.
struct masking {
  std::int32_t mask = 103;  ///< the id of [MASK]
  std::int32_t first_word = 999;
  std::int32_t vocabulary = 30522;
  double share = 0.15;  ///< of the words, drawn one by one
};

/// Sentences to read, and for each of their tokens the id to be guessed, or -1 where nothing is asked.
struct masked_sentences {
  ragged<std::int32_t> ids;
  std::vector<std::int32_t> targets;
};

/// Draws the words to be guessed; of them 80 % become the mask, 10 % another word, and 10 % stay, as BERT has it. A
/// pure function of `at`, the sentence's row in the batch and the token's place.  Devlin et al. 2019, section 3.1 and
/// appendix A.1.
[[nodiscard]] inline masked_sentences mask_tokens(const ragged<std::int32_t>& sentences, const masking& how,
                                                  const random_site& at) {
  if (!(how.share >= 0 && how.share <= 1))
    throw option_error("mask_tokens", "share", "0 to 1", std::to_string(how.share));
  if (how.first_word < 0 || how.first_word >= how.vocabulary)
    throw option_error("mask_tokens", "first_word", "0 to " + std::to_string(how.vocabulary - 1),
                       std::to_string(how.first_word));
  masked_sentences out{sentences, std::vector<std::int32_t>(sentences.values.size(), -1)};
  std::size_t token = 0;
  for (index row = 0; row < sentences.rows(); ++row)
    for (index place = 0; place < sentences.length(row); ++place, ++token) {
      std::int32_t& id = out.ids.values[token];
      const auto draw = [&](std::uint32_t lane) {
        return random_bits(at, static_cast<std::uint32_t>(row), lane, place);
      };
      if (id < how.first_word || static_cast<double>(uniform(draw(0))) >= how.share) continue;
      out.targets[token] = id;
      const auto fate = static_cast<double>(uniform(draw(1)));
      if (fate < 0.8)
        id = how.mask;
      else if (fate < 0.9)
        id = how.first_word +
             static_cast<std::int32_t>(
                 std::uint64_t{draw(2)} * static_cast<std::uint64_t>(how.vocabulary - how.first_word) >> 32);
    }
  return out;
}

}  // namespace cot::data
