// The work of embed for one precision and backend: included by the files that instantiate it.

#include "embed.hpp"
#include "support/models.hpp"
#include "support/profiled.hpp"
#include "support/signals.hpp"

#include <cotangent/data/line_reader.hpp>
#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/io/npy_writer.hpp>
#include <cotangent/report/progress.hpp>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <iostream>

namespace {

/// The text put before every sentence, and how the summary calls it.
struct prompt_choice {
  std::string text, description;
};

/// The prompt of that name in the folder, else the text itself; where none is given, the folder's default.
prompt_choice choose_prompt(const cot::io::sentence_transformer& pipeline, const std::string& given) {
  const std::string& wanted = given.empty() && pipeline.default_prompt_name ? *pipeline.default_prompt_name : given;
  for (const auto& [name, text] : pipeline.prompts)
    if (name == wanted) return {text, "the model's prompt \"" + name + "\": \"" + text + '"'};
  if (wanted.empty()) return {};
  std::string names;
  for (const auto& [name, _] : pipeline.prompts) names += (names.empty() ? "" : ", ") + name;
  return {wanted, "the text \"" + wanted + "\" (the model names " +
                      (names.empty() ? "no prompts)" : "the prompts " + names + ")")};
}

void stop_if_asked() {
  if (programs::stopped) throw cot::interrupted("interrupted; nothing was written");
}

cot::io::number_type number_type_named(const std::string& name) {
  if (name == "f32") return cot::io::number_type::F32;
  if (name == "f16") return cot::io::number_type::F16;
  return cot::io::number_type::BF16;
}

/// Keeps the first columns of each row, and brings rows to unit length again where they had it.
void cut_columns(cot::host_matrix<float>& rows, cot::index width, bool normalize) {
  cot::host_matrix<float> kept(rows.rows(), width);
  for (cot::index i = 0; i < rows.rows(); ++i) {
    double squares = 0;
    for (cot::index j = 0; j < width; ++j) {
      const float x = rows.view()(i, j);
      kept.view()(i, j) = x;
      squares += static_cast<double>(x) * static_cast<double>(x);
    }
    if (normalize)
      for (cot::index j = 0; j < width; ++j)
        kept.view()(i, j) /= static_cast<float>(std::max(std::sqrt(squares), 1e-12));
  }
  rows = std::move(kept);
}

}  // namespace

template <class P, class B>
void embed(B& device, const embed_settings& settings) {
  using namespace cot;
  model::load_options options;
  if (!settings.pooling.empty()) options.pooling = std::vector{model::parse_pooling(settings.pooling)};
  if (!settings.normalize.empty()) options.normalize = settings.normalize == "yes";
  auto loaded = model::load_folder<P>(device, settings.model, options);
  auto& encoder = loaded.encoder;
  const auto [prompt, prompt_description] = choose_prompt(loaded.pipeline, settings.prompt);
  const cot::index skipped = prompt.empty() || loaded.pipeline.include_prompt ? 0 : encoder.prompt_length(prompt);
  const cot::index width = settings.dimensions > 0 ? settings.dimensions : encoder.width();
  if (width > encoder.width())
    throw option_error("--dim", {}, "at most the model's " + std::to_string(encoder.width()), std::to_string(width));
  const cot::index layers = encoder.transformer().config().layers;
  if (settings.layer.value_or(0) > layers)
    throw option_error("--layer", {}, "at most the model's " + std::to_string(layers), std::to_string(*settings.layer));

  data::line_reader reader(settings.input, settings.skip_empty ? data::empty_lines::skip : data::empty_lines::refuse);
  std::optional<io::npy_rows> out;
  std::optional<io::atomic_file> token_file;
  if (!settings.output.empty()) out.emplace(settings.output, width, number_type_named(settings.number_type));
  if (!settings.tokens.empty()) token_file.emplace(settings.tokens);
  std::error_code unknown;
  const auto bytes = settings.input == "-" ? 0 : std::filesystem::file_size(settings.input, unknown);
  report::progress progress(
      {.label = "embed", .total = static_cast<double>(unknown ? 0 : bytes), .quiet = settings.common.quiet});

  constexpr std::size_t window = 16384;  // sentences in memory at a time
  const auto start = std::chrono::steady_clock::now();
  cot::index sentences = 0, tokens = 0, batches = 0;
  profile spent;
  if constexpr (requires { device.profiled_by(&spent); }) device.profiled_by(settings.profile ? &spent : nullptr);
  double bytes_done = 0;
  std::vector<std::string> lines;
  for (bool more = true; more;) {
    lines.clear();
    double window_bytes = 0;
    while (lines.size() < window) {
      const auto line = reader.next();
      if (!line) {
        more = false;
        break;
      }
      window_bytes += static_cast<double>(line->size() + 1);
      lines.push_back(prompt + std::string(*line));
    }
    if (lines.empty()) break;
    stop_if_asked();
    const ragged<std::int32_t> ids = encoder.tokenize(lines);
    if (token_file)
      for (cot::index i = 0; i < ids.rows(); ++i) {
        io::json entry;
        entry["ids"] = io::json::list();
        entry["pieces"] = io::json::list();
        for (const std::int32_t id : ids.row(i)) {
          entry["ids"].push_back(id);
          entry["pieces"].push_back(encoder.tokenizer().piece(id));
        }
        token_file->write(io::json_text(entry) + "\n");
      }
    if (out) {
      cot::index done = 0;
      auto rows = encoder.embed(ids, {.tokens = settings.batch,
                                      .layer = settings.layer.value_or(-1),
                                      .skipped = skipped,
                                      .progress = [&](cot::index, cot::index in_batch) {
                                        done += in_batch;
                                        ++batches;
                                        stop_if_asked();
                                        progress.update(bytes_done + window_bytes * static_cast<double>(done) /
                                                                         static_cast<double>(ids.size()),
                                                        static_cast<double>(tokens + done));
                                      }});
      if (width != encoder.width()) cut_columns(rows, width, encoder.config().normalize);
      out->append(rows.values);
    }
    sentences += ids.rows();
    tokens += ids.size();
    bytes_done += window_bytes;
  }
  if (sentences == 0)
    throw file_error(settings.input == "-" ? "standard input" : settings.input, file_error::position::none(), "text",
                     "at least one sentence", "none");
  if (out) out->commit();
  if (token_file) token_file->commit();
  progress.clear();
  if constexpr (requires { device.profiled_by(&spent); }) device.profiled_by(nullptr);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  io::json summary = io::json::of({{"model", settings.model},
                                   {"sentences", sentences},
                                   {"width", width},
                                   {"tokens", tokens},
                                   {"seconds", seconds},
                                   {"tokens_per_second", static_cast<double>(tokens) / seconds}});
  if (!prompt.empty()) summary["prompt"] = prompt;
  if (settings.json == "-")
    std::cout << io::json_text(summary) << '\n';
  else if (!settings.json.empty())
    io::write_file(settings.json, io::json_text(summary) + "\n");
  if (settings.json != "-")
    std::cout << sentences << " sentences, " << tokens << " tokens in " << report::fixed(seconds, 2) << " s ("
              << report::with_unit(static_cast<double>(tokens) / seconds) << " tokens/s)"
              << (out ? "; [" + std::to_string(sentences) + ", " + std::to_string(width) + "] in " + settings.output
                      : "")
              << (prompt.empty() ? "" : "\nBefore each sentence: " + prompt_description)
              << (skipped > 0 ? "; its tokens are not pooled" : "") << '\n';
  if (settings.profile)
    programs::print_profile(settings.json == "-" ? std::cerr : std::cout, device, spent, seconds, batches, "batch");
}
