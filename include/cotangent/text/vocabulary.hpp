#pragma once
// `vocabulary`: pieces and their ids.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::text {

/// FNV-1a, 64 bits, byte by byte: the hash of a text's every beginning comes for free while it is read.
struct piece_hash {
  std::uint64_t state = 14695981039346656037u;

  [[nodiscard]] piece_hash then(char byte) const {
    return {(state ^ static_cast<unsigned char>(byte)) * 1099511628211u};
  }
  [[nodiscard]] piece_hash then(std::string_view bytes) const {
    piece_hash h = *this;
    for (const char byte : bytes) h = h.then(byte);
    return h;
  }
};

/// A fixed set of pieces with distinct ids in [0, size); an id may be unused. Lookups allocate nothing: open addressing
/// over one pool of bytes.
class vocabulary {
 public:
  static constexpr std::int32_t absent = -1;
  static constexpr std::int32_t highest_id = (1 << 22) - 1;  // ids come from files: memory stays bounded

  struct entry {
    std::string_view piece;
    std::int32_t id;
  };

  vocabulary() : vocabulary(std::vector<entry>{}) {}

  /// Throws cot::error on a piece or an id given twice, and on an id outside [0, highest_id].
  explicit vocabulary(const std::vector<entry>& entries) {
    std::size_t bytes = 0, size = 0;
    for (const entry& e : entries) {
      if (e.id < 0 || e.id > highest_id)
        throw error(error_text("vocabulary", "id of \"" + std::string(e.piece) + '"',
                               "0 to " + std::to_string(highest_id), std::to_string(e.id)));
      bytes += e.piece.size();
      size = std::max(size, static_cast<std::size_t>(e.id) + 1);
      longest_ = std::max(longest_, e.piece.size());
    }
    pool_.reserve(bytes);
    pieces_.resize(size);
    slots_.resize(std::bit_ceil(2 * entries.size() + 1));
    for (const entry& e : entries) {
      piece_place& place = pieces_[static_cast<std::size_t>(e.id)];
      if (place.used)
        throw error(error_text("vocabulary", "id " + std::to_string(e.id), "one piece",
                               '"' + std::string(piece(e.id)) + "\" and \"" + std::string(e.piece) + '"'));
      const piece_hash hash = piece_hash{}.then(e.piece);
      if (const std::int32_t other = find({}, e.piece, hash); other != absent)
        throw error(error_text("vocabulary", "piece \"" + std::string(e.piece) + '"', "one id",
                               std::to_string(other) + " and " + std::to_string(e.id)));
      place = {pool_.size(), e.piece.size(), true};
      pool_ += e.piece;
      std::size_t at = first_slot(hash);
      while (slots_[at].id != absent) at = next_slot(at);
      slots_[at] = {tag(hash), e.id};
      ++count_;
    }
  }

  /// One more than the highest id.
  [[nodiscard]] index size() const noexcept { return static_cast<index>(pieces_.size()); }
  /// The number of pieces: less than size() where ids are unused.
  [[nodiscard]] index pieces() const noexcept { return count_; }
  /// Bytes of the longest piece.
  [[nodiscard]] std::size_t longest() const noexcept { return longest_; }

  [[nodiscard]] bool contains(std::int32_t id) const {
    return id >= 0 && id < size() && pieces_[static_cast<std::size_t>(id)].used;
  }
  /// The piece of an id that the vocabulary contains; empty for any other.
  [[nodiscard]] std::string_view piece(std::int32_t id) const {
    if (!contains(id)) return {};
    const piece_place& place = pieces_[static_cast<std::size_t>(id)];
    return std::string_view(pool_).substr(place.start, place.length);
  }

  /// The id of a piece, or `absent`.
  [[nodiscard]] std::int32_t find(std::string_view piece) const { return find({}, piece, piece_hash{}.then(piece)); }

  /// The id of the piece `before` + `after`, whose hash the caller knows.
  [[nodiscard]] std::int32_t find(std::string_view before, std::string_view after, piece_hash hash) const {
    for (std::size_t at = first_slot(hash); slots_[at].id != absent; at = next_slot(at)) {
      if (slots_[at].tag != tag(hash)) continue;
      const std::string_view whole = piece(slots_[at].id);
      if (whole.size() == before.size() + after.size() && whole.starts_with(before) && whole.ends_with(after))
        return slots_[at].id;
    }
    return absent;
  }

 private:
  struct slot {
    std::uint32_t tag = 0;
    std::int32_t id = absent;
  };
  struct piece_place {
    std::size_t start = 0;
    std::size_t length = 0;
    bool used = false;
  };

  // FNV mixes its last bytes into low bits only: one more multiplication spreads them.
  [[nodiscard]] static std::uint64_t mixed(piece_hash hash) {
    return (hash.state ^ hash.state >> 32) * 0x9E3779B97F4A7C15u;
  }
  [[nodiscard]] static std::uint32_t tag(piece_hash hash) { return static_cast<std::uint32_t>(mixed(hash)); }
  [[nodiscard]] std::size_t first_slot(piece_hash hash) const {
    return static_cast<std::size_t>(mixed(hash) >> 32) & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t next_slot(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  std::string pool_;
  std::vector<piece_place> pieces_;
  std::vector<slot> slots_;
  std::size_t longest_ = 0;
  index count_ = 0;
};

}  // namespace cot::text
