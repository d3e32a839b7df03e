#pragma once
// gemm on `cuda`: cuBLASLt for the sums, then one block program for what else the epilogue asks. See core/matmul.hpp.

#include <cotangent/backend/cuda/device.cuh>
#include <cotangent/backend/cuda/launch.cuh>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/kernel/block/matmul_epilogue.hpp>

#include <cublasLt.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

namespace cot {

namespace detail {

template <class T>
inline constexpr cudaDataType_t cuda_type = std::is_same_v<T, double>  ? CUDA_R_64F
                                            : std::is_same_v<T, float> ? CUDA_R_32F
                                                                       : CUDA_R_16BF;

struct matmul_deleter {
  void operator()(cublasLtMatmulDesc_t p) const noexcept { cublasLtMatmulDescDestroy(p); }
  void operator()(cublasLtMatrixLayout_t p) const noexcept { cublasLtMatrixLayoutDestroy(p); }
  void operator()(cublasLtMatmulPreference_t p) const noexcept { cublasLtMatmulPreferenceDestroy(p); }
};
template <class Handle>
using matmul_handle = std::unique_ptr<std::remove_pointer_t<Handle>, matmul_deleter>;

/// One operand as cuBLASLt sees it: a row-major matrix is the column-major transpose.
[[nodiscard]] inline matmul_handle<cublasLtMatrixLayout_t> column_major(cudaDataType_t type, index rows, index columns,
                                                                        index stride) {
  cublasLtMatrixLayout_t layout = nullptr;
  const index least = std::max(rows, index{1});  // one row or column may come with any stride
  check_cuda("gemm", cublasLtMatrixLayoutCreate(&layout, type, static_cast<std::uint64_t>(rows),
                                                static_cast<std::uint64_t>(columns), std::max(stride, least)));
  return matmul_handle<cublasLtMatrixLayout_t>(layout);
}

/// The largest power of two, at most 256, that divides an address.
[[nodiscard]] inline std::uint32_t alignment_of(const void* data) {
  const auto address = reinterpret_cast<std::uintptr_t>(data) | 256u;
  return static_cast<std::uint32_t>(address & (~address + 1));
}

/// D[m, n] = op_a(A) op_b(B) (+ D), row-major: D^T = op_b(B)^T op_a(A)^T in the column-major order of cuBLASLt. float
/// is multiplied as float, never as TF32.
template <class In, class Out>
void multiply(cuda& device, transpose op_a, transpose op_b, index m, index n, index k, const In* a, index lda,
              const In* b, index ldb, Out* d, index ldd, store mode) {
  using A = accumulator_of<Out>;
  const bool turn_a = op_a == transpose::yes, turn_b = op_b == transpose::yes;
  cublasLtMatmulDesc_t made = nullptr;
  check_cuda("gemm", cublasLtMatmulDescCreate(
                         &made, std::is_same_v<A, double> ? CUBLAS_COMPUTE_64F : CUBLAS_COMPUTE_32F, cuda_type<A>));
  const matmul_handle<cublasLtMatmulDesc_t> product(made);
  const auto set_operation = [&](cublasLtMatmulDescAttributes_t which, bool turn) {
    const cublasOperation_t operation = turn ? CUBLAS_OP_T : CUBLAS_OP_N;
    check_cuda("gemm", cublasLtMatmulDescSetAttribute(product.get(), which, &operation, sizeof operation));
  };
  set_operation(CUBLASLT_MATMUL_DESC_TRANSA, turn_b);
  set_operation(CUBLASLT_MATMUL_DESC_TRANSB, turn_a);
  const auto first = column_major(cuda_type<In>, turn_b ? k : n, turn_b ? n : k, ldb);
  const auto second = column_major(cuda_type<In>, turn_a ? m : k, turn_a ? k : m, lda);
  const auto result = column_major(cuda_type<Out>, n, m, ldd);

  cublasLtMatmulPreference_t wish = nullptr;
  check_cuda("gemm", cublasLtMatmulPreferenceCreate(&wish));
  const matmul_handle<cublasLtMatmulPreference_t> preference(wish);
  const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t which, auto value) {
    check_cuda("gemm", cublasLtMatmulPreferenceSetAttribute(preference.get(), which, &value, sizeof value));
  };
  prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, static_cast<std::uint64_t>(device.workspace_bytes()));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment_of(b));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment_of(a));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment_of(d));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment_of(d));
  cublasLtMatmulHeuristicResult_t choice{};
  int found = 0;
  check_cuda("gemm", cublasLtMatmulAlgoGetHeuristic(device.cublas(), product.get(), first.get(), second.get(),
                                                    result.get(), result.get(), preference.get(), 1, &choice, &found));
  if (found == 0)
    throw device_error("gemm", "cuBLASLt has no algorithm for this product", "",
                       std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k));
  const A one(1), add(mode == store::add ? 1 : 0);
  check_cuda("gemm", cublasLtMatmul(device.cublas(), product.get(), &one, b, first.get(), a, second.get(), &add, d,
                                    result.get(), d, result.get(), &choice.algo, device.workspace(),
                                    device.workspace_bytes(), device.stream()));
}

