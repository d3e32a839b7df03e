#pragma once
// `cuda_block`: the block of a GPU, a thread block whose lanes are threads. See core/block.hpp.

#include <cotangent/core/annotation.hpp>
#include <cotangent/core/shape.hpp>

namespace cot {

/// Lives on the device only. The members are annotated for the host too, because programs are; there they do nothing.
class cuda_block {
 public:
  static constexpr int most_lanes = 256;

  template <class T>
  using number = T;

#if defined(__CUDA_ARCH__)
  [[nodiscard]] COT_FN cot::index index() const { return blockIdx.x; }
  [[nodiscard]] COT_FN cot::index rank() const { return threadIdx.x; }
  [[nodiscard]] COT_FN cot::index size() const { return blockDim.x; }
  COT_FN void sync() const { __syncthreads(); }

  template <class T, int N>
  [[nodiscard]] COT_FN T* shared() const {
    static_assert(N * static_cast<int>(sizeof(T)) <= 16384);
    __shared__ T memory[N];
    return memory;
  }

  /// A tree within each warp, then the warps in order.
  template <class T, class Op>
  [[nodiscard]] COT_FN T reduce(T x, const Op& op) const {
    __shared__ T of_warp[most_lanes / 32];
    for (int distance = 16; distance > 0; distance /= 2) x = op(x, __shfl_down_sync(0xffffffffu, x, distance));
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = x;
    __syncthreads();
    T result = of_warp[0];
    for (unsigned warp = 1; warp < blockDim.x / 32; ++warp) result = op(result, of_warp[warp]);
    __syncthreads();  // before another reduce writes there
    return result;
  }
#else
  [[nodiscard]] COT_FN cot::index index() const { return 0; }
  [[nodiscard]] COT_FN cot::index rank() const { return 0; }
  [[nodiscard]] COT_FN cot::index size() const { return 1; }
  COT_FN void sync() const {}
  template <class T, int N>
  [[nodiscard]] COT_FN T* shared() const {
    return nullptr;
  }
  template <class T, class Op>
  [[nodiscard]] COT_FN T reduce(T x, const Op&) const {
    return x;
  }
#endif
};

}  // namespace cot
