#pragma once
// Running block programs on `cuda`: one thread block for each block index.

#include <cotangent/backend/cuda/block.cuh>
#include <cotangent/backend/cuda/device.cuh>
#include <cotangent/core/block.hpp>
#include <cotangent/core/error.hpp>

#include <string>

namespace cot {

namespace detail {

template <class Program>
__global__ void __launch_bounds__(cuda_block::most_lanes) run_program(const __grid_constant__ Program program) {
  cuda_block b;
  program(b);
}

}  // namespace detail

/// program(block) for every block index in [0, count), queued on the device's stream. The number of lanes, and with it
/// the order of every sum, is a function of `work` alone.
template <class Program>
void launch_blocks(cuda& device, index count, const block_work& work, const Program& program) {
  constexpr index most_blocks = 0x7fffffff;
  if (count <= 0) return;
  if (count > most_blocks)
    throw device_error("launch_blocks", "blocks", "at most " + std::to_string(most_blocks), std::to_string(count));
  device.use();
  const unsigned lanes = work.elements <= 512 ? 128 : cuda_block::most_lanes;
  detail::run_program<<<static_cast<unsigned>(count), lanes, 0, device.stream()>>>(program);
  detail::check_cuda("launch_blocks", cudaGetLastError());
}

}  // namespace cot
