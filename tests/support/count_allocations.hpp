#pragma once
// Counts what our code takes from the heap: "a steady step allocates nothing" is tested with it.

#include <cstddef>

namespace cot::test {

/// Calls of operator new and of std::aligned_alloc (the library's large blocks) by any thread since the program's
/// start. oneTBB's own memory is not counted: it comes from elsewhere.
[[nodiscard]] std::size_t allocations_so_far() noexcept;

/// False under a sanitizer, which wants its own operator new.
[[nodiscard]] bool allocations_are_counted() noexcept;

///   const cot::test::count_allocations count;
///   step();
///   CHECK(count() == 0);
class count_allocations {
 public:
  [[nodiscard]] std::size_t operator()() const noexcept { return allocations_so_far() - before_; }

 private:
  std::size_t before_ = allocations_so_far();
};

}  // namespace cot::test
