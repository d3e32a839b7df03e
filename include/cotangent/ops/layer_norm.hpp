#pragma once
// Layer normalisation of rows, alone and fused with dropout and the residual addition before it.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/block/column_sum.hpp>
#include <cotangent/kernel/block/layer_norm.hpp>
#include <cotangent/ops/check.hpp>
#include <cotangent/ops/dropout.hpp>

#include <type_traits>

namespace cot::ops {

namespace detail {

/// Runs a pullback program chunk by chunk, and adds the chunks' parts of dgamma and dbeta in order.
template <class B, class T>
void run_norm_pullback(B& device, layer_norm_pullback_program<T> p, statistics<T, B> dgamma, statistics<T, B> dbeta) {
  using A = accumulator_of<T>;
  if (p.rows == 0) return;
  p.chunk = rows_of_chunk(p.rows);
  const index chunks = (p.rows + p.chunk - 1) / p.chunk;
  const auto mark = device.memory().position();
  const bool wanted = dgamma.data() != nullptr || dbeta.data() != nullptr;
  if (wanted) {
    p.dgamma = device.memory().template take_array<A>(static_cast<std::size_t>(2 * chunks * p.width));
    p.dbeta = p.dgamma + chunks * p.width;
  }
  launch_blocks(device, chunks, block_work{4 * p.chunk * p.width, false}, p);
  const auto add = [&](const A* parts, const statistics<T, B>& total) {
    if (total.data() != nullptr)
      launch_blocks(device, 1, block_work{chunks * p.width, false},
                    combine_rows_program<A>{chunks, p.width, parts, total.data(), store::add});
  };
  if (wanted) {
    add(p.dgamma, dgamma);
    add(p.dbeta, dbeta);
  }
  device.memory().rewind(mark);
}

}  // namespace detail

/// y = (x - mean) rstd gamma + beta over each row, rstd = 1 / sqrt(variance + epsilon), population variance; mean and
/// rstd are kept for the pullback (null views: not kept).  x, y: [n, d]; gamma, beta: [d]; mean, rstd: [n].  Ba, Kiros,
/// Hinton 2016.
template <class B, class T>
void layer_norm(B& device, detail::matrix<T, B> x, detail::numbers<T, B> gamma, detail::numbers<T, B> beta,
                double epsilon, view<T, 2, B> y, detail::statistics<T, B> mean, detail::statistics<T, B> rstd) {
  using A = accumulator_of<T>;
  const index n = x.extent(0), d = x.extent(1);
  detail::check_sizes("layer_norm", "result", x.sizes(), y.sizes());
  detail::check_length("layer_norm", "gamma", d, gamma.extent(0));
  detail::check_length("layer_norm", "beta", d, beta.extent(0));
  if (mean.data() != nullptr) detail::check_length("layer_norm", "mean", n, mean.extent(0));
  if (rstd.data() != nullptr) detail::check_length("layer_norm", "rstd", n, rstd.extent(0));
  if (d == 0) return;
  const profile_span span(device, work_class::rows, bytes_of(x, y));
  launch_blocks(device, n, block_work{2 * d, false},
                layer_norm_program<T>{d, x.data(), x.stride(0), gamma.data(), beta.data(), static_cast<A>(epsilon),
                                      y.data(), y.stride(0), mean.data(), rstd.data()});
}

/// dx (+)= rstd (g - mean(g) - h mean(g h)) with g = dy gamma and h = (x - mean) rstd;  dgamma += sum over rows of dy
/// h; dbeta += sum of dy. Null views of dgamma and dbeta: not computed. dx may be dy.
template <class B, class T>
void layer_norm_pullback(B& device, detail::matrix<T, B> dy, detail::matrix<T, B> x, detail::numbers<T, B> mean,
                         detail::numbers<T, B> rstd, detail::numbers<T, B> gamma, view<T, 2, B> dx, store mode,
                         detail::statistics<T, B> dgamma, detail::statistics<T, B> dbeta) {
  detail::check_sizes("layer_norm_pullback", "gradient of the result", x.sizes(), dy.sizes());
  detail::check_sizes("layer_norm_pullback", "gradient", x.sizes(), dx.sizes());
  const profile_span span(device, work_class::rows, bytes_of(dy, x, dx));
  const index n = x.extent(0), d = x.extent(1);
  detail::run_norm_pullback<B, T>(device,
                                  {n,
                                   d,
                                   0,
                                   dy.data(),
                                   dy.stride(0),
                                   x.data(),
                                   x.stride(0),
                                   mean.data(),
                                   rstd.data(),
                                   gamma.data(),
                                   dx.data(),
                                   dx.stride(0),
                                   mode,
                                   {},
                                   nullptr,
                                   0,
                                   store::overwrite,
                                   nullptr,
                                   nullptr},
                                  dgamma, dbeta);
}

/// sum = residual + dropout(branch) and y = layer_norm(sum) in one pass: the end of a post-norm sub-layer.
/// branch, residual, sum, y: [t, d]. Statistics are those of `sum` as it is stored.
template <class B, class T>
void add_layer_norm(B& device, detail::matrix<T, B> branch, detail::matrix<T, B> residual, const dropout_rows& drop,
                    detail::numbers<T, B> gamma, detail::numbers<T, B> beta, double epsilon,
                    std::type_identity_t<view<T, 2, B>> sum, view<T, 2, B> y, detail::statistics<T, B> mean,
                    detail::statistics<T, B> rstd) {
  using A = accumulator_of<T>;
  const index n = branch.extent(0), d = branch.extent(1);
  detail::check_dropout("add_layer_norm", drop, n);
  detail::check_sizes("add_layer_norm", "residual", branch.sizes(), residual.sizes());
  detail::check_sizes("add_layer_norm", "sum", branch.sizes(), sum.sizes());
  detail::check_sizes("add_layer_norm", "result", branch.sizes(), y.sizes());
  detail::check_length("add_layer_norm", "gamma", d, gamma.extent(0));
  detail::check_length("add_layer_norm", "beta", d, beta.extent(0));
  if (d == 0) return;
  const profile_span span(device, work_class::rows, bytes_of(branch, residual, sum, y));
  launch_blocks(
      device, n, block_work{3 * d, false},
      add_layer_norm_program<T>{
          branch.data(), branch.stride(0), residual.data(), residual.stride(0), dropout_mask<A>(drop), sum.data(),
          layer_norm_program<T>{d, sum.data(), sum.stride(0), gamma.data(), beta.data(), static_cast<A>(epsilon),
                                y.data(), y.stride(0), mean.data(), rstd.data()}});
}

/// With ds the gradient of `sum`:  into_residual (+)= ds,  into_branch (+)= dropout mask * ds,  dgamma and dbeta as
/// above.
template <class B, class T>
void add_layer_norm_pullback(B& device, detail::matrix<T, B> dy, detail::matrix<T, B> sum, detail::numbers<T, B> mean,
                             detail::numbers<T, B> rstd, detail::numbers<T, B> gamma, const dropout_rows& drop,
                             view<T, 2, B> into_branch, store branch_mode,
                             std::type_identity_t<view<T, 2, B>> into_residual, store residual_mode,
                             detail::statistics<T, B> dgamma, detail::statistics<T, B> dbeta) {
  detail::check_dropout("add_layer_norm_pullback", drop, sum.extent(0));
  detail::check_sizes("add_layer_norm_pullback", "gradient of the result", sum.sizes(), dy.sizes());
  detail::check_sizes("add_layer_norm_pullback", "gradient of the branch", sum.sizes(), into_branch.sizes());
  detail::check_sizes("add_layer_norm_pullback", "gradient of the residual", sum.sizes(), into_residual.sizes());
  const profile_span span(device, work_class::rows, bytes_of(dy, sum, into_branch, into_residual));
  const index n = sum.extent(0), d = sum.extent(1);
  detail::run_norm_pullback<B, T>(
      device,
      {n, d, 0, dy.data(), dy.stride(0), sum.data(), sum.stride(0), mean.data(), rstd.data(), gamma.data(),
       into_residual.data(), into_residual.stride(0), residual_mode, dropout_mask<accumulator_of<T>>(drop),
       into_branch.data(), into_branch.stride(0), branch_mode, nullptr, nullptr},
      dgamma, dbeta);
}

}  // namespace cot::ops
