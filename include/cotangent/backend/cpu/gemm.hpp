#pragma once
// gemm on the CPU: chooses the kernel of the device's instruction set, cuts C among the threads, and multiplies.
// See core/matmul.hpp for the contract, gemm/block.hpp for the blocking, gemm/avx512.hpp and its siblings for the
// tiles.

#include <cotangent/backend/cpu/device.hpp>
#include <cotangent/backend/cpu/gemm/block.hpp>
#include <cotangent/backend/cpu/gemm/portable.hpp>
#include <cotangent/backend/cpu/gemm/widened.hpp>
#include <cotangent/backend/cpu/parallel.hpp>
#include <cotangent/core/matmul.hpp>

#if defined(__x86_64__)
#include <cotangent/backend/cpu/gemm/amx.hpp>
#include <cotangent/backend/cpu/gemm/avx2.hpp>
#include <cotangent/backend/cpu/gemm/avx512.hpp>
#include <cotangent/backend/cpu/gemm/bf16.hpp>
#include <cotangent/backend/cpu/gemm/few_columns_avx512.hpp>
#include <cotangent/backend/cpu/gemm/few_columns_bf16.hpp>
#include <cotangent/backend/cpu/gemm/outer_bf16.hpp>
#include <cotangent/backend/cpu/gemm/short_avx512.hpp>
#include <cotangent/backend/cpu/gemm/short_bf16.hpp>
#endif

#include <algorithm>
#include <type_traits>

