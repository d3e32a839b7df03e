// The default number of threads.
#include <cotangent/backend/cpu/available_threads.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <support/temporary.hpp>

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("backend: the quota of a control group is the least of those above it, rounded up") {
  const cot::test::temporary_folder folder;
  const auto root = folder / "groups";
  const std::string membership = (folder / "membership").string();
  const auto cores = [&] { return cot::detail::cores_by_quota(root.string(), membership); };
  CHECK(cores() == 0);

  write(membership, "0::/service/job\n");
  write(root / "service/job/cpu.max", "max 100000\n");
  CHECK(cores() == 0);
  write(root / "service/job/cpu.max", "350000 100000\n");
  CHECK(cores() == 4);
  write(root / "service/cpu.max", "150000 100000\n");
  CHECK(cores() == 2);
  write(root / "service/job/cpu.max", "10000 100000\n");
  CHECK(cores() == 1);
}

TEST_CASE("backend: control groups of version 1 grant by two files") {
  const cot::test::temporary_folder folder;
  const auto root = folder / "groups";
  const std::string membership = (folder / "membership").string();
  write(membership, "7:memory:/box\n4:cpu,cpuacct:/box\n");
  write(root / "cpu/box/cpu.cfs_quota_us", "-1\n");
  write(root / "cpu/box/cpu.cfs_period_us", "100000\n");
  CHECK(cot::detail::cores_by_quota(root.string(), membership) == 0);
  write(root / "cpu/box/cpu.cfs_quota_us", "300000\n");
  CHECK(cot::detail::cores_by_quota(root.string(), membership) == 3);
}

TEST_CASE("backend: this process may use at least one thread") { CHECK(cot::available_threads() >= 1); }
