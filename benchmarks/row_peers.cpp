// The row kernels beside the same written in Eigen (peers/row_peers.cpp, compiled with -march=native), on one thread
// and on arrays that lie in the second- and in the third-level cache: how many times as fast, as the median over rounds
// in which the two run in turn, and the largest difference between their results.
//
//   row_peers [portable | avx2 | avx512] [--json FILE]

#include "peers/row_peers.hpp"

#include <cotangent/backend/cpu/launch.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/kernel/formula/pointwise.hpp>
#include <cotangent/ops/adamw.hpp>
#include <cotangent/ops/column_sum.hpp>
#include <cotangent/ops/layer_norm.hpp>
#include <cotangent/ops/map.hpp>
#include <cotangent/ops/normalize_rows.hpp>
#include <cotangent/ops/rms_norm.hpp>
#include <cotangent/ops/softmax.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <time.h>

namespace {

using matrix = cot::view<float, 2, cot::cpu>;
using reader = cot::view<const float, 2, cot::cpu>;
using vector = cot::view<float, 1, cot::cpu>;

double seconds(int times, const std::function<void()>& f) {
  const auto now = [] {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  };
  const double begin = now();
  for (int i = 0; i < times; ++i) f();
  return (now() - begin) / times;
}

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return x[x.size() / 2];
}

/// The arrays of one side, filled with the same numbers as the other's; the matrices lie one after the other.
class side {
 public:
  row_arrays arrays;

  side(long rows, long width)
      : matrix_(static_cast<std::size_t>(rows * width)), vector_(static_cast<std::size_t>(std::max(rows, width))) {
    memory_.resize(16 + 4 * matrix_ + 6 * vector_);
    const auto skipped = reinterpret_cast<std::uintptr_t>(memory_.data()) % 64 / sizeof(float);
    float *m = memory_.data() + (16 - skipped) % 16, *v = m + 4 * matrix_;
    for (cot::index i = 0; i < static_cast<cot::index>(4 * matrix_ + 6 * vector_); ++i) {
      const float u = cot::uniform(cot::random_bits({1, 2, 3}, 0, 0, i));
      m[i] = i < 3 * static_cast<cot::index>(matrix_) ? 4 * u - 2 : u + 0.5f;  // second moments, statistics: positive
    }
    const auto part = [&](std::size_t i) { return v + i * vector_; };
    arrays = {rows,    width,   m,       m + matrix_, m + 2 * matrix_, m + 3 * matrix_,
              part(0), part(1), part(2), part(3),     part(4),         part(5)};
  }

  /// The largest difference from the other, relative to what is more than 1.
  [[nodiscard]] double difference(const side& other) const {
    double worst = 0;
    for (std::size_t i = 0; i < 4 * matrix_ + 6 * vector_; ++i) {
      const double expected = other.arrays.x[i], error = std::abs(arrays.x[i] - expected);
      if (!(error <= worst)) worst = std::max(worst, error / std::max(1.0, std::abs(expected)));
      if (std::isnan(error)) return HUGE_VAL;
    }
    return worst;
  }

 private:
  std::size_t matrix_, vector_;
  std::vector<float> memory_;
};

