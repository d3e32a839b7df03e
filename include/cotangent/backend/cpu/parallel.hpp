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
// Distributions do not instrument oneTBB: tell the thread sanitizer what a parallel loop orders. What the loop begins
// with is seen by its tasks, and theirs by what follows it; task and task are not ordered, so that their races are
// found. The two fences are not locals of the loop, because a task would have to read their addresses before it is
// ordered.
#if defined(COT_THREAD_SANITIZER)
inline char loop_begins, loop_ends;
inline void before_loop() { __tsan_release(&loop_begins); }
inline void before_task() { __tsan_acquire(&loop_begins); }
inline void after_task() { __tsan_release(&loop_ends); }
inline void after_loop() { __tsan_acquire(&loop_ends); }
#else
inline void before_loop() {}
inline void before_task() {}
inline void after_task() {}
inline void after_loop() {}
#endif
}  // namespace detail

/// Calls f(task) for task in [0, tasks), in any order, on the device's threads. What a task computes must depend on its
/// number alone, never on the thread or the number of threads: that is what makes results reproducible. A caller splits
/// its work into tasks of at least some 5 us (compute bound) or 25 us (memory bound).
template <class F>
void parallel_for(cpu& device, index tasks, const F& f) {
  if (tasks <= 0) return;
  if (tasks == 1 && tbb::this_task_arena::current_thread_index() <= 0) return f(index{0});
  detail::before_loop();
  device.arena().execute([&] {
    detail::before_task();  // the arena may run this on one of its own threads
    if (tasks == 1 || device.threads() == 1) {
      for (index task = 0; task < tasks; ++task) f(task);
    } else {
      const auto body = [&f](index task) {
        detail::before_task();
        f(task);
        detail::after_task();
      };
      detail::before_loop();
      tbb::parallel_for(index{0}, tasks, index{1}, body, tbb::simple_partitioner{});
      detail::after_loop();
    }
    detail::after_task();
  });
  detail::after_loop();
}

}  // namespace cot
