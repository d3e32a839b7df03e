// Compiled with -O3 -march=native (cmake/benchmarks.cmake). Where a row is read more than once, the loop over rows is
// written out, so that Eigen finds it in the first-level cache: whole-matrix expressions are slower.

#include "row_peers.hpp"

#include <Eigen/Core>

#include <cmath>

#include <unsupported/Eigen/SpecialFunctions>

namespace {

using matrix = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using row = Eigen::Array<float, 1, Eigen::Dynamic>;

Eigen::Map<matrix> rows_of(const row_arrays& a, float* data) { return {data, a.rows, a.width}; }
Eigen::Map<row> vector_of(const row_arrays& a, float* data) { return {data, a.width}; }
Eigen::Map<row> flat(const row_arrays& a, float* data) { return {data, a.rows * a.width}; }

void exponential(const row_arrays& a) { flat(a, a.y) = flat(a, a.x).exp(); }

void softmax(const row_arrays& a) {
  const auto x = rows_of(a, a.x);
  auto y = rows_of(a, a.y);
  for (long i = 0; i < a.rows; ++i) {
    y.row(i) = (x.row(i) - x.row(i).maxCoeff()).exp();
    y.row(i) *= 1 / y.row(i).sum();
  }
}

void softmax_backward(const row_arrays& a) {
  const auto value = rows_of(a, a.x), gradient = rows_of(a, a.w);
  auto dx = rows_of(a, a.y);
  for (long i = 0; i < a.rows; ++i)
    dx.row(i) = value.row(i) * (gradient.row(i) - (value.row(i) * gradient.row(i)).sum());
}

void log_softmax(const row_arrays& a) {
  const auto x = rows_of(a, a.x);
  auto y = rows_of(a, a.y);
  for (long i = 0; i < a.rows; ++i) {
    const float most = x.row(i).maxCoeff();
    y.row(i) = x.row(i) - most - std::log((x.row(i) - most).exp().sum());
  }
}

template <class Row, class To>
void normalise(const row_arrays& a, long i, const Row& x, To&& y) {
  const float mean = x.mean(), rstd = 1 / std::sqrt((x - mean).square().mean() + 1e-5f);
  y = (x - mean) * rstd * vector_of(a, a.gamma) + vector_of(a, a.beta);
  a.mean[i] = mean;
  a.rstd[i] = rstd;
}

void layer_norm(const row_arrays& a) {
  const auto x = rows_of(a, a.x);
  auto y = rows_of(a, a.y);
  for (long i = 0; i < a.rows; ++i) normalise(a, i, x.row(i), y.row(i));
}

void add_layer_norm(const row_arrays& a) {
  const auto x = rows_of(a, a.x), w = rows_of(a, a.w);
  auto y = rows_of(a, a.y), z = rows_of(a, a.z);
  for (long i = 0; i < a.rows; ++i) {
    z.row(i) = x.row(i) + w.row(i);
    normalise(a, i, z.row(i), y.row(i));
  }
}

void layer_norm_backward(const row_arrays& a) {
  const auto x = rows_of(a, a.x), dy = rows_of(a, a.w);
  auto dx = rows_of(a, a.y);
  const auto gamma = vector_of(a, a.gamma);
  auto dgamma = vector_of(a, a.dgamma), dbeta = vector_of(a, a.dbeta);
  row h(a.width), g(a.width);
  for (long i = 0; i < a.rows; ++i) {
    h = (x.row(i) - a.mean[i]) * a.rstd[i];
    g = dy.row(i) * gamma;
    dgamma += dy.row(i) * h;
    dbeta += dy.row(i);
    dx.row(i) = (g - g.mean() - h * (g * h).mean()) * a.rstd[i];
  }
}

void rms_norm(const row_arrays& a) {
  const auto x = rows_of(a, a.x);
  auto y = rows_of(a, a.y);
  for (long i = 0; i < a.rows; ++i) {
    a.rstd[i] = 1 / std::sqrt(x.row(i).square().mean() + 1e-5f);
    y.row(i) = x.row(i) * a.rstd[i] * vector_of(a, a.gamma);
  }
}

void rms_norm_backward(const row_arrays& a) {
  const auto x = rows_of(a, a.x), dy = rows_of(a, a.w);
  auto dx = rows_of(a, a.y);
  const auto gamma = vector_of(a, a.gamma);
  auto dgamma = vector_of(a, a.dgamma);
  row h(a.width), g(a.width);
  for (long i = 0; i < a.rows; ++i) {
    h = x.row(i) * a.rstd[i];
    g = dy.row(i) * gamma;
    dgamma += dy.row(i) * h;
    dx.row(i) = (g - h * (g * h).mean()) * a.rstd[i];
  }
}

void normalize_rows(const row_arrays& a) {
  const auto x = rows_of(a, a.x);
  auto y = rows_of(a, a.y);
  for (long i = 0; i < a.rows; ++i) {
    a.mean[i] = std::sqrt(x.row(i).square().sum());
    y.row(i) = x.row(i) * (1 / std::max(1e-12f, a.mean[i]));
  }
}

void normalize_rows_backward(const row_arrays& a) {
  const auto y = rows_of(a, a.x), dy = rows_of(a, a.w);
  auto dx = rows_of(a, a.y);
  for (long i = 0; i < a.rows; ++i)
    dx.row(i) = (dy.row(i) - y.row(i) * (y.row(i) * dy.row(i)).sum()) * (1 / std::max(1e-12f, a.rstd[i]));
}

constexpr float root_half = 0.70710678118654752f;

void gelu(const row_arrays& a) {
  const auto x = flat(a, a.x);
  flat(a, a.y) = 0.5f * x * (1.0f + (x * root_half).erf());
}
/// With the digits of the lower tail, which 1 + erf loses.
void gelu_of_tail(const row_arrays& a) {
  const auto x = flat(a, a.x);
  flat(a, a.y) = 0.5f * x * (x * -root_half).erfc();
}
void gelu_backward(const row_arrays& a) {
  const auto x = flat(a, a.x), dy = flat(a, a.w);
  flat(a, a.y) = dy * (0.5f * (1.0f + (x * root_half).erf()) + x * (-0.5f * x.square()).exp() * 0.39894228040143268f);
}

constexpr float rate = 0.79788456080286536f, cube = 0.044715f;

void gelu_tanh(const row_arrays& a) {
  const auto x = flat(a, a.x);
  flat(a, a.y) = 0.5f * x * (1.0f + (rate * (x + cube * x.cube())).tanh());
}
void gelu_tanh_backward(const row_arrays& a) {
  const auto x = flat(a, a.x), dy = flat(a, a.w);
  auto dx = flat(a, a.y);
  dx = (rate * (x + cube * x.cube())).tanh();
  dx = dy * 0.5f * (1.0f + dx + x * (1.0f - dx.square()) * (rate * (1.0f + 3 * cube * x.square())));
}

void silu(const row_arrays& a) {
  const auto x = flat(a, a.x);
  flat(a, a.y) = x / (1.0f + (-x).exp());
}
void silu_backward(const row_arrays& a) {
  const auto x = flat(a, a.x), dy = flat(a, a.w);
  auto dx = flat(a, a.y);
  dx = 1.0f / (1.0f + (-x).exp());
  dx = dy * dx * (1.0f + x * (1.0f - dx));
}

void add(const row_arrays& a) { flat(a, a.y) = flat(a, a.x) + flat(a, a.w); }

void column_sum(const row_arrays& a) { vector_of(a, a.dbeta) = rows_of(a, a.x).colwise().sum(); }

void adamw(const row_arrays& a) {
  auto value = flat(a, a.x), gradient = flat(a, a.w), first = flat(a, a.y), second = flat(a, a.z);
  constexpr float correction = 1 - adamw_beta;
  const float root = std::sqrt(correction);
  first += correction * (gradient - first);
  second = adamw_beta * second + correction * gradient.square();
  value -= adamw_rate / correction * first / (second.sqrt() / root + adamw_epsilon);
  gradient = 0;
}

}  // namespace

const row_peer row_peers[] = {
    {"map exp", 2, exponential},
    {"softmax", 2, softmax},
    {"softmax backward", 3, softmax_backward},
    {"log softmax", 2, log_softmax},
    {"layer norm", 2, layer_norm},
    {"layer norm backward", 3, layer_norm_backward},
    {"add + layer norm", 4, add_layer_norm},
    {"rms norm", 2, rms_norm},
    {"rms norm backward", 3, rms_norm_backward},
    {"normalize rows", 2, normalize_rows},
    {"normalize rows backward", 3, normalize_rows_backward},
    {"gelu", 2, gelu},
    {"gelu, erfc", 2, gelu_of_tail},
    {"gelu backward", 3, gelu_backward},
    {"gelu tanh", 2, gelu_tanh},
    {"gelu tanh backward", 3, gelu_tanh_backward},
    {"silu", 2, silu},
    {"silu backward", 3, silu_backward},
    {"add", 3, add},
    {"column sum", 1, column_sum},
    {"adamw", 4, adamw},
};
const int row_peer_count = static_cast<int>(sizeof row_peers / sizeof *row_peers);
