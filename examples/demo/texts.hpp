#pragma once
// What the demonstration reads: a corpus, triples to tell apart, and graded pairs to be examined on.

#include "language.hpp"

#include <cotangent/data/sts_pairs.hpp>
#include <cotangent/data/training_rows.hpp>
#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/json.hpp>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// Sentences as they come.
[[nodiscard]] inline std::vector<std::string> make_corpus(const language& l, std::uint32_t seed, index sentences) {
  std::vector<std::string> corpus;
  for (index i = 0; i < sentences; ++i) {
    dice d(seed, "corpus", i);
    corpus.push_back(l.say(l.think(d, false), d));
  }
  return corpus;
}

/// Another concept, of the same kind or of another.
[[nodiscard]] inline std::size_t change(std::size_t concept_number, bool same_kind, dice& d) {
  const auto roll = [&](std::size_t sides) { return static_cast<std::size_t>(d.roll(sides)); };
  if (same_kind) return kind(concept_number) * members + (concept_number + 1 + roll(members - 1)) % members;
  const std::size_t other_kind = (kind(concept_number) + 1 + roll(kinds - 1)) % kinds;
  return other_kind * members + roll(members);
}

/// Anchor; the same in other words; and, in the anchor's own words, something else: one part is another.
[[nodiscard]] inline cot::data::training_rows make_triples(const language& l, std::uint32_t seed, index rows) {
  cot::data::training_rows triples;
  for (index i = 0; i < rows; ++i) {
    dice d(seed, "triples", i);
    const meaning said = l.think(d, false);
    meaning other = said;
    do {
      other = said;
      const auto p = static_cast<std::size_t>(d.roll(parts));
      other[p] = change(said[p], d.chance(0.3), d);
    } while (l.is_for_testing(other));
    const wording w = language::choose_words(d);
    const std::string anchor = l.say(said, w, d), positive = l.say(said, language::choose_other_words(d, w), d),
                      negative = l.say(other, w, d);
    triples.add(std::array<std::string_view, 3>{anchor, positive, negative});
  }
  return triples;
}

/// Pairs of every grade, of meanings that no other text has; what they have in common is said in other words.
[[nodiscard]] inline cot::data::sts_pairs make_exam(const language& l, std::uint32_t seed, index pairs) {
  cot::data::sts_pairs exam;
  for (index i = 0; i < pairs; ++i) {
    dice d(seed, "exam", i);
    const meaning a = l.think(d, true);
    meaning b = a;
    do {
      b = a;
      const double kept = d.unit();
      for (std::size_t& c : b)
        if (!d.chance(kept)) c = change(c, d.chance(0.3), d);
    } while (!l.is_for_testing(b));
    const wording w = language::choose_words(d);
    exam.first.push_back(l.say(a, w, d));
    exam.second.push_back(l.say(b, language::choose_other_words(d, w), d));
    exam.scores.push_back(similarity(a, b));
  }
  return exam;
}

/// A tokenizer's folder: WordPiece whose pieces are the words of the language, and letters for words that it does not
/// know.
inline void write_tokenizer(const language& l, const std::string& folder) {
  std::string text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (const std::string& w : l.words()) text += w + '\n';
  for (char c = 'a'; c <= 'z'; ++c) text += std::string(1, c) + "\n##" + c + '\n';
  std::filesystem::create_directories(folder);
  cot::io::write_file(folder + "/vocab.txt", text);
  cot::io::write_file(folder + "/tokenizer_config.json",
                      "{\"tokenizer_class\": \"BertTokenizer\", \"do_lower_case\": true, \"model_max_length\": 32}\n");
}

/// The texts as files that the other programs read.
inline void write_texts(const std::string& folder, const std::vector<std::string>& corpus,
                        const cot::data::training_rows& triples, const cot::data::sts_pairs& exam) {
  std::filesystem::create_directories(folder);
  std::string text;
  for (const std::string& sentence : corpus) text += sentence + '\n';
  cot::io::write_file(folder + "/corpus.txt", text);
  text = "anchor\tpositive\tnegative\n";
  for (index i = 0; i < triples.rows(); ++i)
    for (index c = 0; c < 3; ++c) (text += triples.text(i, c)) += c < 2 ? '\t' : '\n';
  cot::io::write_file(folder + "/triples.tsv", text);
  text = "score\tsentence1\tsentence2\n";
  for (std::size_t i = 0; i < exam.scores.size(); ++i)
    text += cot::io::json_text(cot::io::json(exam.scores[i])) + '\t' + exam.first[i] + '\t' + exam.second[i] + '\n';
  cot::io::write_file(folder + "/sts.tsv", text);
}

}  // namespace demo
