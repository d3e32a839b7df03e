#include "support/count_allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COT_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define COT_TEST_SANITIZED 1
#endif
#endif

namespace {
std::atomic<std::size_t> calls{0};
}

std::size_t cot::test::allocations_so_far() noexcept { return calls.load(); }

#if defined(COT_TEST_SANITIZED)

bool cot::test::allocations_are_counted() noexcept { return false; }

#else

bool cot::test::allocations_are_counted() noexcept { return true; }

namespace {
void* take(std::size_t bytes, std::size_t alignment) noexcept {
  ++calls;
  return memalign(alignment, bytes == 0 ? 1 : bytes);
}
void* take_or_throw(std::size_t bytes, std::size_t alignment) {
  void* memory = take(bytes, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept { return take(bytes, alignment); }

void* operator new(std::size_t n) { return take_or_throw(n, alignof(std::max_align_t)); }
void* operator new[](std::size_t n) { return take_or_throw(n, alignof(std::max_align_t)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return take(n, alignof(std::max_align_t)); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return take(n, alignof(std::max_align_t)); }
void* operator new(std::size_t n, std::align_val_t a) { return take_or_throw(n, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return take_or_throw(n, static_cast<std::size_t>(a)); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

#endif
