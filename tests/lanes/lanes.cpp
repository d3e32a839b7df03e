// Whether every lane is right at every optimisation level: each formula and row kernel on `cpu` at each instruction set
// against the scalars of `serial`. run.sh compiles this with each compiler at -O0 to -O3; a pack that crosses a call
// loses lanes silently (core/annotation.hpp), and only some levels show it.

#include <cotangent/backend/cpu/launch.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/kernel/dual.hpp>
#include <cotangent/kernel/formula/pointwise.hpp>
#include <cotangent/ops/adamw.hpp>
#include <cotangent/ops/column_sum.hpp>
#include <cotangent/ops/cross_entropy.hpp>
#include <cotangent/ops/dropout.hpp>
#include <cotangent/ops/layer_norm.hpp>
#include <cotangent/ops/map.hpp>
#include <cotangent/ops/normalize_rows.hpp>
#include <cotangent/ops/rms_norm.hpp>
#include <cotangent/ops/softmax.hpp>

#include <cmath>
#include <cstdio>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace {

constexpr cot::index n = 3, d = 53;

/// Buffers of one run, filled with numbers that depend on their order alone.
template <class T, class B>
struct run {
  using A = cot::accumulator_of<T>;
  using reader = cot::view<const T, 2, B>;
  B& device;
  std::deque<std::vector<T>> matrices{};
  std::deque<std::vector<A>> vectors{};
  std::deque<std::vector<std::int32_t>> integers{};

  static double number(std::size_t buffer, cot::index i) {
    return static_cast<double>(cot::random_bits({1, 2, 3}, static_cast<std::uint32_t>(buffer), 0, i)) * 0x1p-30 - 2.0;
  }
  cot::view<T, 2, B> matrix() {
    auto& m = matrices.emplace_back(static_cast<std::size_t>(n * d));
    for (cot::index i = 0; i < n * d; ++i)
      m[static_cast<std::size_t>(i)] = static_cast<T>(static_cast<A>(number(matrices.size(), i)));
    return {m.data(), {{n, d}}};
  }
  cot::view<A, 1, B> vector(cot::index size) {
    auto& v = vectors.emplace_back(static_cast<std::size_t>(size));
    for (cot::index i = 0; i < size; ++i)
      v[static_cast<std::size_t>(i)] = static_cast<A>(number(50 + vectors.size(), i));
    return {v.data(), {{size}}};
  }
  cot::view<std::int32_t, 1, B> column_numbers() {
    auto& v = integers.emplace_back(static_cast<std::size_t>(n));
    for (cot::index i = 0; i < n; ++i) v[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(7 * i);
    return {v.data(), {{n}}};
  }
  std::vector<double> results() const {
    std::vector<double> all;
    for (const auto& m : matrices)
      for (const auto& e : m) all.push_back(static_cast<double>(static_cast<A>(e)));
    for (const auto& v : vectors)
      for (const auto& e : v) all.push_back(static_cast<double>(e));
    return all;
  }

  template <class Formula>
  void map(const Formula& f) {
    const auto x = matrix(), y = matrix(), dx = matrix();
    cot::ops::map(device, f, y, x);
    cot::ops::map_pullback(device, f, reader(y), cot::ops::with_respect_to<T, 2, B>{x, dx, cot::store::add});
  }
  template <class Formula>
  void map_two(const Formula& f) {
    const auto a = matrix(), b = matrix(), y = matrix(), da = matrix(), db = matrix();
    cot::ops::map(device, f, y, a, b);
    cot::ops::map_pullback(device, f, reader(y), cot::ops::with_respect_to<T, 2, B>{a, da, cot::store::overwrite},
                           cot::ops::with_respect_to<T, 2, B>{b, db, cot::store::overwrite});
  }
  void norms() {
    const auto x = matrix(), y = matrix(), dx = matrix(), sum = matrix(), branch = matrix(), z = matrix();
    const auto gamma = vector(d), beta = vector(d), mean = vector(n), rstd = vector(n), dgamma = vector(d),
               dbeta = vector(d);
    const auto tokens = column_numbers();
    const cot::dropout_rows drop{{1, 2, 3}, 0.3, tokens.data(), tokens.data()};
    cot::ops::layer_norm(device, x, gamma, beta, 1e-5, y, mean, rstd);
    cot::ops::layer_norm_pullback(device, y, x, mean, rstd, gamma, dx, cot::store::overwrite, dgamma, dbeta);
    cot::ops::add_layer_norm(device, x, y, drop, gamma, beta, 1e-5, sum, z, mean, rstd);
    cot::ops::add_layer_norm_pullback(device, dx, sum, mean, rstd, gamma, drop, branch, cot::store::add, y,
                                      cot::store::overwrite, dgamma, dbeta);
    cot::ops::rms_norm(device, x, gamma, 1, 1e-5, z, rstd);
    cot::ops::rms_norm_pullback(device, y, x, rstd, gamma, 1, dx, cot::store::overwrite, dgamma);
    cot::ops::dropout(device, x, drop, sum);
    cot::ops::column_sum(device, reader(x), beta, cot::store::add);
  }
  void softmaxes() {
    const auto x = matrix(), y = matrix(), z = matrix(), dx = matrix(), dz = matrix();
    cot::ops::softmax(device, x, y);
    cot::ops::softmax_pullback(device, y, x, dx, cot::store::overwrite);
    cot::ops::log_softmax(device, x, z);
    cot::ops::log_softmax_pullback(device, z, x, dz, cot::store::add);
  }
  void training() {
    if constexpr (std::is_same_v<T, A>) {
      const auto x = matrix(), y = matrix(), dx = matrix();
      const auto losses = vector(n), lse = vector(n), norms = vector(n);
      const auto targets = column_numbers();
      using statistics = cot::view<const A, 1, B>;
      cot::ops::cross_entropy(device, reader(x), cot::view<const std::int32_t, 1, B>(targets), losses, lse);
      cot::ops::cross_entropy_pullback(device, reader(x), cot::view<const std::int32_t, 1, B>(targets), statistics(lse),
                                       0.5, dx);
      cot::ops::normalize_rows(device, reader(x), 1e-12, y, norms);
      cot::ops::normalize_rows_pullback(device, reader(dx), reader(y), statistics(norms), 1e-12, dx,
                                        cot::store::overwrite);
      const auto w = vector(d), g = vector(d), m = vector(d), v = vector(d);
      for (A& e : vectors.back()) e = std::abs(e);
      cot::ops::adamw(device, w, g, m, v,
                      cot::ops::adamw_step{.lr = 0.1, .weight_decay = 0.01, .step = 3, .gradient_scale = 0.5});
    }
  }
};

int failures = 0;

/// Runs `work` on serial and on cpu at every instruction set.
template <class T, class Work>
void compare(const char* name, const Work& work) {
  cot::serial serial;
  run<T, cot::serial> reference{serial};
  work(reference);
  const std::vector<double> expected = reference.results();
  for (const cot::isa level : {cot::isa::portable, cot::isa::avx2, cot::isa::avx512}) {
    if (level > cot::detect_isa()) continue;
    cot::cpu cpu({.threads = 1, .level = level});
    run<T, cot::cpu> device{cpu};
    work(device);
    const std::vector<double> got = device.results();
    const double tolerance = std::is_same_v<T, double> ? 1e-11 : std::is_same_v<T, float> ? 1e-4 : 0.05;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < got.size(); ++i)
      wrong += !(std::abs(got[i] - expected[i]) <= tolerance * (1 + std::abs(expected[i])));
    if (wrong != 0) {
      ++failures;
      std::printf("%s, %zu-byte numbers, %s: %zu of %zu numbers are wrong\n", name, sizeof(T),
                  std::string(to_string(level)).c_str(), wrong, got.size());
    }
  }
}

