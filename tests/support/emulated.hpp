#pragma once
// `emulated<N>`: a backend whose blocks have N cooperating lanes, as on a GPU, run on the host. As fibers it is
// deterministic and finds missing barriers and divergence; as threads it lets the thread sanitizer find races.

#include <cotangent/backend/serial.hpp>
#include <cotangent/core/block.hpp>
#include <cotangent/core/error.hpp>

#include <barrier>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ucontext.h>

namespace cot {

enum class emulation { fibers, threads };

namespace detail {

/// Memory that the lanes of a block share.
struct lanes_memory {
  alignas(64) std::byte shared[16384];
  alignas(64) std::byte exchange[1024 * sizeof(double)];
};

/// One lane of an emulated block; `Barrier` is called to wait for the others.
template <class Barrier>
class emulated_block {
 public:
  template <class T>
  using number = T;

  emulated_block(cot::index i, cot::index rank, cot::index size, lanes_memory& memory, Barrier barrier)
      : index_(i), rank_(rank), size_(size), memory_(&memory), barrier_(barrier) {}

  [[nodiscard]] cot::index index() const { return index_; }
  [[nodiscard]] cot::index rank() const { return rank_; }
  [[nodiscard]] cot::index size() const { return size_; }
  void sync() { barrier_(); }
  template <class T, int N>
  [[nodiscard]] T* shared() {
    static_assert(N * static_cast<int>(sizeof(T)) <= static_cast<int>(sizeof memory_->shared));
    return reinterpret_cast<T*>(memory_->shared);
  }
  template <class T, class Op>
  [[nodiscard]] T reduce(T x, const Op& op) {
    T* all = reinterpret_cast<T*>(memory_->exchange);
    all[rank_] = x;
    sync();
    T result = all[0];
    for (cot::index i = 1; i < size_; ++i) result = op(result, all[i]);
    sync();
    return result;
  }

 private:
  cot::index index_, rank_, size_;
  lanes_memory* memory_;
  Barrier barrier_;
};

/// One lane with a stack of its own.
template <class Lane>
struct fiber {
  static constexpr std::size_t stack_bytes = 256 * 1024;
  ucontext_t context;
  std::unique_ptr<std::byte[]> stack = std::make_unique<std::byte[]>(stack_bytes);
  const Lane* lane = nullptr;
  index rank = 0;
  ucontext_t* home = nullptr;
  bool done = false;

  struct barrier {
    fiber* self;
    void operator()() const { swapcontext(&self->context, self->home); }
  };
  static void enter(unsigned low, unsigned high) {
    auto* self = reinterpret_cast<fiber*>(std::uintptr_t{high} << 32 | low);
    (*self->lane)(self->rank, barrier{self});
    self->done = true;
  }
};

/// Runs lane(rank, barrier) for N ranks as fibers of the calling thread, in rounds from barrier to barrier.
template <int N, class Lane>
void run_fibers(const Lane& lane) {
  ucontext_t home;
  std::vector<fiber<Lane>> fibers(N);
  for (int rank = 0; rank < N; ++rank) {
    fiber<Lane>& f = fibers[static_cast<std::size_t>(rank)];
    f.lane = &lane;
    f.rank = rank;
    f.home = &home;
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.get();
    f.context.uc_stack.ss_size = fiber<Lane>::stack_bytes;
    f.context.uc_link = &home;
    const auto self = reinterpret_cast<std::uintptr_t>(&f);
    makecontext(&f.context, reinterpret_cast<void (*)()>(&fiber<Lane>::enter), 2, static_cast<unsigned>(self),
                static_cast<unsigned>(self >> 32));
  }
  for (int live = N; live > 0;) {
    int finished = 0;
    for (fiber<Lane>& f : fibers) {
      if (f.done) continue;
      swapcontext(&home, &f.context);
      finished += f.done;
    }
    if (finished != 0 && finished != live)
      throw error("emulated: " + std::to_string(finished) + " of " + std::to_string(live) +
                  " lanes left the program while the others wait at a barrier");
    live -= finished;
  }
}

}  // namespace detail

/// N = 37 finds strides that powers of two hide.
template <int N, emulation How = emulation::fibers>
class emulated {
 public:
  static constexpr bool host_memory = true;

  emulated() = default;
  emulated(const emulated&) = delete;
  emulated& operator=(const emulated&) = delete;

  [[nodiscard]] arena<host_memory_source>& memory() noexcept { return host_.memory(); }
  [[nodiscard]] arena<host_memory_source>& records() noexcept { return host_.records(); }

  template <class Program>
  friend void launch_blocks(emulated&, index count, const block_work&, const Program& program) {
    if (count == 0) return;
    const auto memory = std::make_unique<detail::lanes_memory>();
    if constexpr (How == emulation::fibers) {
      for (index i = 0; i < count; ++i)
        detail::run_fibers<N>([&](index rank, auto barrier) {
          detail::emulated_block b(i, rank, N, *memory, barrier);
          program(b);
        });
    } else {
      std::barrier<> meeting(N);
      std::vector<std::jthread> threads;
      for (index rank = 0; rank < N; ++rank)
        threads.emplace_back([&, rank] {
          const auto barrier = [&] { meeting.arrive_and_wait(); };
          for (index i = 0; i < count; ++i) {
            detail::emulated_block b(i, rank, N, *memory, barrier);
            program(b);
            barrier();
          }
        });
    }
  }

  template <class... Arguments>
  friend void gemm(emulated& device, Arguments&&... arguments) {
    gemm(device.host_, std::forward<Arguments>(arguments)...);
  }

  [[nodiscard]] friend void* allocate(emulated& device, std::size_t bytes) { return allocate(device.host_, bytes); }
  friend void deallocate(emulated& device, void* data, std::size_t bytes) noexcept {
    deallocate(device.host_, data, bytes);
  }
  friend void upload(emulated& device, void* to, const void* from_host, std::size_t bytes) {
    upload(device.host_, to, from_host, bytes);
  }
  friend void download(emulated& device, void* to_host, const void* from, std::size_t bytes) {
    download(device.host_, to_host, from, bytes);
  }

 private:
  serial host_;
};

}  // namespace cot
