#pragma once
// A small made-up language: words, grammar and meaning are drawn from a seed, so that what sentences have in common is
// known.

#include <cotangent/core/random.hpp>
#include <cotangent/core/shape.hpp>

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace demo {

using cot::index;

/// Random numbers of one purpose and one row: a pure function of (seed, purpose, row), whatever else is drawn.
class dice {
 public:
  dice(std::uint32_t seed, std::string_view purpose, index row = 0)
      : at_{seed, cot::random_site::hash(purpose), 0}, row_(static_cast<std::uint32_t>(row)) {}

  /// 0, ..., sides - 1.
  index roll(std::size_t sides) { return static_cast<index>(std::uint64_t{bits()} * sides >> 32); }
  bool chance(double share) { return unit() < share; }
  double unit() { return static_cast<double>(cot::uniform(bits())); }

 private:
  std::uint32_t bits() { return cot::random_bits(at_, row_, 0, next_++); }
  cot::random_site at_;
  std::uint32_t row_;
  index next_ = 0;
};

// What can be said, in English: five parts of a sentence, four kinds of each, four of a kind. The words of the language
// itself are made up; these only explain them.
inline constexpr std::size_t parts = 5, kinds = 4, members = 4, concepts = kinds * members, synonyms = 3;
enum part : int { subject, action, object, place, manner };
inline constexpr std::array<std::array<std::string_view, concepts>, parts> english{{
    {"fox", "heron", "otter", "mule", "baker", "weaver", "mason", "potter", "aunt", "nephew", "sister", "grandfather",
     "pilgrim", "pedlar", "sailor", "envoy"},
    {"carries", "pulls", "lifts", "hides", "mends", "paints", "carves", "cleans", "praises", "mocks", "describes",
     "forgets", "buys", "sells", "lends", "steals"},
    {"loaf", "honeycomb", "plum", "cheese", "hammer", "needle", "ladder", "kettle", "coat", "hat", "scarf", "boot",
     "drum", "flute", "bell", "fiddle"},
    {"lake", "river", "harbour", "well", "hill", "tower", "cliff", "roof", "kitchen", "cellar", "garden", "attic",
     "bridge", "market", "crossroads", "inn"},
    {"slowly", "hastily", "calmly", "suddenly", "gladly", "sadly", "proudly", "shyly", "silently", "loudly", "singing",
     "whispering", "at dawn", "at noon", "at dusk", "at night"},
}};

/// One concept for each part of a sentence.
using meaning = std::array<std::size_t, parts>;
[[nodiscard]] constexpr std::size_t kind(std::size_t concept_number) { return concept_number / members; }

/// How much each part counts: together 5, the score of two sentences that mean the same.
inline constexpr std::array<double, parts> weight{1.25, 1.25, 1.25, 0.75, 0.5};

/// Graded similarity, 0 to 5: a part counts in full for the same concept, by half for one of the same kind.
[[nodiscard]] inline double similarity(const meaning& a, const meaning& b) {
  double score = 0;
  for (std::size_t p = 0; p < parts; ++p)
    score += weight[p] * (a[p] == b[p] ? 1.0 : kind(a[p]) == kind(b[p]) ? 0.5 : 0.0);
  return score;
}

[[nodiscard]] inline std::string gloss(const meaning& m) {
  const auto word = [&](std::size_t p) { return std::string(english[p][m[p]]); };
  return "the " + word(subject) + " " + word(action) + " the " + word(object) + " by the " + word(place) + ", " +
         word(manner);
}

/// How a meaning is put: the pattern of the sentence, and which synonym stands for each part.
struct wording {
  std::size_t pattern = 0;
  std::array<std::size_t, parts> synonym{};
};

class language {
 public:
  explicit language(std::uint32_t seed) : seed_(seed) {
    dice d(seed, "words");
    std::set<std::string> taken;
    const auto fresh = [&](std::size_t syllables, std::string_view ending) {
      for (;;) {
        std::string w;
        for (std::size_t i = 0; i < syllables; ++i) w += syllable(d);
        if (taken.insert(w += ending).second) return w;
      }
    };
    for (std::string& w : little_) w = fresh(1, "");
    for (std::string& w : fillers_) w = fresh(2, "");
    constexpr std::array<std::string_view, parts> endings{"", "at", "", "", "ely"};
    for (std::size_t p = 0; p < parts; ++p)
      for (auto& words : words_[p])
        for (std::string& w : words)
          w = fresh(endings[p].empty() ? 2 + static_cast<std::size_t>(d.roll(2)) : 2, endings[p]);
    for (std::size_t p = 1; p < parts; ++p) {
      const auto shift = static_cast<std::size_t>(d.roll(kinds));
      for (std::size_t c = 0; c < concepts; ++c)
        for (std::size_t& favourite : habits_[p][c])
          favourite = (kind(c) + shift) % kinds * members + static_cast<std::size_t>(d.roll(members));
    }
  }

  /// Every word, for a tokenizer.
  [[nodiscard]] std::vector<std::string> words() const {
    std::vector<std::string> all(little_.begin(), little_.end());
    all.insert(all.end(), fillers_.begin(), fillers_.end());
    for (const auto& of_part : words_)
      for (const auto& of_concept : of_part) all.insert(all.end(), of_concept.begin(), of_concept.end());
    return all;
  }

  /// Something that one might say: mostly each does what its like do, for the world has habits. They are what a reader
  /// who knows no word can learn from. Meanings for training and for testing never meet.
  [[nodiscard]] meaning think(dice& d, bool for_testing) const {
    for (;;) {
      meaning m;
      for (std::size_t p = 0; p < parts; ++p) {
        const bool habit = p > 0 && d.chance(0.9);
        const std::size_t because_of = p == manner ? std::size_t{action} : p - 1;
        m[p] = habit ? habits_[p][m[because_of]][static_cast<std::size_t>(d.roll(2))]
                     : static_cast<std::size_t>(d.roll(concepts));
      }
      if (is_for_testing(m) == for_testing) return m;
    }
  }

  /// One in five combinations is kept for testing.
  [[nodiscard]] bool is_for_testing(const meaning& m) const {
    index row = 0;
    for (const std::size_t c : m) row = row * static_cast<index>(concepts) + static_cast<index>(c);
    return dice(seed_, "testing", row).roll(5) == 0;
  }

  [[nodiscard]] static wording choose_words(dice& d) {
    wording w{.pattern = static_cast<std::size_t>(d.roll(patterns.size()))};
    for (std::size_t& s : w.synonym) s = static_cast<std::size_t>(d.roll(synonyms));
    return w;
  }
  /// Another pattern, and another synonym everywhere.
  [[nodiscard]] static wording choose_other_words(dice& d, const wording& than) {
    const auto other = [&](std::size_t n, std::size_t count) {
      return (n + 1 + static_cast<std::size_t>(d.roll(count - 1))) % count;
    };
    wording w{.pattern = other(than.pattern, patterns.size())};
    for (std::size_t p = 0; p < parts; ++p) w.synonym[p] = other(than.synonym[p], synonyms);
    return w;
  }

  /// The sentence, with a filler word here and there that means nothing.
  [[nodiscard]] std::string say(const meaning& m, const wording& w, dice& d) const {
    std::string text = d.chance(0.4) ? filler(d) : "";
    for (const int slot : patterns[w.pattern]) {
      if (slot == end) break;
      if (!text.empty()) text += ' ';
      const auto p = static_cast<std::size_t>(slot);
      text += p < parts ? words_[p][m[p]][w.synonym[p]] : little_[p - parts];
    }
    return d.chance(0.2) ? text + ' ' + filler(d) : text;
  }
  [[nodiscard]] std::string say(const meaning& m, dice& d) const { return say(m, choose_words(d), d); }

 private:
  // Little words, numbered after the parts of a sentence.
  enum : int { the = parts, by, near, was, so, end };
  static constexpr std::size_t longest = 12;
  static constexpr std::array<std::array<int, longest>, 6> patterns{{
      {the, subject, action, the, object, near, place, manner, end},
      {near, place, the, subject, manner, action, the, object, end},
      {manner, so, the, subject, action, the, object, near, place, end},
      {the, object, was, action, by, the, subject, near, place, manner, end},      // passive
      {near, place, the, object, was, manner, action, by, the, subject, end},      // passive
      {so, was, the, object, near, place, action, manner, by, the, subject, end},  // passive
  }};

  static std::string syllable(dice& d) {
    static constexpr std::array onsets{"b", "d", "f", "g", "k", "l",  "m",  "n",  "p",
                                       "r", "s", "t", "v", "z", "br", "tr", "pl", "st"};
    static constexpr std::array vowels{"a", "e", "i", "o", "u", "ai", "ou"};
    static constexpr std::array codas{"", "", "", "n", "r", "l", "m"};
    const auto one_of = [&](const auto& list) {
      return std::string(list[static_cast<std::size_t>(d.roll(list.size()))]);
    };
    std::string s = one_of(onsets);
    s += one_of(vowels);
    return s + one_of(codas);
  }
  [[nodiscard]] const std::string& filler(dice& d) const {
    return fillers_[static_cast<std::size_t>(d.roll(fillers_.size()))];
  }

  std::uint32_t seed_;
  std::array<std::string, end - the> little_;
  std::array<std::string, 8> fillers_;
  std::array<std::array<std::array<std::string, synonyms>, concepts>, parts> words_;
  std::array<std::array<std::array<std::size_t, 2>, concepts>, parts> habits_{};
};

}  // namespace demo
