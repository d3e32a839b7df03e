// gemm on cpu: the share of the fused multiply-add peak that the same run measures, shape by shape.
//
//   gemm [--set transformer|minilm|lora|few|similarity|attention] [--threads 1,2] [--rounds 9] [--form NN|NT|TN]
//        [--level avx2|...] [--bf16] [--peers] [--json FILE]
//
// The peak is that of multiply-adds of floats; with --bf16, of AVX512-BF16 or AMX where the machine has them.
// Every round runs every shape once, with the peak measured right before and after it. One thread is timed by its own
// CPU clock: medians. Several are timed by the wall clock, as the speed-up over one: shortest time of the rounds over
// the shortest of one. On a busy machine that says little.

#include <cotangent/backend/cpu/gemm.hpp>
#include <cotangent/io/json.hpp>

#if __has_include(<Eigen/Core>) || __has_include(<eigen3/Eigen/Core>)
#include <cotangent/backend/cpu/eigen.hpp>
#define HAS_EIGEN 1
#endif

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace {

using cot::index;
using cot::isa;
using cot::transpose;

double cpu_seconds() {
  std::timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}
double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Floating-point operations a second of one core; 0 where there is no such instruction.
double peak(const cot::detail::chains& multiply) {
  if (multiply.run == nullptr) return 0;
  constexpr long steps = 100000;
  const double start = cpu_seconds();
  multiply.run(steps);
  return multiply.flops * steps / (cpu_seconds() - start);
}

struct shape {
  index m, k, n;
  transpose op_a, op_b;
  [[nodiscard]] double flops() const {
    return 2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n);
  }
  [[nodiscard]] std::string form() const {
    return std::string(op_a == transpose::yes ? "T" : "N") + (op_b == transpose::yes ? "T" : "N");
  }
  [[nodiscard]] std::string name() const {
    return std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n) + " " + form();
  }
};

/// y = x w, and the gradients dx = dy w^T and dw = x^T dy, for x [m, k] and w [k, n].
void add_layer(std::vector<shape>& all, index m, index k, index n, bool gradients) {
  all.push_back({m, k, n, transpose::no, transpose::no});
  if (!gradients) return;
  all.push_back({m, n, k, transpose::no, transpose::yes});
  all.push_back({k, m, n, transpose::yes, transpose::no});
}

std::vector<shape> shapes_of(const std::string& set) {
  std::vector<shape> all;
  constexpr transpose no = transpose::no, yes = transpose::yes;
  struct layer {
    index k, n;
  };
  if (set == "transformer")
    for (const index m : {256, 2048})
      for (const layer l : {layer{128, 128}, {128, 512}, {384, 384}, {768, 768}, {768, 3072}, {3072, 768}})
        add_layer(all, m, l.k, l.n, l.k != 128);
  if (set == "minilm")
    for (const index m : {256, 1761})
      for (const layer l : {layer{384, 384}, {384, 1152}, {384, 1536}, {1536, 384}}) add_layer(all, m, l.k, l.n, true);
  if (set == "lora")
    for (const index m : {256, 2048})
      for (const index d : {384, 768}) {
        for (const transpose t : {no, yes}) {
          all.push_back({m, d, 8, no, t});
          all.push_back({m, 8, d, no, t});
        }
        all.push_back({d, m, 8, yes, no});
        all.push_back({8, m, d, yes, no});
      }
  if (set == "few")
    for (const index m : {1, 16, 64})
      for (const layer l : {layer{128, 128}, {384, 384}, {384, 1536}, {768, 768}, {768, 3072}, {3072, 768}})
        all.push_back({m, l.k, l.n, no, no});
  if (set == "similarity")
    for (const index m : {64, 512, 4096})
      for (const index n : {64, 512, 4096}) all.push_back({m, 768, n, no, yes});
  if (set == "attention")
    for (const index length : {16, 32, 64, 128})
      for (const index d : {32, 64}) {
        all.push_back({length, d, length, no, yes});
        all.push_back({length, length, d, no, no});
        all.push_back({length, length, d, yes, no});
      }
  return all;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double geometric_mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += std::log(v);
  return std::exp(sum / static_cast<double>(values.size()));
}

/// Seconds of one call: repeated until some 3 ms have passed, by the given clock.
double time_of(double (*clock)(), double flops, const std::function<void()>& call) {
  const int repeats = static_cast<int>(std::clamp(6e8 / flops, 1.0, 20000.0));
  const double start = clock();
  for (int i = 0; i < repeats; ++i) call();
  return (clock() - start) / repeats;
}

