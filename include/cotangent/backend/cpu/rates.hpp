#pragma once
// What this machine can do at best, measured: the floors that a profile is compared with.

#include <cotangent/backend/cpu/chains.hpp>
#include <cotangent/backend/cpu/device.hpp>
#include <cotangent/backend/cpu/parallel.hpp>
#include <cotangent/core/profile.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <vector>

namespace cot {

/// Of all threads of the device together; bfloat16 by what the device uses for it, bytes as read and written in copying
/// 16 MiB, the size of a layer's activations. Takes some 50 ms. The best of several tries: a floor is what nothing
/// disturbs.
[[nodiscard]] inline machine_rates measure_rates(cpu& device) {
  const auto shortest = [](int tries, const auto& work) {
    double best = 1e30;
    for (int i = 0; i < tries; ++i) {
      const auto start = std::chrono::steady_clock::now();
      work();
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
  };
  const index tasks = 8 * device.threads();
  const auto rate = [&](const detail::chains& multiply) {
    if (multiply.run == nullptr) return 0.0;
    const long steps = static_cast<long>(2e7 / multiply.flops);  // some 0.1 ms
    const double seconds = shortest(8, [&] { parallel_for(device, tasks, [&](index) { multiply.run(steps); }); });
    return multiply.flops * static_cast<double>(steps) * static_cast<double>(tasks) / seconds;
  };
  machine_rates rates;
  rates.flops = rate(detail::float_chains(device.level()));
  const bool amx = device.amx();
  rates.bf16_flops = amx || device.fast_bf16() ? rate(detail::bfloat16_chains(device.level(), amx)) : rates.flops;

  constexpr std::size_t part = std::size_t{256} << 10, parts = 64;
  std::vector<std::byte> from(part * parts), to(part * parts);
  rates.bytes = 2.0 * part * parts / shortest(12, [&] {
                  parallel_for(device, parts, [&](index i) {
                    const std::size_t at = static_cast<std::size_t>(i) * part;
                    std::memcpy(to.data() + at, from.data() + at, part);
                  });
                });
  return rates;
}

}  // namespace cot