/// What the peer of that name computes, by the library.
std::function<void()> ours(cot::cpu& device, std::string_view name, const row_arrays& a) {
  namespace ops = cot::ops;
  using cot::store;
  const cot::shape<2> sizes{{a.rows, a.width}};
  const matrix x(a.x, sizes), w(a.w, sizes), y(a.y, sizes), z(a.z, sizes);
  const auto of_width = [&](float* data) { return vector(data, {{a.width}}); };
  const auto of_rows = [&](float* data) { return vector(data, {{a.rows}}); };
  const vector gamma = of_width(a.gamma), beta = of_width(a.beta), dgamma = of_width(a.dgamma),
               dbeta = of_width(a.dbeta), mean = of_rows(a.mean), rstd = of_rows(a.rstd);
  const auto map = [&, x, y](auto formula) -> std::function<void()> {
    return [&device, x, y, formula] { ops::map(device, formula, y, x); };
  };
  const auto slope = [&, x, y, w](auto formula) -> std::function<void()> {
    return [&device, x, y, w, formula] {
      ops::map_pullback(device, formula, reader(w), ops::with_respect_to<float, 2, cot::cpu>{x, y, store::overwrite});
    };
  };
  const std::map<std::string_view, std::function<void()>> all{
      {"map exp", map(cot::formula::exponential{})},
      {"softmax", [=, &device] { ops::softmax(device, x, y); }},
      {"softmax backward", [=, &device] { ops::softmax_pullback(device, x, w, y, store::overwrite); }},
      {"log softmax", [=, &device] { ops::log_softmax(device, x, y); }},
      {"layer norm", [=, &device] { ops::layer_norm(device, x, gamma, beta, 1e-5, y, mean, rstd); }},
      {"layer norm backward",
       [=, &device] { ops::layer_norm_pullback(device, w, x, mean, rstd, gamma, y, store::overwrite, dgamma, dbeta); }},
      {"add + layer norm",
       [=, &device] { ops::add_layer_norm(device, x, w, {}, gamma, beta, 1e-5, z, y, mean, rstd); }},
      {"rms norm", [=, &device] { ops::rms_norm(device, x, gamma, 0, 1e-5, y, rstd); }},
      {"rms norm backward",
       [=, &device] { ops::rms_norm_pullback(device, w, x, rstd, gamma, 0, y, store::overwrite, dgamma); }},
      {"normalize rows", [=, &device] { ops::normalize_rows(device, reader(x), 1e-12, y, mean); }},
      {"normalize rows backward",
       [=, &device] {
         ops::normalize_rows_pullback(device, reader(w), reader(x), cot::view<const float, 1, cot::cpu>(rstd), 1e-12, y,
                                      store::overwrite);
       }},
      {"gelu", map(cot::formula::gelu{})},
      {"gelu, erfc", map(cot::formula::gelu{})},
      {"gelu backward", slope(cot::formula::gelu{})},
      {"gelu tanh", map(cot::formula::gelu_tanh{})},
      {"gelu tanh backward", slope(cot::formula::gelu_tanh{})},
      {"silu", map(cot::formula::silu{})},
      {"silu backward", slope(cot::formula::silu{})},
      {"add", [=, &device] { ops::map(device, cot::formula::add{}, y, x, w); }},
      {"column sum", [=, &device] { ops::column_sum(device, reader(x), dbeta, store::overwrite); }},
      {"adamw",
       [=, &device] {
         const auto flat = [&](float* data) { return vector(data, {{a.rows * a.width}}); };
         ops::adamw(
             device, flat(a.x), flat(a.w), flat(a.y), flat(a.z),
             ops::adamw_step{.lr = adamw_rate, .beta1 = adamw_beta, .beta2 = adamw_beta, .epsilon = adamw_epsilon});
       }},
  };
  return all.at(name);
}

}  // namespace

int main(int count, char** arguments) {
  cot::cpu::options options{.threads = 1};
  std::string json;
  for (int i = 1; i < count; ++i) {
    const std::string_view given = arguments[i];
    const auto level = std::find(cot::isa_names.begin(), cot::isa_names.end(), given);
    if (given == "--json" && i + 1 < count) {
      json = arguments[++i];
    } else if (level != cot::isa_names.end()) {
      options.level = static_cast<cot::isa>(level - cot::isa_names.begin());
    } else {
      std::fputs("usage: row_peers [portable | avx2 | avx512] [--json FILE]\n", given == "--help" ? stdout : stderr);
      return given == "--help" ? 0 : 2;
    }
  }
  constexpr long width = 768;
  constexpr int rounds = 21;
  try {
    cot::cpu device(options);
    cot::io::json results = cot::io::json::of({{"isa", to_string(device.level())}, {"width", width}});
    bool same = true;
    std::printf("%-24s %18s %18s %14s\n", "times as fast as Eigen", "512 KiB", "8 MiB", "difference");
    for (const row_peer* peer = row_peers; peer != row_peers + row_peer_count; ++peer) {
      double ratio[2] = {}, worst = 0;
      for (const int large : {0, 1}) {
        const long rows = (large ? 8L << 20 : 512L << 10) / (peer->arrays * width * 4);
        side mine(rows, width), theirs(rows, width);
        const auto run_ours = ours(device, peer->name, mine.arrays);
        const std::function<void()> run_theirs = [&] { peer->run(theirs.arrays); };
        run_ours();
        run_theirs();
        worst = std::max(worst, mine.difference(theirs));
        const int times = std::max(1, static_cast<int>(2e-3 / seconds(3, run_ours)));
        std::vector<double> a, b, quotients;
        for (int round = 0; round < rounds; ++round) {
          a.push_back(seconds(times, run_ours));
          b.push_back(seconds(times, run_theirs));
          quotients.push_back(b.back() / a.back());
        }
        ratio[large] = median(quotients);
        results["kernels"][peer->name][large ? "third level" : "second level"] =
            cot::io::json::of({{"seconds", median(a)}, {"eigen_seconds", median(b)}, {"ratio", ratio[large]}});
      }
      results["kernels"][peer->name]["difference"] = worst;
      same = same && worst < 1e-4;
      std::printf("%-24s %18.2f %18.2f %14.1e\n", peer->name, ratio[0], ratio[1], worst);
    }
    if (!json.empty()) cot::io::write_json(json, results);
    if (!same) std::fputs("row_peers: error: the results differ\n", stderr);
    return same ? 0 : 1;
  } catch (const cot::error& e) {
    std::fprintf(stderr, "row_peers: error: %s\n", e.what());
    return 1;
  }
}
