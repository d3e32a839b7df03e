#pragma once
// WordPiece: the pieces of one word, longest match first (Schuster and Nakajima 2012; BERT, Devlin et al. 2019).

#include <cotangent/text/unicode.hpp>
#include <cotangent/text/utf8.hpp>
#include <cotangent/text/vocabulary.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::text {

/// Cuts a text at white space, which goes, and around punctuation, which stays, as BertPreTokenizer does. Calls
/// word(piece) with each part, until that returns false.
template <class F>
void split_bert(std::string_view text, F&& word) {
  constexpr unsigned breaks = unicode::white_space | unicode::punctuation;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const decoded c = decode_utf8(text, at);
    const unsigned of_point = unicode::properties(c.point);
    if (of_point & breaks) {
      if (start < at && !word(text.substr(start, at - start))) return;
      if ((of_point & unicode::punctuation) && !word(text.substr(at, c.bytes))) return;
      start = at + c.bytes;
    }
    at += c.bytes;
  }
  if (start < text.size()) word(text.substr(start));
}

/// From the left, always the longest piece of the vocabulary, those after the first with `continuing_prefix` in front.
/// A word that cannot be covered, or is longer than `longest_word` characters, is one `unknown`.
class word_piece {
 public:
  /// Memory of one thread.
  struct workspace {
    struct prefix {
      std::size_t end;
      piece_hash hash;
    };
    std::vector<prefix> prefixes;
  };

  explicit word_piece(std::int32_t unknown, std::string continuing_prefix = "##", std::size_t longest_word = 100)
      : unknown_(unknown),
        continuing_prefix_(std::move(continuing_prefix)),
        continuing_hash_(piece_hash{}.then(continuing_prefix_)),
        longest_word_(longest_word) {}

  [[nodiscard]] std::int32_t unknown() const noexcept { return unknown_; }

  /// Calls f(part) for each part of a text that `encode` takes.
  template <class F>
  void split(std::string_view text, std::string&, F&& f) const {
    split_bert(text, f);
  }

  /// Appends the ids of a word.
  void encode(const vocabulary& pieces, std::string_view word, workspace& space, std::vector<std::int32_t>& ids) const {
    if (word.size() > longest_word_ && characters(word) > longest_word_) {
      ids.push_back(unknown_);
      return;
    }
    const std::size_t before = ids.size();
    for (std::size_t start = 0; start < word.size();) {
      const std::string_view prefix = start == 0 ? std::string_view{} : std::string_view(continuing_prefix_);
      const auto [id, end] =
          longest_piece(pieces, word, start, prefix, start == 0 ? piece_hash{} : continuing_hash_, space);
      if (id == vocabulary::absent) {
        ids.resize(before);
        ids.push_back(unknown_);
        return;
      }
      ids.push_back(id);
      start = end;
    }
  }

 private:
  struct found {
    std::int32_t id;
    std::size_t end;
  };

  [[nodiscard]] static std::size_t characters(std::string_view word) {
    return static_cast<std::size_t>(std::count_if(
        word.begin(), word.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
  }

  [[nodiscard]] static found longest_piece(const vocabulary& pieces, std::string_view word, std::size_t start,
                                           std::string_view prefix, piece_hash hash, workspace& space) {
    space.prefixes.clear();
    const std::size_t limit =
        std::min(word.size(), start + pieces.longest() - std::min(pieces.longest(), prefix.size()));
    for (std::size_t end = start; end < limit;) {
      hash = hash.then(word[end]);
      ++end;
      const bool whole = end == word.size() || (static_cast<unsigned char>(word[end]) & 0xC0u) != 0x80u;
      if (whole) space.prefixes.push_back({end, hash});
    }
    for (auto longest = space.prefixes.rbegin(); longest != space.prefixes.rend(); ++longest) {
      const std::int32_t id = pieces.find(prefix, word.substr(start, longest->end - start), longest->hash);
      if (id != vocabulary::absent) return {id, longest->end};
    }
    return {vocabulary::absent, start};
  }

  std::int32_t unknown_;
  std::string continuing_prefix_;
  piece_hash continuing_hash_;
  std::size_t longest_word_;
};

}  // namespace cot::text
