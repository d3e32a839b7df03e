// The helpers of the other tests keep their promises.
#include "support/count_allocations.hpp"
#include "support/data.hpp"
#include "support/temporary.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

TEST_CASE("frame: allocations are counted") {
  if (!cot::test::allocations_are_counted()) {
    MESSAGE("skipped: under a sanitizer");
    return;
  }
  const cot::test::count_allocations count;
  CHECK(count() == 0);
  std::vector<int> numbers(100, 1);
  CHECK(count() == 1);
  const auto one = std::make_unique<int>(numbers[0]);
  CHECK(count() == 2);
  void* const block = std::aligned_alloc(64, 640);
  CHECK(count() == 3);
  CHECK(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
  std::free(block);
  CHECK(count() == 3);
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
