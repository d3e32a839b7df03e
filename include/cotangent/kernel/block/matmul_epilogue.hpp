#pragma once
// The epilogue of a matrix product for one row whose sums are already stored: for backends whose products cannot do it.

#include <cotangent/core/block.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/kernel/formula/activation.hpp>
#include <cotangent/kernel/number.hpp>

namespace cot {

/// c[i, j] from z = sums[i, j] as core/matmul.hpp has it, for row i = b.index(). The sums may be c itself, or null: all
/// zero. With e.mode add, c is added here: leave it overwrite where the product has done so.
template <class Sum, class Out>
struct matmul_epilogue_program {
  using A = accumulator_of<Out>;
  index columns;
  const Sum* sums;
  index sums_stride;
  Out* c;
  index c_stride;
  epilogue<Out, A> e;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const index row = b.index() * c_stride;
    for (index j = b.rank(); j < columns; j += b.size()) {
      A z = sums != nullptr ? load<A>(sums + b.index() * sums_stride + j) : A(0);
      if (e.mode == store::add) z += load<A>(static_cast<const Out*>(c + row + j));
      if (e.bias != nullptr) z += e.bias[j];
      if (e.pre != nullptr) save(e.pre + row + j, z);
      z = e.slope_of != nullptr ? z * activation_slope(e.act, load<A>(e.slope_of + row + j)) : activate(e.act, z);
      save(c + row + j, z);
    }
  }
};

}  // namespace cot
