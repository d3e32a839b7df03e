// The helpers of the other tests keep their promises.
#include "support/count_allocations.hpp"
#include "support/data.hpp"
#include "support/temporary.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <new>

TEST_CASE("frame: allocations are counted") {
  if (!cot::test::allocations_are_counted()) {
    MESSAGE("skipped: under a sanitizer");
    return;
  }
  const cot::test::count_allocations count;
  const std::size_t none = count();
  void* const plain = ::operator new(100);  // called by name, because a new-expression may be optimised away
  const std::size_t one = count();
  void* (*volatile aligned)(std::size_t, std::size_t) = std::aligned_alloc;  // volatile for the same reason
  void* const block = aligned(64, 640);
  const std::size_t two = count();
  CHECK(none == 0);
  CHECK(one == 1);
  CHECK(two == 2);
  CHECK(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
  ::operator delete(plain);
  std::free(block);
}

TEST_CASE("frame: a temporary folder goes with its object") {
  std::filesystem::path path;
  {
    const cot::test::temporary_folder folder;
    path = folder.path();
    std::ofstream(folder / "file.txt") << "text";
    CHECK(std::filesystem::exists(path / "file.txt"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("frame: absent data is no error") { CHECK_FALSE(cot::test::data("no/such/file").has_value()); }

TEST_CASE("frame: the sources are found from anywhere") {
  CHECK(std::filesystem::exists(cot::test::source_folder() / "include" / "cotangent" / "core" / "view.hpp"));
}
