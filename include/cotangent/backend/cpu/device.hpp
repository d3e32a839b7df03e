#pragma once
// The object `cpu`: threads, instruction set, memory and per-thread scratch of one CPU device. Nothing is global: two
// devices in one program share nothing but the cores.

#include <cotangent/backend/cpu/amx.hpp>
#include <cotangent/backend/cpu/available_threads.hpp>
#include <cotangent/backend/cpu/bf16_probe.hpp>
#include <cotangent/backend/cpu/isa.hpp>
#include <cotangent/core/arena.hpp>
#include <cotangent/core/host_memory.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/shape.hpp>

#include <tbb/task_arena.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace cot {

class cpu {
 public:
  static constexpr bool host_memory = true;
  static constexpr bool packs_weights = true;  // see ops/packed_weight.hpp

  struct options {
    int threads = 0;                     ///< 0: the cores this process may use (affinity and cgroup)
    std::optional<isa> level = {};       ///< default: the machine's, capped by COTANGENT_ISA
    tbb::task_arena* arena = nullptr;    ///< the host's own threads; it must outlive the device
    bool amx = true;                     ///< false: never ask the kernel for AMX permission
    std::optional<bool> fast_bf16 = {};  ///< default: measured; a resumed run gives what its first run found
  };

  cpu() : cpu(options{}) {}
  explicit cpu(options o) : level_(o.level.value_or(isa_from_environment())), borrowed_(o.arena) {
    if (o.threads < 0) throw option_error("cpu", "threads", "0 or more", std::to_string(o.threads));
    if (level_ > detect_isa())
      throw device_error("cpu", "level", "at most " + std::string(to_string(detect_isa())) + " on this machine",
                         to_string(level_));
    if (level_ == isa::amx && !o.amx) level_ = isa::avx512bf16;
    if (borrowed_ == nullptr) own_.emplace(o.threads > 0 ? o.threads : available_threads());
    fast_bf16_ = level_ >= isa::avx512bf16 && (o.fast_bf16 ? *o.fast_bf16 : detail::measure_fast_bf16(level_));
    scratch_.resize(static_cast<std::size_t>(threads()));
  }
  cpu(const cpu&) = delete;
  cpu& operator=(const cpu&) = delete;

  [[nodiscard]] isa level() const noexcept { return level_; }
  /// Whether products of bfloat16 use the tiles of AMX. The first call asks the operating system for them.
  [[nodiscard]] bool amx() {
    if (level_ == isa::amx && !amx_.has_value()) amx_ = detail::request_amx();
    return amx_.value_or(false);
  }
  /// Whether they use AVX512-BF16 where they do not use AMX: only where it beats float. Both decide their last bits.
  [[nodiscard]] bool fast_bf16() const noexcept { return fast_bf16_; }
  [[nodiscard]] int threads() const { return arena().max_concurrency(); }
  [[nodiscard]] tbb::task_arena& arena() const { return borrowed_ ? *borrowed_ : const_cast<tbb::task_arena&>(*own_); }

  /// What charges the device's operations from now on (null: nobody), which must outlive them. See core/profile.hpp.
  void profiled_by(profile* p) noexcept { profile_ = p; }
  [[nodiscard]] profile* profiled_by() const noexcept { return profile_; }

  /// Memory of the running step: its tensors, and (always on the host) its records. See tape.
  [[nodiscard]] cot::arena<host_memory_source>& memory() noexcept { return memory_; }
  [[nodiscard]] cot::arena<host_memory_source>& records() noexcept { return records_; }

  /// At least `bytes` of 64-byte aligned memory that belongs to the calling thread of this device until its next call
  /// from the same thread. For packing and partial rows inside one task; contents are unspecified.
  [[nodiscard]] void* scratch(std::size_t bytes) {
    const int slot = std::clamp(tbb::this_task_arena::current_thread_index(), 0, static_cast<int>(scratch_.size()) - 1);
    buffer& b = scratch_[static_cast<std::size_t>(slot)];
    if (b.bytes < bytes) b = buffer(std::max(bytes, 2 * b.bytes));
    return b.data.get();
  }

 private:
  struct release {
    void operator()(void* data) const noexcept { host_memory_source::deallocate(data, 0); }
  };
  struct buffer {
    buffer() = default;
    explicit buffer(std::size_t n) : data(host_memory_source::allocate(n)), bytes(n) {}
    std::unique_ptr<void, release> data;
    std::size_t bytes = 0;
  };

  isa level_;
  bool fast_bf16_ = false;
  std::optional<bool> amx_;
  tbb::task_arena* borrowed_;
  std::optional<tbb::task_arena> own_;
  cot::arena<host_memory_source> memory_;
  cot::arena<host_memory_source> records_;
  std::vector<buffer> scratch_;
  profile* profile_ = nullptr;
};

[[nodiscard]] inline void* allocate(cpu&, std::size_t bytes) { return host_memory_source::allocate(bytes); }
inline void deallocate(cpu&, void* data, std::size_t bytes) noexcept { host_memory_source::deallocate(data, bytes); }
inline void upload(cpu&, void* to, const void* from_host, std::size_t bytes) {
  if (bytes) std::memcpy(to, from_host, bytes);
}
inline void download(cpu&, void* to_host, const void* from, std::size_t bytes) {
  if (bytes) std::memcpy(to_host, from, bytes);
}

}  // namespace cot
