#pragma once
// `config.json` of a Hugging Face encoder, as transformers 4 and 5 write it.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/io/json.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cot::io {

/// Architecture and sizes of an encoder of the BERT family: model_type bert (MiniLM too), roberta or xlm-roberta.
/// The members are the keys of config.json; a default is what transformers takes where the key is absent.
struct model_config {
  std::string model_type = "bert";
  std::string architecture = "BertModel";  // the first of `architectures`
  index vocab_size = 0;
  index hidden_size = 0;
  index num_hidden_layers = 0;
  index num_attention_heads = 0;
  index intermediate_size = 0;
  std::string hidden_act = "gelu";  // gelu (erf), gelu_new, gelu_pytorch_tanh, relu, silu
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;
  index max_position_embeddings = 512;
  index type_vocab_size = 2;
  double initializer_range = 0.02;
  double layer_norm_eps = 1e-12;
  index pad_token_id = 0;               // roberta: positions begin at pad_token_id + 1
  std::string number_type = "float32";  // `dtype`, before 4.56 `torch_dtype`: what the weights were saved in

  json document;  // the whole file, so that unknown keys survive a round trip

  /// RoBERTa counts positions from pad_token_id + 1, BERT from 0.
  [[nodiscard]] bool positions_are_offset() const { return model_type != "bert"; }
  /// The longest sequence, special tokens included, that has a position for each token.
  [[nodiscard]] index longest_sequence() const {
    return positions_are_offset() ? max_position_embeddings - pad_token_id - 1 : max_position_embeddings;
  }
};

/// The class of the model without a head, whose tensors carry no prefix.
[[nodiscard]] inline std::string_view base_architecture(const model_config& config) {
  if (config.model_type == "bert") return "BertModel";
  return config.model_type == "roberta" ? "RobertaModel" : "XLMRobertaModel";
}

/// The model types that `read_model_config` accepts.
inline constexpr std::array<std::string_view, 3> encoder_model_types{"bert", "roberta", "xlm-roberta"};
/// The spellings of `hidden_act` that have an implementation. "gelu_python" and "swish" are read as their synonyms.
inline constexpr std::array<std::string_view, 5> hidden_activations{"gelu", "gelu_new", "gelu_pytorch_tanh", "relu",
                                                                    "silu"};

