// Attention on cpu, forward and backward: GFLOP/s and the share of the peak that the same run measures, of fused
// multiply-adds of floats, or of AMX or AVX512-BF16 where bfloat16 is multiplied by them.
//
//   attention [--type float|bfloat16] [--threads 1] [--tokens 512] [--peer COMMAND] [--json FILE]
//
// A peer answers "WIDTH LENGTH LENGTH ..." with milliseconds of forward and of backward
// (benchmarks/peers/attention_time.py); it is given 12 heads of the sentences that we are given.
//
// 512 tokens, the default, stay in the caches: that is the kernels themselves. With many more, memory decides at short
// lengths. Multiplications and additions of the products are counted (4 l^2 d forward, 10 l^2 d backward for a head),
// softmax is not: its time is in the figure. One thread is timed by its own CPU clock, several by the wall clock; best
// of several rounds.

#include "peer_process.hpp"

#include <cotangent/backend/cpu/attention.hpp>
#include <cotangent/backend/cpu/chains.hpp>
#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

double seconds(bool one_thread) {
  if (!one_thread) return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  std::timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double best_time(bool one_thread, const std::function<void()>& f) {
  double best = HUGE_VAL, spent = 0;
  for (int round = 0; round < 2000 && (round < 5 || spent < 0.15); ++round) {
    const double begin = seconds(one_thread);
    f();
    const double taken = seconds(one_thread) - begin;
    best = std::min(best, taken);
    spent += taken;
  }
  return best;
}

/// GFLOP/s of all threads: of multiply-adds of floats, or of bfloat16 where the device multiplies those.
double peak_gflops(cot::cpu& device, bool bfloat16) {
  const auto multiply = bfloat16 && (device.amx() || device.fast_bf16())
                            ? cot::detail::bfloat16_chains(device.level(), device.amx())
                            : cot::detail::float_chains(device.level());
  if (multiply.run == nullptr) return NAN;
  const int tasks = device.threads();
  const long steps = static_cast<long>(1e8 / multiply.flops);
  const double time =
      best_time(tasks == 1, [&] { parallel_for(device, tasks, [&](cot::index) { multiply.run(steps); }); });
  return 1e-9 * tasks * multiply.flops * static_cast<double>(steps) / time;
}

/// The library's own memory: cache lines and large pages as in a training step.
template <class T>
struct buffer {
  T* memory = nullptr;
  std::size_t count = 0;
  buffer() = default;
  buffer(const buffer&) = delete;
  buffer& operator=(const buffer&) = delete;
  ~buffer() { cot::host_memory_source::deallocate(memory, 0); }
  void resize(std::size_t n) {
    memory = static_cast<T*>(cot::host_memory_source::allocate(n * sizeof(T)));
    std::fill_n(memory, count = n, T{});
  }
  [[nodiscard]] T* data() const { return memory; }
  [[nodiscard]] std::size_t size() const { return count; }
  T& operator[](std::size_t i) const { return memory[i]; }
};

template <class T>
struct work {
  using A = cot::accumulator_of<T>;
  std::vector<cot::index> offsets{0};
  cot::attention_layout layout;
  buffer<T> projection, gradient, out, dout;
  buffer<A> maximum, reciprocal_sum;
  double products = 0;  // sum of l^2 d over heads

  work(const std::vector<cot::index>& lengths, cot::index heads, cot::index width) {
    for (const cot::index length : lengths) {
      offsets.push_back(offsets.back() + length);
      layout.longest = std::max(layout.longest, length);
      products += static_cast<double>(length * length * width * heads);
    }
    layout.offsets = offsets.data();
    layout.sentences = static_cast<cot::index>(lengths.size());
    layout.tokens = offsets.back();
    layout.heads = layout.kv_heads = heads;
    layout.width = width;
    layout.scale = 1 / std::sqrt(static_cast<double>(width));
    const auto fill = [&](buffer<T>& x, cot::index columns) {
      x.resize(static_cast<std::size_t>(layout.tokens * columns));
      for (std::size_t i = 0; i < x.size(); ++i)
        x[i] =
            static_cast<T>(cot::uniform(cot::random_bits({1, 2, 3}, 0, 0, static_cast<cot::index>(i))) * 2.0f - 1.0f);
    };
    fill(projection, 3 * heads * width);
    fill(gradient, 3 * heads * width);
    fill(out, heads * width);
    fill(dout, heads * width);
    maximum.resize(static_cast<std::size_t>(heads * layout.tokens));
    reciprocal_sum.resize(maximum.size());
  }

  void forward(cot::cpu& device) {
    const cot::index d = layout.heads * layout.width;
    const T* q = projection.data();
    attention(device, cot::attention_problem<T>{layout,
                                                {q, 3 * d},
                                                {q + d, 3 * d},
                                                {q + 2 * d, 3 * d},
                                                {out.data(), d},
                                                maximum.data(),
                                                reciprocal_sum.data()});
  }
  void backward(cot::cpu& device) {
    const cot::index d = layout.heads * layout.width;
    const T* q = projection.data();
    T* g = gradient.data();
    attention_pullback(device, cot::attention_pullback_problem<T>{layout,
                                                                  {q, 3 * d},
                                                                  {q + d, 3 * d},
                                                                  {q + 2 * d, 3 * d},
                                                                  {out.data(), d},
                                                                  {dout.data(), d},
                                                                  maximum.data(),
                                                                  reciprocal_sum.data(),
                                                                  {g, 3 * d},
                                                                  {g + d, 3 * d},
                                                                  {g + 2 * d, 3 * d}});
  }
};

/// Lengths like those of sentences in similarity and inference data: most between 8 and 30, a tail to 64.
std::vector<cot::index> sentence_lengths(int n) {
  std::vector<cot::index> lengths;
  for (int i = 0; i < n; ++i) {
    const double x = cot::normal(cot::random_bits({1, 2, 3}, 1, 0, i), cot::random_bits({1, 2, 3}, 1, 1, i));
    lengths.push_back(std::clamp<cot::index>(std::lround(15 * std::exp(0.4 * x)), 6, 64));
  }
  return lengths;
}

template <class T>
void table(int threads, int tokens, const std::string& peer_command, const std::string& json) {
  std::optional<bench::peer_process> peer;
  if (!peer_command.empty()) peer.emplace(peer_command);
  auto results = cot::io::json::list();
  cot::cpu device({.threads = threads});
  std::printf("attention, %s, %s, %d thread%s\n", sizeof(T) == 2 ? "bfloat16" : "float",
              std::string(cot::to_string(device.level())).c_str(), threads, threads == 1 ? "" : "s");
  std::printf("%10s %6s %12s %8s %8s %12s %8s %8s\n", "length", "width", "forward us", "GFLOP/s", "share",
              "backward us", "GFLOP/s", "share");
  for (const cot::index width : {32, 64})
    for (const cot::index length : {0, 8, 16, 24, 32, 64, 128, 256, 512}) {
      const auto lengths =
          length == 0
              ? sentence_lengths(tokens / 16)
              : std::vector<cot::index>(static_cast<std::size_t>(std::max<cot::index>(tokens / length, 1)), length);
      work<T> w(lengths, 12, width);
      const double peak = peak_gflops(device, sizeof(T) == 2);
      const double forward = best_time(threads == 1, [&] { w.forward(device); });
      const double backward = best_time(threads == 1, [&] { w.backward(device); });
      const std::string name = length == 0 ? "sentences" : std::to_string(length);
      std::printf("%10s %6d %12.1f %8.1f %7.1f%% %12.1f %8.1f %7.1f%%   (peak %.0f, %d tokens)", name.c_str(),
                  static_cast<int>(width), 1e6 * forward, 4e-9 * w.products / forward,
                  4e-7 * w.products / forward / peak, 1e6 * backward, 1e-8 * w.products / backward,
                  1e-6 * w.products / backward / peak, peak, static_cast<int>(w.layout.tokens));
      auto row = cot::io::json::of({{"length", name},
                                    {"width", width},
                                    {"tokens", w.layout.tokens},
                                    {"peak_gflops", peak},
                                    {"forward_us", 1e6 * forward},
                                    {"backward_us", 1e6 * backward},
                                    {"forward_share_of_peak", 4e-9 * w.products / forward / peak},
                                    {"backward_share_of_peak", 1e-8 * w.products / backward / peak}});
      if (peer) {
        std::string question = std::to_string(width);
        for (const cot::index l : lengths) question += " " + std::to_string(l);
        const std::vector<double> theirs = peer->ask(question);
        std::printf("   peer %.1f and %.1f us: %.1f and %.1f times as long", 1e3 * theirs.at(0), 1e3 * theirs.at(1),
                    1e-3 * theirs.at(0) / forward, 1e-3 * theirs.at(1) / backward);
        row["forward_ratio"] = 1e-3 * theirs.at(0) / forward;
        row["backward_ratio"] = 1e-3 * theirs.at(1) / backward;
      }
      std::printf("\n");
      std::fflush(stdout);
      results.push_back(std::move(row));
    }
  if (!json.empty())
    cot::io::write_json(json, cot::io::json::of({{"type", sizeof(T) == 2 ? "bfloat16" : "float"},
                                                 {"isa", to_string(device.level())},
                                                 {"threads", threads},
                                                 {"rows", results}}));
}

}  // namespace

int main(int count, char** arguments) {
  std::map<std::string, std::string> o = {
      {"--type", "float"}, {"--threads", "1"}, {"--tokens", "512"}, {"--peer", ""}, {"--json", ""}};
  for (int i = 1; i < count; i += 2) {
    if (o.count(arguments[i]) == 0 || i + 1 == count) {
      std::fprintf(stderr,
                   "attention [--type float|bfloat16] [--threads 1] [--tokens 512] [--peer COMMAND] [--json FILE]\n");
      return 2;
    }
    o[arguments[i]] = arguments[i + 1];
  }
  const auto run = o["--type"] == "bfloat16" ? table<cot::bfloat16> : table<float>;
  run(std::atoi(o["--threads"].c_str()), std::atoi(o["--tokens"].c_str()), o["--peer"], o["--json"]);
}
