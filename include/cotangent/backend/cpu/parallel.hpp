#pragma once
// `parallel_for(device, tasks, f)`: the one place where the library calls oneTBB.

#include <cotangent/backend/cpu/device.hpp>

#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>

#if defined(__SANITIZE_THREAD__)
#define COT_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define COT_THREAD_SANITIZER 1
#endif
#endif
#if defined(COT_THREAD_SANITIZER)
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#endif

namespace cot {

namespace detail {
// Debian's oneTBB is not instrumented: tell the thread sanitizer what a parallel loop orders.
inline void announce_release([[maybe_unused]] void* fence) {
#if defined(COT_THREAD_SANITIZER)
  __tsan_release(fence);
#endif
}
inline void announce_acquire([[maybe_unused]] void* fence) {
#if defined(COT_THREAD_SANITIZER)
  __tsan_acquire(fence);
#endif
}
}  // namespace detail

/// Calls f(task) for task in [0, tasks), in any order, on the device's threads. What a task computes must depend on its
/// number alone, never on the thread or the number of threads: that is what makes results reproducible. A caller splits
/// its work into tasks of at least some 5 us (compute bound) or 25 us (memory bound).
template <class F>
void parallel_for(cpu& device, index tasks, const F& f) {
  if (tasks <= 0) return;
  if (tasks == 1 && tbb::this_task_arena::current_thread_index() <= 0) return f(index{0});
  device.arena().execute([&] {
    if (tasks == 1 || device.threads() == 1) {
      for (index task = 0; task < tasks; ++task) f(task);
      return;
    }
    int fence = 0;
    detail::announce_release(&fence);
    tbb::parallel_for(
        index{0}, tasks, index{1},
        [&](index task) {
          detail::announce_acquire(&fence);
          f(task);
          detail::announce_release(&fence);
        },
        tbb::simple_partitioner{});
    detail::announce_acquire(&fence);
  });
}

}  // namespace cot