/// Reads and checks a `config.json` that is already parsed. Sizes must be there, positive and below 2^31, and the
/// heads must divide the width; relative positions, decoders and unknown model types are refused. `file` names it.
/// Throws `file_error` with key, byte, expected and actual value.
[[nodiscard]] inline model_config parse_model_config(const json& document, const std::string& file) {
  const json_field root(document, file);
  model_config config;
  const auto one_of = [](const json_field& field, const auto& allowed) {
    auto text = field.as<std::string>();
    std::string names;
    for (const std::string_view name : allowed) {
      if (text == name) return text;
      names += (names.empty() ? "one of " : ", ") + std::string(name);
    }
    field.fail(names);
  };
  const auto size_of = [](const json_field& field, index least) {
    const auto size = field.as<index>();
    if (size < least || size > INT32_MAX) field.fail("an integer of at least " + std::to_string(least));
    return size;
  };
  const auto read_size = [&](std::string_view key, index& into, index least) {
    if (const auto found = root.find(key)) into = size_of(*found, least);
  };
  const auto read_share = [&](std::string_view key, double& into) {
    const auto found = root.find(key);
    if (!found) return;
    into = found->as<double>();
    if (!(into >= 0 && into < 1)) found->fail("a probability of at least 0 and below 1");
  };

  const auto model_type = root.at("model_type");
  config.model_type = one_of(model_type, encoder_model_types);
  const bool roberta = config.positions_are_offset();
  config.pad_token_id = roberta ? 1 : 0;
  config.architecture = base_architecture(config);
  if (const auto names = root.find("architectures"); names && names->value().is_array() && names->size() > 0) {
    config.architecture = names->at(std::size_t{0}).as<std::string>();
  }
  config.vocab_size = size_of(root.at("vocab_size"), 1);
  config.hidden_size = size_of(root.at("hidden_size"), 1);
  config.num_hidden_layers = size_of(root.at("num_hidden_layers"), 1);
  config.num_attention_heads = size_of(root.at("num_attention_heads"), 1);
  config.intermediate_size = size_of(root.at("intermediate_size"), 1);
  if (config.hidden_size % config.num_attention_heads != 0) {
    root.at("num_attention_heads").fail("a divisor of hidden_size " + std::to_string(config.hidden_size));
  }
  if (const auto activation = root.find("hidden_act")) {
    const auto name = activation->as<std::string>();
    config.hidden_act = name == "gelu_python" ? "gelu"
                        : name == "swish"     ? "silu"
                                              : one_of(*activation, hidden_activations);
  }
  read_share("hidden_dropout_prob", config.hidden_dropout_prob);
  read_share("attention_probs_dropout_prob", config.attention_probs_dropout_prob);
  read_size("max_position_embeddings", config.max_position_embeddings, 1);
  read_size("type_vocab_size", config.type_vocab_size, 1);
  read_size("pad_token_id", config.pad_token_id, 0);
  if (config.pad_token_id >= config.vocab_size) root.at("pad_token_id").fail("an id below vocab_size");
  if (config.longest_sequence() < 1) root.at("max_position_embeddings").fail("more than pad_token_id + 1 positions");
  if (const auto range = root.find("initializer_range")) config.initializer_range = range->as<double>();
  if (const auto epsilon = root.find("layer_norm_eps")) {
    config.layer_norm_eps = epsilon->as<double>();
    if (!(config.layer_norm_eps > 0 && config.layer_norm_eps < 1)) epsilon->fail("a small positive number");
  }
  config.number_type = root.value_or("torch_dtype", "float32");
  config.number_type = root.value_or("dtype", config.number_type);
  const auto positions = root.find("position_embedding_type");
  if (positions && positions->as<std::string>() != "absolute") {
    positions->fail("\"absolute\" (transformers 5 ignores other kinds silently)");
  }
  for (const std::string_view key : {"is_decoder", "add_cross_attention"}) {
    if (const auto decoder = root.find(key); decoder && decoder->as<bool>()) decoder->fail("false, as in an encoder");
  }
  config.document = document;
  return config;
}

/// Reads `FOLDER/config.json`.
[[nodiscard]] inline model_config read_model_config(const std::string& folder) {
  const std::string file = folder + "/config.json";
  return parse_model_config(read_json(file), file);
}

/// `config.json` that transformers 4 and 5 open: the keys of the file that was read in their order, with the members'
/// values, the class without a head, and both spellings of the number type, which is that of the weights beside it.
[[nodiscard]] inline json model_config_json(const model_config& config, std::string_view number_type = "float32") {
  json out = config.document.is_object() ? config.document : json(json::object());
  out["architectures"] = json::list({base_architecture(config)});
  out["model_type"] = config.model_type;
  const std::pair<std::string_view, json> members[] = {
      {"vocab_size", config.vocab_size},
      {"hidden_size", config.hidden_size},
      {"num_hidden_layers", config.num_hidden_layers},
      {"num_attention_heads", config.num_attention_heads},
      {"intermediate_size", config.intermediate_size},
      {"hidden_act", config.hidden_act},
      {"hidden_dropout_prob", config.hidden_dropout_prob},
      {"attention_probs_dropout_prob", config.attention_probs_dropout_prob},
      {"max_position_embeddings", config.max_position_embeddings},
      {"type_vocab_size", config.type_vocab_size},
      {"initializer_range", config.initializer_range},
      {"layer_norm_eps", config.layer_norm_eps},
      {"pad_token_id", config.pad_token_id},
      {"position_embedding_type", "absolute"},
      {"torch_dtype", number_type},
  };
  for (const auto& [key, value] : members) out[key] = value;
  if (out.contains("dtype")) out["dtype"] = number_type;
  return out;
}

}  // namespace cot::io
