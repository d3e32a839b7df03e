#pragma once
// `arena`: a growing pool of chunks from which a training step takes its memory, and gives all of it back at once.

#include <cotangent/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace cot {

/// Bump allocation out of chunks that come from `Source` (allocate(bytes) -> void*, deallocate(void*, bytes)). Taking
/// is a pointer addition; `rewind` frees everything taken since a `mark` and keeps the chunks. After the largest step
/// so far, a step takes no new chunk: that is what "a steady step allocates nothing" means.
template <class Source>
class arena {
 public:
  static constexpr std::size_t alignment = 64;

  struct mark {
    std::size_t chunk = 0;
    std::size_t used = 0;
  };

  explicit arena(Source source = {}, std::size_t first_chunk = std::size_t{4} << 20)
      : source_(std::move(source)), next_chunk_(first_chunk) {}
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;
  ~arena() {
    for (const chunk& c : chunks_) source_.deallocate(c.data, c.bytes);
  }

  /// Uninitialised memory, aligned to 64 bytes, valid until a rewind to an earlier mark.
  [[nodiscard]] void* take(std::size_t bytes) {
    bytes = (bytes + alignment - 1) / alignment * alignment;
    while (at_.chunk < chunks_.size()) {
      chunk& c = chunks_[at_.chunk];
      if (c.bytes - at_.used >= bytes) {
        void* taken = static_cast<std::byte*>(c.data) + at_.used;
        at_.used += bytes;
        return taken;
      }
      at_ = {at_.chunk + 1, 0};
    }
    const std::size_t size = std::max(bytes, next_chunk_);
    chunks_.push_back({source_.allocate(size), size});
    next_chunk_ = std::max(next_chunk_, size) * 2;
    at_ = {chunks_.size() - 1, bytes};
    return chunks_.back().data;
  }

  template <class T>
  [[nodiscard]] T* take_array(std::size_t n) {
    static_assert(alignof(T) <= alignment);
    return static_cast<T*>(take(n * sizeof(T)));
  }

  [[nodiscard]] mark position() const noexcept { return at_; }
  void rewind(mark to) noexcept { at_ = to; }

  /// Bytes held in chunks, in use or not.
  [[nodiscard]] std::size_t capacity() const noexcept {
    std::size_t bytes = 0;
    for (const chunk& c : chunks_) bytes += c.bytes;
    return bytes;
  }

 private:
  struct chunk {
    void* data;
    std::size_t bytes;
  };
  Source source_;
  std::vector<chunk> chunks_;
  mark at_;
  std::size_t next_chunk_;
};

}  // namespace cot
