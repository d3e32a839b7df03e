#pragma once
// Byte-pair encoding over bytes: GPT-2, RoBERTa (Sennrich et al. 2016; Radford et al. 2019).

#include <cotangent/core/error.hpp>
#include <cotangent/text/byte_level.hpp>
#include <cotangent/text/vocabulary.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cot::text {

struct byte_pair_options {
  bool add_prefix_space = false;
  bool ignore_merges = false;                 // a word that is a piece is that piece, whatever the merges say
  std::int32_t unknown = vocabulary::absent;  // for bytes that have no piece; without it they vanish
  bool fuse_unknown = false;                  // unknown bytes in a row are one unknown
};

/// Two neighbouring pieces and the one they become. The first merges come first.
struct piece_merge {
  std::int32_t left, right, result;
};

/// The merge of two pieces, where they and their sum are in the vocabulary.
[[nodiscard]] inline std::optional<piece_merge> find_merge(const vocabulary& pieces, std::string_view left,
                                                           std::string_view right) {
  const piece_merge merge{pieces.find(left), pieces.find(right),
                          pieces.find(left, right, piece_hash{}.then(left).then(right))};
  if (merge.left == vocabulary::absent || merge.right == vocabulary::absent || merge.result == vocabulary::absent)
    return std::nullopt;
  return merge;
}

/// Starts from the bytes of a word and joins, again and again, the neighbours whose merge has the lowest rank, the
/// leftmost of them first. O(n log n) in the bytes of a word.
class byte_pair {
 public:
  /// Memory of one thread.
  struct workspace {
    struct symbol {
      std::int32_t id;
      std::int32_t before, after;  // neighbours; -1 at the ends
    };
    struct candidate {
      std::int32_t rank, at, result;
    };
    std::vector<symbol> symbols;
    std::vector<candidate> queue;
  };

  byte_pair(const vocabulary& pieces, const std::vector<piece_merge>& merges, const byte_pair_options& options = {})
      : options_(options), merges_(std::bit_ceil(2 * merges.size() + 1)) {
    constexpr std::array<char32_t, 256> characters = byte_characters();
    for (std::size_t byte = 0; byte < 256; ++byte) {
      std::string piece;
      append_utf8(piece, characters[byte]);
      bytes_[byte] = pieces.find(piece);
    }
    std::int32_t rank = 0;
    for (const piece_merge& m : merges) {
      std::size_t at = slot_of(m.left, m.right);
      while (merges_[at].rank >= 0 && !(merges_[at].left == m.left && merges_[at].right == m.right)) at = next_slot(at);
      merges_[at] = {m.left, m.right, rank++, m.result};  // of two merges of the same pair the later counts
    }
  }

  [[nodiscard]] std::int32_t unknown() const noexcept { return options_.unknown; }

  template <class F>
  void split(std::string_view text, std::string& prefixed, F&& f) const {
    if (options_.add_prefix_space && !text.starts_with(' ')) {
      prefixed = ' ';
      prefixed += text;
      text = prefixed;
    }
    split_byte_level(text, f);
  }

  /// Appends the ids of a word.
  void encode(const vocabulary& pieces, std::string_view word, workspace& space, std::vector<std::int32_t>& ids) const {
    if (options_.ignore_merges) {
      if (const std::int32_t id = pieces.find(to_byte_characters(word)); id != vocabulary::absent) {
        ids.push_back(id);
        return;
      }
    }
    space.symbols.clear();
    space.queue.clear();
    spell(word, space.symbols);
    if (space.symbols.empty()) return;
    for (std::size_t i = 0; i + 1 < space.symbols.size(); ++i) propose(static_cast<std::int32_t>(i), space);
    while (!space.queue.empty()) {
      std::pop_heap(space.queue.begin(), space.queue.end(), later);
      const workspace::candidate best = space.queue.back();
      space.queue.pop_back();
      apply(best, space);
    }
    for (std::int32_t at = 0; at >= 0; at = symbol(space, at).after) ids.push_back(symbol(space, at).id);
  }

 private:
  struct merge_slot {
    std::int32_t left = 0, right = 0, rank = -1, result = 0;
  };
  static constexpr std::int32_t gone = -2;  // the id of a symbol that its left neighbour took in

  static bool later(const workspace::candidate& a, const workspace::candidate& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.at > b.at;
  }
  static workspace::symbol& symbol(workspace& space, std::int32_t at) {
    return space.symbols[static_cast<std::size_t>(at)];
  }

  void spell(std::string_view word, std::vector<workspace::symbol>& symbols) const {
    bool fusing = false;
    for (const char byte : word) {
      const std::int32_t id = bytes_[static_cast<unsigned char>(byte)];
      const bool known = id != vocabulary::absent;
      if (!known && (options_.unknown == vocabulary::absent || (options_.fuse_unknown && fusing))) continue;
      fusing = !known;
      const auto at = static_cast<std::int32_t>(symbols.size());
      symbols.push_back({known ? id : options_.unknown, at - 1, at + 1});
    }
    if (!symbols.empty()) symbols.back().after = -1;
  }

  /// Queues the merge of the symbol at `at` with the one after it, if there is one.
  void propose(std::int32_t at, workspace& space) const {
    const workspace::symbol& left = symbol(space, at);
    const merge_slot* merge = find(left.id, symbol(space, left.after).id);
    if (merge == nullptr) return;
    space.queue.push_back({merge->rank, at, merge->result});
    std::push_heap(space.queue.begin(), space.queue.end(), later);
  }

  /// Carries a queued merge out, if its two symbols still are what it was queued for.
  void apply(const workspace::candidate& merge, workspace& space) const {
    workspace::symbol& left = symbol(space, merge.at);
    if (left.id == gone || left.after < 0) return;
    workspace::symbol& right = symbol(space, left.after);
    const merge_slot* current = find(left.id, right.id);
    if (current == nullptr || current->result != merge.result) return;
    left.id = merge.result;
    left.after = right.after;
    right.id = gone;
    if (left.after >= 0) symbol(space, left.after).before = merge.at;
    if (left.before >= 0) propose(left.before, space);
    if (left.after >= 0) propose(merge.at, space);
  }

  [[nodiscard]] std::size_t slot_of(std::int32_t left, std::int32_t right) const {
    const std::uint64_t key = static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u ^ key >> 29) * 0xBF58476D1CE4E5B9u >> 32) &
           (merges_.size() - 1);
  }
  [[nodiscard]] std::size_t next_slot(std::size_t at) const { return (at + 1) & (merges_.size() - 1); }

  [[nodiscard]] const merge_slot* find(std::int32_t left, std::int32_t right) const {
    for (std::size_t at = slot_of(left, right); merges_[at].rank >= 0; at = next_slot(at))
      if (merges_[at].left == left && merges_[at].right == right) return &merges_[at];
    return nullptr;
  }

  byte_pair_options options_;
  std::array<std::int32_t, 256> bytes_{};
  std::vector<merge_slot> merges_;
};

}  // namespace cot::text
