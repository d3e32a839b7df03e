#pragma once
// Host memory for tensors: aligned to cache lines, large blocks on 2 MiB pages where the system offers them.

#include <cotangent/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace cot {

struct host_memory_source {
  static constexpr std::size_t page = std::size_t{2} << 20;

  [[nodiscard]] static void* allocate(std::size_t bytes) {
    const std::size_t alignment = bytes >= page ? page : 64;
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* data = std::aligned_alloc(alignment, rounded ? rounded : alignment);
    if (data == nullptr)
      throw device_error("allocate", "out of host memory", "", std::to_string(bytes) + " bytes asked for");
#if defined(__linux__)
    if (bytes >= page) madvise(data, rounded, MADV_HUGEPAGE);  // advice: its failure changes nothing
#endif
    return data;
  }
  /// Zeroes memory. `sparse`: whole pages of it take up room only once something is written to them.
  static void zero(void* data, std::size_t bytes, bool sparse = false) {
    auto* first = static_cast<std::byte*>(data);
#if defined(__linux__)
    constexpr std::size_t small_page = 4096;
    const auto before = (small_page - reinterpret_cast<std::uintptr_t>(first) % small_page) % small_page;
    const std::size_t whole = bytes > before ? (bytes - before) / small_page * small_page : 0;
    if (sparse && whole > 0) {
      madvise(first + before, whole, MADV_NOHUGEPAGE);
      if (madvise(first + before, whole, MADV_DONTNEED) == 0) {  // private anonymous pages read as zero from now on
        std::memset(first, 0, before);
        std::memset(first + before + whole, 0, bytes - before - whole);
        return;
      }
    }
#endif
    std::memset(first, 0, bytes);
  }
  static void deallocate(void* data, std::size_t) noexcept { std::free(data); }
};

}  // namespace cot
