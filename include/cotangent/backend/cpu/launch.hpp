#pragma once
// Running block programs on `cpu`: a chunk of blocks is a task, run in code compiled for the device's instruction set.

#include <cotangent/backend/cpu/parallel.hpp>
#include <cotangent/kernel/lane_block.hpp>

#include <algorithm>

namespace cot {

namespace detail {

template <int Bytes, class Program>
COT_FN inline void run_lane_blocks(const Program& program, index first, index last) {
  for (index i = first; i < last; ++i) {
    lane_block<Bytes> b(i);
    program(b);
  }
}

template <class Program>
void run_blocks_portable(const Program& program, index first, index last) {
  run_lane_blocks<16>(program, first, last);
}
#if defined(__x86_64__)
template <class Program>
__attribute__((target("avx2,fma"))) void run_blocks_avx2(const Program& program, index first, index last) {
  run_lane_blocks<32>(program, first, last);
}
template <class Program>
__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma"))) void run_blocks_avx512(const Program& program,
                                                                                         index first, index last) {
  run_lane_blocks<64>(program, first, last);
}
#endif

template <class Program>
void run_blocks(isa level, const Program& program, index first, index last) {
#if defined(__x86_64__)
  if (level >= isa::avx512) return run_blocks_avx512(program, first, last);
  if (level >= isa::avx2) return run_blocks_avx2(program, first, last);
#endif
  static_cast<void>(level);
  run_blocks_portable(program, first, last);
}

}  // namespace detail

/// program(block) for every block index in [0, count), in any order. Small launches stay on the calling thread: below
/// some 5 us of exponentials or 25 us of memory traffic, another thread costs more than it brings.
template <class Program>
void launch_blocks(cpu& device, index count, const block_work& work, const Program& program) {
  const index elements = std::max<index>(work.elements, 1);
  const index worth_a_task = work.transcendental ? 8192 : 32768, worth_threads = work.transcendental ? 10240 : 262144;
  if (count * elements < worth_threads) return detail::run_blocks(device.level(), program, 0, count);
  const index blocks = std::max<index>(1, worth_a_task / elements);
  parallel_for(device, (count + blocks - 1) / blocks, [&](index task) {
    detail::run_blocks(device.level(), program, task * blocks, std::min(count, (task + 1) * blocks));
  });
}

}  // namespace cot
