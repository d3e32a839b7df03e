// A whole training step (forward of three columns, InfoNCE, backward, clipping, AdamW) and the embedding of sentences,
// beside a peer that is measured in turn.
//
//   training_step --model DIR --train TRIPLES.tsv [--sentences FILE] [--precision fp32|bf16] [--threads 2] [--batch 64]
//   [--rounds 15]
//                 [--peer COMMAND] [--embed-peer COMMAND] [--json FILE]
//
// A peer is a command that answers "go" with milliseconds (benchmarks/peers/step_time.py --serve, embed_time.py
// --serve). Floor: multiply-adds of the matmuls and of attention over the peak that the same run measures.

#include "peer_process.hpp"

#include <cotangent/backend/cpu/rates.hpp>
#include <cotangent/cotangent.hpp>
#include <cotangent/data/lines.hpp>
#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/report/profile_table.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

double milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

/// "VmHWM" or "VmRSS" of this process in MiB.
double memory(const std::string& key) {
  double value = 0;
  if (std::FILE* f = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, f))
      if (std::string(line).starts_with(key)) value = std::strtod(line + key.size() + 1, nullptr) / 1024;
    std::fclose(f);
  }
  return value;
}

/// Floating-point operations of the forward pass over these sentences: matmuls and attention.
double forward_flops(const cot::model::bert_config& c, const cot::ragged<std::int32_t>& ids) {
  const auto d = static_cast<double>(c.width), inner = static_cast<double>(c.inner_width),
             t = static_cast<double>(ids.size());
  double squares = 0;
  for (cot::index i = 0; i < ids.rows(); ++i)
    squares += static_cast<double>(ids.length(i)) * static_cast<double>(ids.length(i));
  return static_cast<double>(c.layers) * (2 * t * d * (4 * d + 2 * inner) + 4 * squares * d);
}

struct setup {
  std::map<std::string, std::string> options;
  [[nodiscard]] std::string get(const std::string& key, const std::string& otherwise = {}) const {
    const auto found = options.find(key);
    return found == options.end() ? otherwise : found->second;
  }
};

void report(cot::io::json& results, const std::string& name, const std::vector<double>& ours,
            const std::vector<double>& theirs, double tokens, double flops) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < theirs.size(); ++i) ratios.push_back(theirs[i] / ours[i]);
  const double ms = median(ours);
  std::printf("%-10s %8.1f ms  %9.0f tokens/s  %7.1f GFLOP/s", name.c_str(), ms, tokens / ms * 1e3, flops / ms / 1e6);
  auto& r = results[name];
  r = cot::io::json::of({{"milliseconds", ms}, {"tokens_per_second", tokens / ms * 1e3}, {"gflops", flops / ms / 1e6}});
  if (!theirs.empty()) {
    std::printf("   peer %8.1f ms   ratio %.2f (%.2f to %.2f)", median(theirs), median(ratios),
                *std::min_element(ratios.begin(), ratios.end()), *std::max_element(ratios.begin(), ratios.end()));
    r["peer_milliseconds"] = median(theirs);
    r["ratio"] = median(ratios);
  }
  std::printf("\n");
}

