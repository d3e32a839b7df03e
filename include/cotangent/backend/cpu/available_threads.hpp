#pragma once
// How many threads this process may keep busy: what its affinity allows, and what a container's quota grants.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace cot {

namespace detail {

/// The cores that the quotas of a control group and of those above it grant (version 2: cpu.max; version 1:
/// cpu.cfs_quota_us), rounded up; 0: no quota. `mount` is where the groups are mounted, `membership` the file that
/// names the group of this process.
[[nodiscard]] inline int cores_by_quota(const std::string& mount = "/sys/fs/cgroup",
                                        const std::string& membership = "/proc/self/cgroup") {
  double least = 0;
  const auto grant = [&least](double quota, double period) {
    if (quota > 0 && period > 0) least = least > 0 ? std::min(least, quota / period) : quota / period;
  };
  const auto read = [&](const std::string& folder) {
    std::string quota;
    double period = 0;
    if (std::ifstream file(folder + "/cpu.max"); file >> quota >> period && quota != "max") {
      grant(std::strtod(quota.c_str(), nullptr), period);
      return;
    }
    double q = 0;
    std::ifstream first(folder + "/cpu.cfs_quota_us"), second(folder + "/cpu.cfs_period_us");
    if (first >> q && second >> period) grant(q, period);
  };
  std::ifstream groups(membership);
  for (std::string line; std::getline(groups, line);) {  // "0::/path" or "4:cpu,cpuacct:/path"
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && ("," + controllers + ",").find(",cpu,") == std::string::npos) continue;
    std::string path = line.substr(second + 1);
    const std::string root = controllers.empty() ? mount : mount + "/cpu";
    for (;;) {
      read(root + path);
      const auto slash = path.rfind('/');
      if (path.empty() || slash == std::string::npos) break;
      path.erase(slash);
    }
  }
  return least > 0 ? std::max(1, static_cast<int>(std::ceil(least))) : 0;
}

}  // namespace detail

/// At least 1.
[[nodiscard]] inline int available_threads() {
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) threads = std::max(1, CPU_COUNT(&allowed));
#endif
  const int granted = detail::cores_by_quota();
  return granted > 0 ? std::min(threads, granted) : threads;
}

}  // namespace cot
