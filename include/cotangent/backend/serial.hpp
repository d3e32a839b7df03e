#pragma once
// `serial`: plain loops on one thread in portable code; the reference that every other backend is compared with.

#include <cotangent/core/arena.hpp>
#include <cotangent/core/host_memory.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/shape.hpp>

#include <cstddef>
#include <cstring>

namespace cot {

class serial {
 public:
  static constexpr bool host_memory = true;

  serial() = default;
  serial(const serial&) = delete;
  serial& operator=(const serial&) = delete;

  /// What charges the device's operations from now on (null: nobody), which must outlive them. See core/profile.hpp.
  void profiled_by(profile* p) noexcept { profile_ = p; }
  [[nodiscard]] profile* profiled_by() const noexcept { return profile_; }

  /// Memory of the running step: its tensors, and (always on the host) its records. See tape.
  [[nodiscard]] arena<host_memory_source>& memory() noexcept { return memory_; }
  [[nodiscard]] arena<host_memory_source>& records() noexcept { return records_; }

 private:
  arena<host_memory_source> memory_;
  arena<host_memory_source> records_;
  profile* profile_ = nullptr;
};

[[nodiscard]] inline void* allocate(serial&, std::size_t bytes) { return host_memory_source::allocate(bytes); }
inline void deallocate(serial&, void* data, std::size_t bytes) noexcept { host_memory_source::deallocate(data, bytes); }
inline void upload(serial&, void* to, const void* from_host, std::size_t bytes) {
  if (bytes) std::memcpy(to, from_host, bytes);
}
inline void download(serial&, void* to_host, const void* from, std::size_t bytes) {
  if (bytes) std::memcpy(to_host, from, bytes);
}

/// f(task) for task in [0, tasks), one after the other.
template <class F>
void parallel_for(serial&, index tasks, const F& f) {
  for (index task = 0; task < tasks; ++task) f(task);
}

}  // namespace cot

#include <cotangent/backend/serial/attention.hpp>
#include <cotangent/backend/serial/gemm.hpp>
#include <cotangent/backend/serial/launch.hpp>