template <class P>
void run(const setup& s) {
  using cot::index;
  cot::cpu device({.threads = std::stoi(s.get("--threads", "2"))});
  const double resident = memory("VmRSS:");
  auto model = cot::load_encoder<P>(device, s.get("--model"));
  const auto rows = cot::data::read_training_rows({s.get("--train")});
  const index batch = std::stoi(s.get("--batch", "64")), rounds = std::stoi(s.get("--rounds", "15"));
  std::vector<index> chosen(static_cast<std::size_t>(batch));
  for (index i = 0; i < batch; ++i) chosen[static_cast<std::size_t>(i)] = i;
  const auto serial = [](index tasks, const auto& f) {
    for (index i = 0; i < tasks; ++i) f(i);
  };
  const cot::data::batch data =
      cot::data::make_batch(model.tokenizer(), rows, chosen, model.config().max_tokens, 2, serial);
  const cot::loss::info_nce loss;
  cot::optim::adamw adamw(model.parameters(), {.lr = 5e-5});
  std::uint32_t step = 0;
  std::map<std::string, std::vector<double>> parts;
  const auto train = [&] {
    cot::tape tape(device);
    std::optional<cot::var<float, 0, cot::cpu>> value;
    parts["forward"].push_back(milliseconds([&] {
      const auto [anchors, positives, negatives] = model(tape, data, {.on = true, .seed = 0, .step = step++});
      value = loss(anchors, positives, negatives);
    }));
    parts["backward"].push_back(milliseconds([&] { tape.backward(*value); }));
    parts["optimizer"].push_back(milliseconds([&] { adamw.step(); }));
  };
  std::optional<bench::peer_process> peer;
  if (!s.get("--peer").empty()) peer.emplace(s.get("--peer"));
  std::vector<double> ours, theirs;
  for (int i = 0; i < 3; ++i) train();
  parts.clear();
  for (index i = 0; i < rounds; ++i) {
    ours.push_back(milliseconds(train));
    if (peer) theirs.push_back(peer->go());
  }
  peer.reset();
  cot::io::json results = cot::io::json::of({{"precision", P::name},
                                             {"isa", to_string(device.level())},
                                             {"threads", device.threads()},
                                             {"rows", batch},
                                             {"tokens", data.ids.size()}});
  const auto& config = model.transformer().config();
  report(results, "step", ours, theirs, static_cast<double>(data.ids.size()), 3 * forward_flops(config, data.ids));
  for (const auto& [name, times] : parts) std::printf("  %-10s %8.1f ms\n", name.c_str(), median(times));
  const cot::machine_rates rates = measure_rates(device);
  const auto profiled = [&](const std::string& name, const auto& work) {
    constexpr int times = 5;
    cot::profile spent;
    device.profiled_by(&spent);
    const double ms = milliseconds([&] {
      for (int i = 0; i < times; ++i) work();
    });
    device.profiled_by(nullptr);
    std::printf("\n%s\n", to_text(cot::report::profile_table(spent, 1e-3 * ms, times, rates, name)).c_str());
    results[name]["profile"] = cot::report::profile_json(spent, 1e-3 * ms, times, rates);
  };
  results["peak_mib"] = memory("VmHWM:") - resident;
  std::printf("  memory above the start %.0f MiB\n", memory("VmHWM:") - resident);
  profiled("step", train);

  if (!s.get("--sentences").empty()) {
    auto lines = cot::data::lines(s.get("--sentences"), cot::data::empty_lines::skip);
    if (lines.size() > 1024) lines.resize(1024);
    const auto ids = model.tokenize(lines);
    std::optional<bench::peer_process> other;
    if (!s.get("--embed-peer").empty()) other.emplace(s.get("--embed-peer"));
    std::vector<double> a, b;
    for (index i = 0; i < rounds; ++i) {
      const double ms = milliseconds([&] { static_cast<void>(model.embed(lines)); });
      const double others = other ? other->go() : 0;
      if (i == 0) continue;  // warms up
      a.push_back(ms);
      if (other) b.push_back(others);
    }
    report(results, "embedding", a, b, static_cast<double>(ids.size()), forward_flops(config, ids));
    profiled("embedding", [&] { static_cast<void>(model.embed(lines)); });
  }
  if (!s.get("--json").empty()) cot::io::write_json(s.get("--json"), results);
}

}  // namespace

int main(int argc, char** argv) {
  setup s;
  for (int i = 1; i + 1 < argc; i += 2) s.options[argv[i]] = argv[i + 1];
  if (s.get("--model").empty() || s.get("--train").empty()) {
    std::puts(
        "usage: training_step --model DIR --train TRIPLES.tsv [--sentences FILE] [--precision fp32|bf16] [--threads "
        "2]\n"
        "                     [--batch 64] [--rounds 15] [--peer COMMAND] [--embed-peer COMMAND] [--json FILE]");
    return 2;
  }
  if (s.get("--precision") == "bf16")
    run<cot::bf16>(s);
  else
    run<cot::fp32>(s);
}
