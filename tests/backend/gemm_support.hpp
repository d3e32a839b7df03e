#pragma once
// Random matmuls with room between their rows, for the tests of gemm.

#include "support/cpu_products.hpp"

#include <cotangent/backend/cpu/gemm.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/core/matmul.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gemm_test {

using cot::index;
using cot::isa;
using cot::transpose;

struct sizes {
  index m, n, k;
};

/// Numbers in [-1, 1), the same in every run.
class noise {
 public:
  explicit noise(std::uint64_t seed) : state_(seed) {}
  double operator()() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state_ >> 11) * 0x1p-52 - 1.0;
  }
  template <class T>
  std::vector<T> vector(index n) {
    std::vector<T> values(static_cast<std::size_t>(n));
    for (T& x : values) x = static_cast<T>((*this)());
    return values;
  }

 private:
  std::uint64_t state_;
};

/// Operands with rows longer than they are wide, and a C that shows what was written where.
template <class In, class Out>
struct problem {
  transpose op_a, op_b;
  sizes s;
  index lda, ldb, ldc;
  std::vector<In> a, b;
  std::vector<Out> c;

  problem(sizes size, transpose ta, transpose tb, std::uint64_t seed)
      : op_a(ta),
        op_b(tb),
        s(size),
        lda((ta == transpose::yes ? size.m : size.k) + 3),
        ldb((tb == transpose::yes ? size.k : size.n) + 1),
        ldc(size.n + 5) {
    noise random(seed);
    a = random.vector<In>(lda * (ta == transpose::yes ? size.k : size.m));
    b = random.vector<In>(ldb * (tb == transpose::yes ? size.n : size.k));
    c = random.vector<Out>(ldc * size.m);
  }

  /// C after gemm on `device`.
  template <class Device>
  std::vector<Out> multiply(Device& device, const cot::epilogue<Out, cot::accumulator_of<Out>>& e = {}) const {
    std::vector<Out> result = c;
    gemm(device, op_a, op_b, s.m, s.n, s.k, a.data(), lda, b.data(), ldb, result.data(), ldc, e);
    return result;
  }
};

/// Every instruction set that this machine has.
inline std::vector<isa> levels() {
  std::vector<isa> all;
  for (int i = 0; i <= static_cast<int>(cot::detect_isa()); ++i) all.push_back(static_cast<isa>(i));
  return all;
}

/// Whether this level's sums are the chain of fused multiply-adds: all but a portable build without the instruction.
inline bool exact(isa level) {
#if defined(__FP_FAST_FMAF)
  return true;
#else
  return level != isa::portable;
#endif
}

template <class T>
double largest_difference(const std::vector<T>& x, const std::vector<T>& y) {
  double worst = x.size() == y.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
    const double a = static_cast<double>(x[i]), b = static_cast<double>(y[i]);
    if (!(a == b) && !(std::isnan(a) && std::isnan(b)))
      worst = std::max(worst, std::isnan(a - b) ? INFINITY : std::abs(a - b));
  }
  return worst;
}

inline std::string name(sizes s, transpose a, transpose b) {
  return std::to_string(s.m) + " x " + std::to_string(s.k) + " x " + std::to_string(s.n) + " " +
         (a == transpose::yes ? "T" : "N") + (b == transpose::yes ? "T" : "N");
}

}  // namespace gemm_test