struct options {
  std::string set = "transformer", form, json;
  std::vector<int> threads = {1, 2};
  int rounds = 9;
  isa level = cot::isa_from_environment();
  bool peers = false, bf16 = false;
};

[[noreturn]] void end_with_usage(bool asked) {
  std::fputs(
      "usage: gemm [--set transformer|minilm|lora|few|similarity|attention] [--threads 1,2] [--rounds 9]\n"
      "            [--form NN|NT|TN] [--level avx2|...] [--bf16] [--peers] [--json FILE]\n",
      asked ? stdout : stderr);
  std::exit(asked ? 0 : 2);
}

options parse(int count, char** arguments) {
  options o;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    const auto value = [&]() -> std::string { return i + 1 < count ? arguments[++i] : ""; };
    if (name == "--set")
      o.set = value();
    else if (name == "--form")
      o.form = value();
    else if (name == "--json")
      o.json = value();
    else if (name == "--rounds")
      o.rounds = std::max(1, std::atoi(value().c_str()));
    else if (name == "--peers")
      o.peers = true;
    else if (name == "--bf16")
      o.bf16 = true;
    else if (name == "--threads") {
      o.threads.clear();
      const std::string list = value();
      for (std::size_t at = 0; at < list.size(); at = std::min(list.size(), list.find(',', at)) + 1)
        o.threads.push_back(std::max(1, std::atoi(list.c_str() + at)));
    } else if (name == "--level") {
      const auto level = std::find(cot::isa_names.begin(), cot::isa_names.end(), value());
      if (level == cot::isa_names.end()) end_with_usage(false);
      o.level = static_cast<isa>(level - cot::isa_names.begin());
    } else {
      end_with_usage(name == "--help");
    }
  }
  return o;
}

struct row {
  shape s;
  std::vector<double> share, peer, speed;            // one thread: of the peak; GFLOP/s
  std::vector<std::vector<double>> alone, together;  // for each further number of threads: seconds of one and of all
};

}  // namespace

