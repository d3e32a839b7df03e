#pragma once
// Host memory for tensors: aligned to cache lines, large blocks on 2 MiB pages where the system offers them.

#include <cotangent/core/error.hpp>

#include <cstddef>
#include <cstdlib>
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
  static void deallocate(void* data, std::size_t) noexcept { std::free(data); }
};

}  // namespace cot
