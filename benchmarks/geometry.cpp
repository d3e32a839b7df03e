// Estimators of geometry on random rows: milliseconds of one thread, best of several rounds.
//
//   geometry [rows width]...        by default 64 768  256 768  1000 384  1000 768

#include <cotangent/geometry.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

double thread_seconds() {
  std::timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

template <class F>
double best_seconds(F f) {
  double best = HUGE_VAL, spent = 0;
  for (int round = 0; round < 1000 && (round < 2 || spent < 0.3); ++round) {
    const double begin = thread_seconds();
    f();
    const double taken = thread_seconds() - begin;
    best = std::min(best, taken);
    spent += taken;
  }
  return best;
}

/// Sums of uniform numbers: nearly Gaussian, the same on every machine.
std::vector<float> random_rows(std::size_t size) {
  std::vector<float> x(size);
  std::uint64_t state = 1;
  for (float& v : x) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      sum += static_cast<double>(state >> 11) * 0x1p-53;
    }
    v = static_cast<float>(sum);
  }
  return x;
}

void report(std::string_view name, double seconds) {
  std::printf("  %-30s %10.3f ms\n", std::string(name).c_str(), 1e3 * seconds);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::pair<cot::index, cot::index>> sizes;
  for (int i = 1; i < argc; i += 2) {
    sizes.emplace_back(std::atol(argv[i]), i + 1 < argc ? std::atol(argv[i + 1]) : 0);
    if (sizes.back().first > 1 && sizes.back().second > 0) continue;
    std::fputs("usage: geometry [ROWS WIDTH]...\n", std::strcmp(argv[i], "--help") == 0 ? stdout : stderr);
    return std::strcmp(argv[i], "--help") == 0 ? 0 : 2;
  }
  if (sizes.empty()) sizes = {{64, 768}, {256, 768}, {1000, 384}, {1000, 768}};
  for (const auto& [n, d] : sizes) {
    const std::vector<float> one = random_rows(static_cast<std::size_t>(n * d));
    std::vector<float> two = one;
    for (float& v : two) v = std::tanh(v);
    const cot::view<const float, 2> x(one.data(), {n, d}), y(two.data(), {n, d});
    std::printf("%ld rows of %ld\n", static_cast<long>(n), static_cast<long>(d));
    double sum = 0;  // keeps the work from being left out
    report("moments::observe", best_seconds([&] {
             cot::geometry::moments m(d);
             m.observe(x);
             sum += m.mean()[0];
           }));
    std::apply(
        [&](auto... estimators) {
          const auto time = [&](auto e) {
            report(e.describe().name, best_seconds([&] {
                     if constexpr (cot::geometry::pair_estimator<decltype(e)>)
                       sum += e(x, y);
                     else
                       sum += e(x);
                   }));
          };
          (time(estimators), ...);
        },
        cot::geometry::catalogue);
    if (std::isnan(sum)) std::puts("  (a value was undefined)");
  }
}
