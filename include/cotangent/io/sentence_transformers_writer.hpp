#pragma once
// Writes a folder that sentence-transformers, transformers and this library open.

#include <cotangent/core/error.hpp>
#include <cotangent/io/atomic_folder.hpp>
#include <cotangent/io/checkpoint.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/io/model_config.hpp>
#include <cotangent/io/read_file.hpp>
#include <cotangent/io/safetensors_writer.hpp>
#include <cotangent/io/sentence_transformers.hpp>
#include <cotangent/io/utf8.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::io {

/// The files of a tokenizer, of which a folder has some.
inline constexpr std::array<std::string_view, 11> tokenizer_files{
    "tokenizer.json",     "tokenizer_config.json", "special_tokens_map.json", "vocab.txt",    "vocab.json",
    "merges.txt",         "added_tokens.json",     "tokenizer.model",         "spiece.model", "sentencepiece.bpe.model",
    "chat_template.jinja"};

/// The pooling's config.json: the old schema, which every version reads; that of version 6 where the modes are
/// concatenated in an order that the old one cannot say.
[[nodiscard]] inline json pooling_config_json(const sentence_transformer& pipeline) {
  const auto& modes = pipeline.pooling;
  json out{json::object()};
  if (std::is_sorted(modes.begin(), modes.end()) && std::adjacent_find(modes.begin(), modes.end()) == modes.end()) {
    out["word_embedding_dimension"] = pipeline.model.hidden_size;
    for (std::size_t i = 0; i < pooling_mode_names.size(); ++i) {
      const auto mode = static_cast<pooling_mode>(i);
      out[pooling_mode_names[i].second] = std::find(modes.begin(), modes.end(), mode) != modes.end();
    }
  } else {
    out["embedding_dimension"] = pipeline.model.hidden_size;
    out["pooling_mode"] = json::list();
    for (const pooling_mode mode : modes) out["pooling_mode"].push_back(name_of(mode));
  }
  out["include_prompt"] = pipeline.include_prompt;
  return out;
}

/// Writes config.json, model.safetensors, the tokenizer's files (copied from `tokenizer_folder` byte for byte; only
/// `model_max_length` of tokenizer_config.json becomes max_seq_length, where version 6 looks for it), modules.json,
/// pooling, normalisation and prompts. Everything is staged beside `folder` and renamed, modules.json last.
///
/// `tensors` carry the names of the base model (no `bert.`) and are F32, except integer buffers.
/// Throws `file_error`, and leaves what was there, where a tensor is of another type or anything cannot be written.
inline void write_sentence_transformer(const std::string& folder, const sentence_transformer& pipeline,
                                       std::span<const tensor_source> tensors, const std::string& tokenizer_folder,
                                       publication policy = publication::create) {
  for (const tensor_source& tensor : tensors) {
    if (tensor.type != number_type::F32 && tensor.type != number_type::I64 && tensor.type != number_type::I32) {
      throw file_error(folder, file_error::position::none(), "cannot write tensor \"" + printable(tensor.name) + "\"",
                       "F32, I64 or I32", name_of(tensor.type));
    }
  }
  atomic_folder staged(folder, policy);
  write_json(staged / "config.json", model_config_json(pipeline.model));
  write_safetensors(staged / "model.safetensors", tensors);

  for (const std::string_view name : tokenizer_files) {
    const std::string from = tokenizer_folder + "/" + std::string(name);
    if (!exists(from)) continue;
    if (name != "tokenizer_config.json") {
      write_file(staged / name, read_file(from));
      continue;
    }
    json config = read_json(from);
    if (!config.is_object()) json_field(config, from).fail("an object");
    config["model_max_length"] = pipeline.max_seq_length;
    write_json(staged / name, config);
  }

  write_json(staged / "sentence_bert_config.json",
             json::of({{"max_seq_length", pipeline.max_seq_length}, {"do_lower_case", pipeline.do_lower_case}}));
  write_json(staged / "1_Pooling/config.json", pooling_config_json(pipeline));
  json prompts{json::object()};
  for (const auto& [name, text] : pipeline.prompts) prompts[name] = text;
  write_json(
      staged / "config_sentence_transformers.json",
      json::of({{"model_type", "SentenceTransformer"},
                {"prompts", prompts},
                {"default_prompt_name", pipeline.default_prompt_name ? json(*pipeline.default_prompt_name) : json()},
                {"similarity_fn_name", pipeline.similarity}}));
  json modules{json::array()};
  const auto add = [&modules](std::string_view kind) {
    const std::size_t place = modules.size();
    const std::string number = std::to_string(place);
    modules.push_back(json::of({{"idx", place},
                                {"name", number},
                                {"path", place == 0 ? std::string() : number + "_" + std::string(kind)},
                                {"type", "sentence_transformers.models." + std::string(kind)}}));
  };
  add("Transformer");
  add("Pooling");
  if (pipeline.normalize) {
    add("Normalize");
    write_json(staged / "2_Normalize/config.json",
               json::of({{"module_input_name", "sentence_embedding"}, {"module_output_name", "sentence_embedding"}}));
  }
  write_json(staged / "modules.json", modules);
  staged.commit("config.json");  // last: without it neither reader takes the folder for a model
}

}  // namespace cot::io