template <class T>
void compare_all() {
  using namespace cot::formula;
  compare<T>("gelu", [](auto& r) { r.map(gelu{}); });
  compare<T>("gelu_tanh", [](auto& r) { r.map(gelu_tanh{}); });
  compare<T>("silu", [](auto& r) { r.map(silu{}); });
  compare<T>("relu", [](auto& r) { r.map(relu{}); });
  compare<T>("tanh", [](auto& r) { r.map(hyperbolic_tangent{}); });
  compare<T>("exp", [](auto& r) { r.map(exponential{}); });
  compare<T>("sigmoid", [](auto& r) { r.map(logistic{}); });
  compare<T>("softplus", [](auto& r) { r.map(softplus{}); });
  compare<T>("affine", [](auto& r) { r.map(affine<float>{2, 3}); });
  compare<T>("add", [](auto& r) { r.map_two(add{}); });
  compare<T>("subtract", [](auto& r) { r.map_two(subtract{}); });
  compare<T>("multiply", [](auto& r) { r.map_two(multiply{}); });
  compare<T>("silu_gate", [](auto& r) { r.map_two(silu_gate{}); });
  compare<T>("gelu_tanh_gate", [](auto& r) { r.map_two(gelu_tanh_gate{}); });
  compare<T>("norms", [](auto& r) { r.norms(); });
  compare<T>("softmaxes", [](auto& r) { r.softmaxes(); });
  compare<T>("training", [](auto& r) { r.training(); });
}

}  // namespace

int main() {
#if defined(LANES_FLOAT)
  compare_all<float>();
#elif defined(LANES_DOUBLE)
  compare_all<double>();
#else
  compare_all<cot::bfloat16>();
#endif
  if (failures == 0) std::puts("all lanes are right");
  return failures != 0;
}
