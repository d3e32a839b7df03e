// A whole training step (forward of three columns, InfoNCE, backward, clipping, AdamW), and the embedding of sentences,
// each beside a peer that is measured in turn, with the profile of what its time went to.
//
//   training_step --model DIR [--train TRIPLES.tsv] [--batch 64] [--sentences FILE] [--count 1024] [--at-once N]
//                 [--precision fp32|bf16] [--threads 2] [--rounds 15] [--peer COMMAND] [--peer-name NAME] [--json FILE]
//
// With --train the step is measured; with --sentences the embedding of the first `count` of them, text in, vectors out,
// in one call, or `N` at once: 1 shows how long a query waits. A peer is a command that answers "go" with milliseconds,
// and for a step "memory" with MiB (benchmarks/peers/step_time.py --serve, embed_time.py --serve). Memory is the peak
// above what was resident before the model was loaded.

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
#include <span>
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

using options = std::map<std::string, std::string>;

/// Ours and theirs in turn: milliseconds of `rounds` calls each, after `warm_up` of ours.
template <class Work>
cot::io::json in_turn(const std::string& name, const options& o, double tokens, double flops, int warm_up,
                      const Work& work) {
  std::optional<bench::peer_process> peer;
  if (!o.at("--peer").empty()) peer.emplace(o.at("--peer"));
  for (int i = 0; i < warm_up; ++i) work();
  std::vector<double> ours, theirs, ratios;
  for (int i = 0; i < std::stoi(o.at("--rounds")); ++i) {
    ours.push_back(milliseconds(work));
    if (!peer) continue;
    theirs.push_back(peer->go());
    ratios.push_back(theirs.back() / ours.back());
  }
  const double ms = median(ours);
  std::printf("%-10s %8.1f ms  %9.0f tokens/s  %7.1f GFLOP/s", name.c_str(), ms, tokens / ms * 1e3, flops / ms / 1e6);
  auto result = cot::io::json::of({{"milliseconds", ms},
                                   {"tokens", tokens},
                                   {"tokens_per_second", tokens / ms * 1e3},
                                   {"gflops", flops / ms / 1e6}});
  if (peer) {
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    std::printf("   peer %8.1f ms   ratio %.2f (%.2f to %.2f)", median(theirs), median(ratios), *least, *most);
    result["peer_milliseconds"] = median(theirs);
    result["ratio"] = median(ratios);
    if (name == "step") result["peer_peak_mib"] = peer->ask("memory").front();
  }
  std::printf("\n");
  return result;
}

/// What five calls spend their time on.
template <class Work>
cot::io::json profiled(cot::cpu& device, const std::string& unit, const Work& work) {
  constexpr int times = 5;
  const cot::machine_rates rates = measure_rates(device);
  cot::profile spent;
  device.profiled_by(&spent);
  const double seconds = 1e-3 * milliseconds([&] {
                           for (int i = 0; i < times; ++i) work();
                         });
  device.profiled_by(nullptr);
  std::printf("\n%s\n", to_text(cot::report::profile_table(spent, seconds, times, rates, unit)).c_str());
  return cot::report::profile_json(spent, seconds, times, rates);
}

template <class P>
cot::io::json measure_step(cot::cpu& device, const options& o) {
  using cot::index;
  const double resident = memory("VmRSS:");
  auto model = cot::load_encoder<P>(device, o.at("--model"));
  const auto rows = cot::data::read_training_rows({o.at("--train")});
  std::vector<index> chosen(static_cast<std::size_t>(std::stoi(o.at("--batch"))));
  for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = static_cast<index>(i);
  const cot::data::batch batch =
      cot::data::make_batch(model.tokenizer(), rows, chosen, model.config().max_tokens, 2,
                            [&](index tasks, const auto& f) { parallel_for(device, tasks, f); });
  const cot::loss::info_nce loss;
  cot::optim::adamw adamw(model.parameters(), {.lr = 5e-5});
  std::uint32_t step = 0;
  const auto train = [&] {
    cot::tape tape(device);
    const auto [anchors, positives, negatives] = model(tape, batch, {.on = true, .seed = 0, .step = step++});
    tape.backward(loss(anchors, positives, negatives));
    adamw.step();
  };
  auto result = in_turn("step", o, static_cast<double>(batch.ids.size()),
                        3 * forward_flops(model.transformer().config(), batch.ids), 3, train);
  const double peak = memory("VmHWM:") - resident;
  result["peak_mib"] = peak;
  std::printf("memory     %8.0f MiB", peak);
  if (result.find("peer_peak_mib") != nullptr) {
    const auto theirs = result.template get<double>("peer_peak_mib");
    result["memory_ratio"] = peak / theirs;
    std::printf("   peer %.0f MiB   ratio %.2f", theirs, peak / theirs);
  }
  std::printf("\n");
  result["profile"] = profiled(device, "step", train);
  return result;
}

template <class P>
cot::io::json measure_embedding(cot::cpu& device, const options& o) {
  auto model = cot::load_encoder<P>(device, o.at("--model"));
  auto lines = cot::data::lines(o.at("--sentences"), cot::data::empty_lines::skip);
  lines.resize(std::min(lines.size(), static_cast<std::size_t>(std::stoi(o.at("--count")))));
  const auto ids = model.tokenize(lines);
  const std::size_t at_once = o.at("--at-once").empty() ? lines.size() : std::stoul(o.at("--at-once"));
  const auto embed = [&] {
    for (std::span<const std::string> rest = lines; !rest.empty(); rest = rest.subspan(std::min(at_once, rest.size())))
      static_cast<void>(model.embed(rest.first(std::min(at_once, rest.size()))));
  };
  auto result = in_turn("embedding", o, static_cast<double>(ids.size()),
                        forward_flops(model.transformer().config(), ids), 1, embed);
  result["profile"] = profiled(device, "embedding", embed);
  return result;
}

template <class P>
void run(const options& o) {
  cot::cpu device({.threads = std::stoi(o.at("--threads"))});
  auto results = cot::io::json::of({{"precision", P::name},
                                    {"isa", to_string(device.level())},
                                    {"threads", device.threads()},
                                    {"peer", o.at("--peer-name")}});
  if (!o.at("--train").empty()) results["step"] = measure_step<P>(device, o);
  if (!o.at("--sentences").empty()) results["embedding"] = measure_embedding<P>(device, o);
  if (!o.at("--json").empty()) cot::io::write_json(o.at("--json"), results);
}

}  // namespace

int main(int argc, char** argv) {
  options o = {{"--model", ""},     {"--train", ""},   {"--sentences", ""}, {"--precision", "fp32"},
               {"--threads", "2"},  {"--batch", "64"}, {"--rounds", "15"},  {"--peer", ""},
               {"--peer-name", ""}, {"--json", ""},    {"--count", "1024"}, {"--at-once", ""}};
  bool known = true;
  for (int i = 1; i < argc; i += 2) {
    known = known && i + 1 < argc && o.count(argv[i]) == 1;
    if (known) o[argv[i]] = argv[i + 1];
  }
  if (!known || o.at("--model").empty() || (o.at("--train").empty() && o.at("--sentences").empty())) {
    std::puts(
        "usage: training_step --model DIR [--train TRIPLES.tsv] [--batch 64] [--sentences FILE] [--count 1024] "
        "[--at-once N]\n"
        "                     [--precision fp32|bf16] [--threads 2] [--rounds 15] [--peer COMMAND] [--peer-name NAME]\n"
        "                     [--json FILE]");
    return 2;
  }
  if (o.at("--precision") == "bf16")
    run<cot::bf16>(o);
  else
    run<cot::fp32>(o);
}