int main(int count, char** arguments) try {
  const options o = parse(count, arguments);
  std::vector<row> rows;
  for (const shape& s : shapes_of(o.set))
    if (o.form.empty() || o.form == s.form())
      rows.push_back({s,
                      {},
                      {},
                      {},
                      std::vector<std::vector<double>>(o.threads.size()),
                      std::vector<std::vector<double>>(o.threads.size())});
  if (rows.empty()) {
    std::fprintf(stderr, "gemm: no such set of shapes: %s %s\n", o.set.c_str(), o.form.c_str());
    return 2;
  }
  cot::cpu one({.threads = 1, .level = o.level});
  constexpr cot::index largest = cot::index{4096} * 4096;
  auto* const a = one.memory().take_array<float>(largest);  // as the library's tensors lie: on large pages
  auto* const b = one.memory().take_array<float>(largest);
  auto* const c = one.memory().take_array<float>(largest);
  auto* const narrow_a = one.memory().take_array<cot::bfloat16>(largest);
  auto* const narrow_b = one.memory().take_array<cot::bfloat16>(largest);
  auto* const narrow_c = one.memory().take_array<cot::bfloat16>(largest);
  std::vector<float> expected;
  for (cot::index i = 0; i < largest; ++i) {
    a[i] = static_cast<float>(i * 7919 % 1009) / 1009 - 0.5f;
    b[i] = static_cast<float>(i * 104729 % 1013) / 1013 - 0.5f;
    narrow_a[i] = cot::bfloat16(a[i]);
    narrow_b[i] = cot::bfloat16(b[i]);
  }
  const cot::detail::chains ceilings = o.bf16 && (one.amx() || one.fast_bf16())
                                           ? cot::detail::bfloat16_chains(o.level, one.amx())
                                           : cot::detail::float_chains(o.level);
  std::vector<double> peaks;
  for (int warm_up = 0; warm_up < 200; ++warm_up) peak(ceilings);

  for (int round = -1; round < o.rounds; ++round)
    for (row& r : rows) {
      const shape& s = r.s;
      const cot::index lda = s.op_a == transpose::yes ? s.m : s.k, ldb = s.op_b == transpose::yes ? s.k : s.n;
      const auto multiply = [&](cot::cpu& device) {
        if (o.bf16 && s.op_a == transpose::yes)  // gradients of parameters are kept in float
          gemm(device, s.op_a, s.op_b, s.m, s.n, s.k, narrow_a, lda, narrow_b, ldb, c, s.n);
        else if (o.bf16)
          gemm(device, s.op_a, s.op_b, s.m, s.n, s.k, narrow_a, lda, narrow_b, ldb, narrow_c, s.n);
        else
          gemm(device, s.op_a, s.op_b, s.m, s.n, s.k, a, lda, b, ldb, c, s.n);
      };
      multiply(one);
      const double before = peak(ceilings);
      const double seconds = time_of(cpu_seconds, s.flops(), [&] { multiply(one); });
      const double ceiling = (before + peak(ceilings)) / 2;
      double peer = 0;
#if defined(HAS_EIGEN)
      if (o.peers && !o.bf16) {
        expected.assign(c, c + s.m * s.n);
        const auto eigen = [&] { cot::eigen::gemm(s.op_a, s.op_b, s.m, s.n, s.k, a, lda, b, ldb, c, s.n); };
        peer = time_of(cpu_seconds, s.flops(), eigen);
        for (std::size_t i = 0; i < expected.size(); ++i)
          if (std::abs(expected[i] - c[i]) > 1e-4f * static_cast<float>(s.k)) {
            std::fprintf(stderr, "gemm: %s: element %zu is %g, Eigen says %g\n", s.name().c_str(), i,
                         static_cast<double>(expected[i]), static_cast<double>(c[i]));
            return 1;
          }
      }
#endif
      if (round < 0) continue;
      peaks.push_back(ceiling);
      r.speed.push_back(s.flops() / seconds * 1e-9);
      if (ceiling > 0) r.share.push_back(s.flops() / seconds / ceiling);
      if (peer > 0) r.peer.push_back(peer / seconds);
      for (std::size_t t = 0; t < o.threads.size(); ++t) {
        if (o.threads[t] == 1) continue;
        cot::cpu several({.threads = o.threads[t], .level = o.level});
        multiply(several);
        const double alone = time_of(wall_seconds, s.flops(), [&] { multiply(one); });
        r.alone[t].push_back(alone);
        r.together[t].push_back(time_of(wall_seconds, s.flops(), [&] { multiply(several); }));
      }
    }

  std::printf("%-20s %9s %7s", "m x k x n", "GFLOP/s", "share");
  for (const int t : o.threads)
    if (t > 1) std::printf("  x%d threads", t);
  if (o.peers) std::printf("   x Eigen");
  std::printf("\n");
  std::vector<double> shares, peers;
  std::vector<std::vector<double>> faster(o.threads.size());
  for (const row& r : rows) {
    std::printf("%-20s %9.1f %6.1f%%", r.s.name().c_str(), median(r.speed), 100 * median(r.share));
    shares.push_back(median(r.share));
    for (std::size_t t = 0; t < o.threads.size(); ++t)
      if (o.threads[t] > 1) {
        faster[t].push_back(*std::min_element(r.alone[t].begin(), r.alone[t].end()) /
                            *std::min_element(r.together[t].begin(), r.together[t].end()));
        std::printf("  %10.2f", faster[t].back());
      }
    if (!r.peer.empty()) {
      peers.push_back(median(r.peer));
      std::printf("  %8.2f", peers.back());
    }
    std::printf("\n");
  }
  std::printf("%-20s %9s %6.1f%%", "geometric mean", "", 100 * geometric_mean(shares));
  for (std::size_t t = 0; t < o.threads.size(); ++t)
    if (o.threads[t] > 1) std::printf("  %10.2f", geometric_mean(faster[t]));
  if (!peers.empty()) std::printf("  %8.2f", geometric_mean(peers));
  std::printf("\n%s, peak of one core %.1f GFLOP/s (median), %d rounds\n", std::string(cot::to_string(o.level)).c_str(),
              median(peaks) * 1e-9, o.rounds);

  if (o.json.empty()) return 0;
  cot::io::json results = cot::io::json::of({{"set", o.set},
                                             {"level", cot::to_string(o.level)},
                                             {"rounds", o.rounds},
                                             {"peak_gflops", median(peaks) * 1e-9},
                                             {"geometric_mean_share", geometric_mean(shares)}});
  for (std::size_t t = 0; t < o.threads.size(); ++t)
    if (o.threads[t] > 1) results["speed_up_" + std::to_string(o.threads[t]) + "_threads"] = geometric_mean(faster[t]);
  for (std::size_t i = 0; i < rows.size(); ++i)
    results["shapes"].push_back(
        cot::io::json::of({{"name", rows[i].s.name()}, {"gflops", median(rows[i].speed)}, {"share", shares[i]}}));
  cot::io::write_json(o.json, results);
} catch (const cot::error& e) {
  std::fprintf(stderr, "gemm: error: %s\n", e.what());
  return 1;
}