namespace cot {

namespace detail {

/// How C is cut among threads: tasks of `rows` x `columns`. Only who computes an element depends on it, never its bits.
struct division {
  index rows = 0, columns = 0;
};

/// Work below some 5 us stays on one thread.
template <class In, class Out>
[[nodiscard]] index parts_of(const matmul_task<In, Out>& t, int threads) {
  const double flops = 2.0 * static_cast<double>(t.m) * static_cast<double>(t.n) * static_cast<double>(t.k);
  return std::min(static_cast<index>(threads), static_cast<index>(flops / 1e6) + 1);
}

/// Columns first: a thread packs only its own part of op(B), but where A is transposed and the larger, of A.
template <class Kernel, class In, class Out>
[[nodiscard]] division divide(const matmul_task<In, Out>& t, int threads) {
  const index parts = parts_of(t, threads);
  if (parts == 1) return {t.m, t.n};
  const index panels = (t.n + Kernel::columns - 1) / Kernel::columns,
              strips = (t.m + 2 * Kernel::rows - 1) / (2 * Kernel::rows);
  const bool rows_first = t.op_a == transpose::yes && t.m > t.n;
  index across = std::clamp(panels / 2, index{1}, parts), down = std::clamp(strips / 2, index{1}, parts);
  if (rows_first)
    across = std::min(across, (parts + down - 1) / down);
  else
    down = std::min(down, (parts + across - 1) / across);
  return {(strips + down - 1) / down * 2 * Kernel::rows, (panels + across - 1) / across * Kernel::columns};
}

template <class Kernel, class In, class Out>
void multiply(cpu& device, const matmul_task<In, Out>& t) {
  using work = workspace<Kernel, Out>;
  if (t.m <= 0 || t.n <= 0) return;
  const division by = divide<Kernel>(t, device.threads());
  const index down = (t.m + by.rows - 1) / by.rows, across = (t.n + by.columns - 1) / by.columns;
  parallel_for(device, down * across, [&](index task) {
    const index i = task / across * by.rows, j = task % across * by.columns;
    const index i1 = std::min(t.m, i + by.rows), j1 = std::min(t.n, j + by.columns);
    const blocking block = choose_blocking<Kernel>(t, i1 - i, j1 - j);
    // At least a page of 2 MiB: fewer address translations.
    const std::size_t bytes = std::max(static_cast<std::size_t>(work::bytes(block)), host_memory_source::page);
    multiply_rectangle<Kernel>(t, block, i, i1, j, j1, work(block, device.scratch(bytes)), device.level());
  });
}

/// Calls f.operator()<Kernel>() with the kernel that multiplies T on this device, but for LoRA's shapes.
template <class T, class F>
decltype(auto) with_kernel(cpu& device, F&& f) {
  constexpr bool narrow = std::is_same_v<T, bfloat16>;
#if defined(__x86_64__)
  if constexpr (narrow) {
    if (device.amx()) return f.template operator()<kernel_amx<amx_tiles>>();
    if (device.fast_bf16()) return f.template operator()<kernel_bf16>();
    if (device.level() >= isa::avx512) return f.template operator()<widened<kernel_avx512<float>, widen_avx512>>();
    if (device.level() >= isa::avx2) return f.template operator()<widened<kernel_avx2<float>, widen_avx2>>();
  } else {
    if (device.level() >= isa::avx512) return f.template operator()<kernel_avx512<T>>();
    if (device.level() >= isa::avx2) return f.template operator()<kernel_avx2<T>>();
  }
#endif
  if constexpr (narrow)
    return f.template operator()<widened<kernel_portable<float>, widen_portable>>();
  else
    return f.template operator()<kernel_portable<T>>();
}

/// Kernels for the shapes of LoRA: whether one of them has done the work.
template <class T>
  requires(!std::is_same_v<T, bfloat16>)
[[nodiscard]] bool multiply_lora(cpu& device, const matmul_task<T, T>& t) {
#if defined(__x86_64__)
  if (t.packed_b != nullptr) return false;
  const auto few_columns = [&]<class Kernel>(std::type_identity<Kernel>) {
    return t.n <= Kernel::columns && t.m >= Kernel::rows && (multiply<Kernel>(device, t), true);
  };
  if (device.level() >= isa::avx512) {
    using short_k = kernel_short_avx512<T>;
    if constexpr (std::is_same_v<T, float>)
      if (few_columns(std::type_identity<kernel_few_columns_avx512>{})) return true;
    if (t.op_a == transpose::no && short_k::suits(t.k)) return multiply<short_k>(device, t), true;
  } else if (device.level() >= isa::avx2) {
    if constexpr (std::is_same_v<T, float>) return few_columns(std::type_identity<kernel_avx2<float, 12, 1>>{});
  }
#endif
  return false;
}

/// Whether `Kernel` has done the work: it cuts the longer side of C, and every thread packs the short operand for
/// itself.
template <class Kernel, class Out>
[[nodiscard]] bool multiply_along(cpu& device, const matmul_task<bfloat16, Out>& t) {
  if (!Kernel::suits(t)) return false;
  const index length = Kernel::length(t), parts = parts_of(t, device.threads());
  const index size = round_up((length + parts - 1) / parts, Kernel::step);
  const auto bytes = static_cast<std::size_t>(Kernel::scratch(t)) * sizeof(bfloat16);
  parallel_for(device, (length + size - 1) / size, [&](index task) {
    auto* const scratch = static_cast<bfloat16*>(device.scratch(std::max(bytes, host_memory_source::page)));
    Kernel::multiply(t, task * size, std::min(length, (task + 1) * size), scratch);
  });
  return true;
}

/// The same in bfloat16, where AVX512-BF16 multiplies and there is no epilogue.
template <class Out>
[[nodiscard]] bool multiply_lora(cpu& device, const matmul_task<bfloat16, Out>& t) {
#if defined(__x86_64__)
  if (device.amx() || !device.fast_bf16() || has_work(t.after)) return false;
  return multiply_along<few_columns_bf16<Out>>(device, t) || multiply_along<outer_bf16<Out>>(device, t) ||
         multiply_along<short_bf16<Out>>(device, t);
#else
  return false;
#endif
}

template <class In, class Out>
void multiply_on(cpu& device, const matmul_task<In, Out>& t) {
  if (multiply_lora(device, t)) return;
  with_kernel<In>(device, [&]<class Kernel>() { multiply<Kernel>(device, t); });
}

template <class T>
[[nodiscard]] std::size_t packed_weight_bytes(cpu& device, index k, index n) {
  return with_kernel<T>(device, [&]<class Kernel>() {
    return static_cast<std::size_t>(round_up(k, Kernel::pair) * round_up(n, Kernel::pad)) *
           sizeof(typename Kernel::right);
  });
}

/// All of op(B), a panel of columns after the other.
template <class T>
void pack_all(cpu& device, transpose op_b, index k, index n, const T* b, index ldb, void* to) {
  with_kernel<T>(device, [&]<class Kernel>() {
    constexpr index part = 4 * Kernel::columns;
    parallel_for(device, (n + part - 1) / part, [&](index task) {
      const index j = task * part;
      Kernel::pack_b(op_b, b + j * (op_b == transpose::yes ? ldb : 1), ldb, k, std::min(part, n - j),
                     static_cast<typename Kernel::right*>(to) + j * round_up(k, Kernel::pair));
    });
  });
}

}  // namespace detail

/// C[m, n] = op_a(A)[m, k] op_b(B)[k, n], then the epilogue: see core/matmul.hpp.
inline void gemm(cpu& device, transpose op_a, transpose op_b, index m, index n, index k, const float* a, index lda,
                 const float* b, index ldb, float* c, index ldc, const epilogue<float, float>& e = {}) {
  detail::multiply_on<float, float>(device, {op_a, op_b, m, n, k, a, lda, b, ldb, c, ldc, e});
}
inline void gemm(cpu& device, transpose op_a, transpose op_b, index m, index n, index k, const double* a, index lda,
                 const double* b, index ldb, double* c, index ldc, const epilogue<double, double>& e = {}) {
  detail::multiply_on<double, double>(device, {op_a, op_b, m, n, k, a, lda, b, ldb, c, ldc, e});
}
/// bfloat16: sums in float; a result of bfloat16 is rounded once, after the epilogue. The order of the sums is that of
/// float, but by AVX512-BF16 and AMX they are rounded as those instructions do.
inline void gemm(cpu& device, transpose op_a, transpose op_b, index m, index n, index k, const bfloat16* a, index lda,
                 const bfloat16* b, index ldb, bfloat16* c, index ldc, const epilogue<bfloat16, float>& e = {}) {
  detail::multiply_on<bfloat16, bfloat16>(device, {op_a, op_b, m, n, k, a, lda, b, ldb, c, ldc, e});
}
inline void gemm(cpu& device, transpose op_a, transpose op_b, index m, index n, index k, const bfloat16* a, index lda,
                 const bfloat16* b, index ldb, float* c, index ldc, const epilogue<float, float>& e = {}) {
  detail::multiply_on<bfloat16, float>(device, {op_a, op_b, m, n, k, a, lda, b, ldb, c, ldc, e});
}

/// The form of op(B) that the device's kernel reads: see core/matmul.hpp.
template <class T>
[[nodiscard]] std::size_t packed_weight_bytes(cpu& device, index k, index n, const T*) {
  return detail::packed_weight_bytes<T>(device, k, n);
}
template <class T>
void pack_weight(cpu& device, transpose op_b, index k, index n, const T* b, index ldb, void* to) {
  detail::pack_all(device, op_b, k, n, b, ldb, to);
}
template <class In, class Out>
void gemm_packed(cpu& device, transpose op_a, index m, index n, index k, const In* a, index lda, const void* packed_b,
                 Out* c, index ldc, const epilogue<Out, accumulator_of<Out>>& e = {}) {
  detail::multiply_on<In, Out>(device, {op_a, transpose::no, m, n, k, a, lda, nullptr, 0, c, ldc, e, packed_b});
}

}  // namespace cot
