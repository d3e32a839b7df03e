#pragma once
// An encoder from a Hugging Face or sentence-transformers folder, and back.

#include <cotangent/core/error.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/io/checkpoint.hpp>
#include <cotangent/io/sentence_transformers.hpp>
#include <cotangent/io/sentence_transformers_writer.hpp>
#include <cotangent/model/encoder.hpp>
#include <cotangent/text/load_tokenizer.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::model {

/// What a caller may set against the folder's own settings.
struct load_options {
  std::optional<index> max_tokens = {};
  std::optional<std::vector<ops::pooling>> pooling = {};
  std::optional<bool> normalize = {};
  std::optional<double> dropout = {};  ///< every dropout of the model
  bool projection_head = false;        ///< a train-only Linear + tanh after pooling, randomly initialised with `seed`
  std::uint32_t seed = 0;
};

/// The pooling of that name: sentence-transformers' own and ours (docs: pooling).
[[nodiscard]] inline ops::pooling parse_pooling(std::string_view name) {
  constexpr std::pair<std::string_view, ops::pooling> names[] = {{"cls", ops::pooling::cls},
                                                                 {"mean", ops::pooling::mean},
                                                                 {"max", ops::pooling::max},
                                                                 {"mean_sqrt_len", ops::pooling::mean_sqrt_len},
                                                                 {"mean_sqrt_len_tokens", ops::pooling::mean_sqrt_len},
                                                                 {"weightedmean", ops::pooling::weighted_mean},
                                                                 {"weighted_mean", ops::pooling::weighted_mean},
                                                                 {"lasttoken", ops::pooling::last_token},
                                                                 {"last_token", ops::pooling::last_token}};
  for (const auto& [known, mode] : names)
    if (known == name) return mode;
  throw option_error("pooling", "name", "cls, mean, max, mean_sqrt_len, weightedmean or lasttoken", name);
}

[[nodiscard]] inline activation parse_activation(std::string_view name) {
  if (name == "gelu") return activation::gelu;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh") return activation::gelu_tanh;
  if (name == "relu") return activation::relu;
  if (name == "silu") return activation::silu;
  throw option_error("activation", "name", "gelu, gelu_new, gelu_pytorch_tanh, relu or silu", name);
}

/// Sizes of the transformer that a config.json describes.
[[nodiscard]] inline bert_config transformer_config(const io::model_config& c) {
  return {.vocabulary = c.vocab_size,
          .width = c.hidden_size,
          .layers = c.num_hidden_layers,
          .heads = c.num_attention_heads,
          .inner_width = c.intermediate_size,
          .positions = c.max_position_embeddings,
          .types = c.type_vocab_size,
          .first_position = c.positions_are_offset() ? c.pad_token_id + 1 : 0,
          .act = parse_activation(c.hidden_act),
          .epsilon = c.layer_norm_eps,
          .hidden_dropout = c.hidden_dropout_prob,
          .attention_dropout = c.attention_probs_dropout_prob};
}

/// An encoder and the pipeline that its folder describes, which saving writes back.
template <precision P, class B>
struct loaded_encoder {
  basic_encoder<P, B> encoder;
  io::sentence_transformer pipeline;
};

/// Reads config, weights (with or without a head class's prefix; sharded or not), tokenizer, pooling and normalisation.
/// Throws file_error that names file, key or tensor, expected and actual value.
template <precision P = fp32, class B>
[[nodiscard]] loaded_encoder<P, B> load_folder(B& device, const std::string& folder, const load_options& options = {}) {
  io::sentence_transformer pipeline = io::read_sentence_transformer(folder);
  if (options.max_tokens) {
    if (*options.max_tokens < 3 || *options.max_tokens > pipeline.model.longest_sequence())
      throw option_error("load_encoder", "max_tokens", "3 to " + std::to_string(pipeline.model.longest_sequence()),
                         std::to_string(*options.max_tokens));
    pipeline.max_seq_length = *options.max_tokens;
  }
  encoder_config config{.pooling = {},
                        .normalize = options.normalize.value_or(pipeline.normalize),
                        .max_tokens = pipeline.max_seq_length,
                        .projection_head = options.projection_head};
  for (const io::pooling_mode mode : pipeline.pooling) config.pooling.push_back(parse_pooling(io::name_of(mode)));
  if (options.pooling) config.pooling = *options.pooling;

  io::checkpoint weights(pipeline.model_folder);
  bert_config transformer = transformer_config(pipeline.model);
  if (options.dropout) transformer.hidden_dropout = transformer.attention_dropout = *options.dropout;
  const auto stored = [&](std::string_view name) { return weights.stored_name(name, {"bert.", "roberta."}); };
  transformer.pooler = !stored("pooler.dense.weight").empty();

  text::tokenizer tokenizer = text::load_tokenizer(
      pipeline.model_folder, {.lowercase = pipeline.do_lower_case, .max_length = pipeline.max_seq_length});
  if (tokenizer.vocabulary_size() > transformer.vocabulary)
    throw file_error(pipeline.model_folder, file_error::position::none(), "tokenizer",
                     "at most the model's " + std::to_string(transformer.vocabulary) + " pieces",
                     std::to_string(tokenizer.vocabulary_size()));
  loaded_encoder<P, B> loaded{{device, transformer, config, std::move(tokenizer)}, std::move(pipeline)};
  auto& parameters = loaded.encoder.parameters();
  if (options.projection_head) loaded.encoder.initialize(options.seed);
  for (const auto& entry : parameters.entries()) {
    if (entry.name.starts_with(basic_encoder<P, B>::train_only)) continue;
    const std::string name = stored(entry.name);
    if (name.empty())
      throw file_error(weights.folder(), file_error::position::none(), "weights", "the tensor \"" + entry.name + "\"",
                       "none of that name");
    const auto& found = weights.at(name);
    const auto text = [](const std::vector<index>& sizes) {
      std::string list;
      for (const index n : sizes) list += (list.empty() ? "[" : ", ") + std::to_string(n);
      return list + "]";
    };
    if (found.shape != entry.sizes)
      throw file_error(weights.file_of(name).path(), file_error::position::none(), "tensor \"" + name + "\"",
                       "the shape that config.json asks for, " + text(entry.sizes), text(found.shape));
    parameters.set(entry, weights.template read<typename P::parameter>(name));
  }
  return loaded;
}

/// The encoder alone, for embedding.
template <precision P = fp32, class B>
[[nodiscard]] basic_encoder<P, B> load_encoder(B& device, const std::string& folder, const load_options& options = {}) {
  return load_folder<P>(device, folder, options).encoder;
}

/// Writes a folder that sentence-transformers opens: fp32 weights, `pipeline`, and the tokenizer's files of
/// `tokenizer_folder`, staged beside and renamed. Train-only parameters are left out.
template <precision P, class B>
void save_folder(basic_encoder<P, B>& encoder, const io::sentence_transformer& pipeline,
                 const std::string& tokenizer_folder, const std::string& folder,
                 io::publication policy = io::publication::create) {
  auto& parameters = encoder.parameters();
  std::vector<std::vector<float>> values;
  std::vector<io::tensor_source> tensors;
  values.reserve(parameters.entries().size());
  for (const auto& entry : parameters.entries()) {
    if (entry.name.starts_with(basic_encoder<P, B>::train_only)) continue;
    const auto kept = parameters.get(entry);
    values.emplace_back(kept.begin(), kept.end());
    tensors.push_back(io::tensor_source::of(entry.name, entry.sizes, std::span<const float>(values.back())));
  }
  io::write_sentence_transformer(folder, pipeline, tensors, tokenizer_folder, policy);
}

}  // namespace cot::model
