#pragma once
// The contract of `gemm`, which every backend brings, and the vocabulary of its callers.

#include <cotangent/core/shape.hpp>

namespace cot {

/// Whether a matrix operand is read as stored or transposed.
enum class transpose : bool { no, yes };

/// Whether an operation replaces its target or adds to it (how gradients accumulate).
enum class store : bool { overwrite, add };

/// Pointwise nonlinearities that a matmul may apply to its result. gelu is the exact form with erf.
enum class activation { none, gelu, gelu_tanh, silu, relu, tanh };

/// What happens to an element of C[m, n] = op(A)[m, k] op(B)[k, n] before it is stored:
///   z = sum_k a b  (+ c, when mode is add)  (+ bias[j])
///   pre[i, j] = z                             when pre is given (what backward needs)
///   z = act(z);   or, when slope_of is given,  z *= act'(slope_of[i, j])
/// T is the element of C; `Accumulator` that of the bias (float for float and bfloat16, double for double).
/// pre and slope_of have C's row stride.
template <class T, class Accumulator>
struct epilogue {
  store mode = store::overwrite;
  const Accumulator* bias = nullptr;
  activation act = activation::none;
  T* pre = nullptr;
  const T* slope_of = nullptr;
};

// Every backend B brings, found by argument-dependent lookup, row-major with leading dimensions in elements:
//
//   gemm(B&, transpose op_a, transpose op_b, index m, index n, index k,
//        const In* a, index lda, const In* b, index ldb, Out* c, index ldc, const epilogue<Out, Accumulator>& e = {})
//
// for (In, Out) in (float, float), (double, double), (bfloat16, bfloat16), (bfloat16, float). The sum in float and
// double is the chain of fused multiply-adds in ascending k that starts from c (add) or 0 (overwrite): tiles, packing,
// threads and FMA instruction sets cannot change a bit.
//
// With `static constexpr bool packs_weights = true` it also brings a form of op(B) that its kernels read, for a B that
// many products share (ops/packed_weight.hpp); a product with it has the same bits:
//
//   std::size_t packed_weight_bytes(B&, index k, index n, const In*)
//   void pack_weight(B&, transpose op_b, index k, index n, const In* b, index ldb, void* to)
//   void gemm_packed(B&, transpose op_a, index m, index n, index k, const In* a, index lda, const void* packed_b,
//                    Out* c, index ldc, const epilogue<Out, Accumulator>& e = {})

}  // namespace cot
