#pragma once
// Running block programs on `serial`: one after the other, in scalars.

#include <cotangent/backend/serial.hpp>
#include <cotangent/kernel/lane_block.hpp>

namespace cot {

/// program(block) for every block index in [0, count).
template <class Program>
void launch_blocks(serial&, index count, const block_work&, const Program& program) {
  for (index i = 0; i < count; ++i) {
    lane_block<0> b(i);
    program(b);
  }
}

}  // namespace cot