/// The product and its epilogue. bfloat16 results with an epilogue are summed into float first, so that they are
/// rounded once.
template <class In, class Out>
void multiply_and_finish(cuda& device, transpose op_a, transpose op_b, index m, index n, index k, const In* a,
                         index lda, const In* b, index ldb, Out* c, index ldc, epilogue<Out, accumulator_of<Out>> e) {
  if (m <= 0 || n <= 0) return;
  device.use();
  const block_work work{n, e.act != activation::none};
  if (k <= 0) return launch_blocks(device, m, work, matmul_epilogue_program<Out, Out>{n, nullptr, 0, c, ldc, e});
  const bool plain = e.bias == nullptr && e.pre == nullptr && e.slope_of == nullptr && e.act == activation::none;
  if constexpr (std::is_same_v<Out, bfloat16>) {
    if (!plain) {
      const auto memory_at = device.memory().position();
      float* sums = device.memory().take_array<float>(static_cast<std::size_t>(m * n));
      multiply(device, op_a, op_b, m, n, k, a, lda, b, ldb, sums, n, store::overwrite);
      launch_blocks(device, m, work, matmul_epilogue_program<float, Out>{n, sums, n, c, ldc, e});
      device.memory().rewind(memory_at);
      return;
    }
  }
  multiply(device, op_a, op_b, m, n, k, a, lda, b, ldb, c, ldc, e.mode);
  if (plain) return;
  e.mode = store::overwrite;
  launch_blocks(device, m, work, matmul_epilogue_program<Out, Out>{n, c, ldc, c, ldc, e});
}

}  // namespace detail

/// C[m, n] = op_a(A)[m, k] op_b(B)[k, n], then the epilogue. Sums are taken in cuBLASLt's order: they agree with other
/// backends to rounding. Operands and results are in device memory.
inline void gemm(cuda& device, transpose op_a, transpose op_b, index m, index n, index k, const float* a, index lda,
                 const float* b, index ldb, float* c, index ldc, const epilogue<float, float>& e = {}) {
  detail::multiply_and_finish(device, op_a, op_b, m, n, k, a, lda, b, ldb, c, ldc, e);
}
inline void gemm(cuda& device, transpose op_a, transpose op_b, index m, index n, index k, const double* a, index lda,
                 const double* b, index ldb, double* c, index ldc, const epilogue<double, double>& e = {}) {
  detail::multiply_and_finish(device, op_a, op_b, m, n, k, a, lda, b, ldb, c, ldc, e);
}
inline void gemm(cuda& device, transpose op_a, transpose op_b, index m, index n, index k, const bfloat16* a, index lda,
                 const bfloat16* b, index ldb, bfloat16* c, index ldc, const epilogue<bfloat16, float>& e = {}) {
  detail::multiply_and_finish(device, op_a, op_b, m, n, k, a, lda, b, ldb, c, ldc, e);
}
inline void gemm(cuda& device, transpose op_a, transpose op_b, index m, index n, index k, const bfloat16* a, index lda,
                 const bfloat16* b, index ldb, float* c, index ldc, const epilogue<float, float>& e = {}) {
  detail::multiply_and_finish(device, op_a, op_b, m, n, k, a, lda, b, ldb, c, ldc, e);
}

}  // namespace cot
