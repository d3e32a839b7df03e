#pragma once
// A sentence-transformers folder: what turns text into an embedding, in the old schema and that of version 6.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/io/checkpoint.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/io/model_config.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::io {

/// How token vectors become one vector. The enumerators are in the order in which the old schema concatenates them.
enum class pooling_mode : std::uint8_t { cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken };

/// Names of the modes by the enumerator's value: in version 6, and the boolean keys of the old schema.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 6> pooling_mode_names{
    {{"cls", "pooling_mode_cls_token"},
     {"max", "pooling_mode_max_tokens"},
     {"mean", "pooling_mode_mean_tokens"},
     {"mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"},
     {"weightedmean", "pooling_mode_weightedmean_tokens"},
     {"lasttoken", "pooling_mode_lasttoken"}}};

[[nodiscard]] inline std::string_view name_of(pooling_mode mode) {
  return pooling_mode_names[static_cast<std::size_t>(mode)].first;
}

/// The pipeline of a folder: encoder, pooling, and perhaps normalisation to unit length.
struct sentence_transformer {
  std::string model_folder;  // where config.json, weights and tokenizer are: the folder, or a folder within
  model_config model;
  std::vector<pooling_mode> pooling{pooling_mode::mean};  // several are concatenated
  bool include_prompt = true;                             // false: the tokens of the prompt are not pooled
  bool normalize = false;
  index max_seq_length = 0;    // tokens, special ones included: what a text is truncated to
  bool do_lower_case = false;  // lower-case the text before the tokenizer's own normalisation
  std::vector<std::pair<std::string, std::string>> prompts;  // name, text put before the input
  std::optional<std::string> default_prompt_name;
  std::string similarity = "cosine";  // cosine, dot, euclidean or manhattan

  /// Numbers an embedding has.
  [[nodiscard]] index dimension() const { return model.hidden_size * static_cast<index>(pooling.size()); }
};

/// Reads a sentence-transformers folder, step by step. Use `read_sentence_transformer`.
class sentence_transformer_reader {
 public:
  explicit sentence_transformer_reader(std::string folder) : folder_(std::move(folder)) {
    while (folder_.size() > 1 && folder_.back() == '/') folder_.pop_back();
  }

  [[nodiscard]] sentence_transformer read() {
    if (!exists(folder_)) fail_absent();
    pipeline_.model_folder = folder_;
    const std::string modules = folder_ + "/modules.json";
    if (exists(modules)) {
      read_modules(modules);
    } else {
      read_model();
    }
    read_length();
    read_prompts();
    return std::move(pipeline_);
  }

 private:
  [[noreturn]] static void fail(const std::string& file, std::string_view what, std::string_view expected,
                                std::string_view got) {
    throw file_error(file, file_error::position::none(), what, expected, got);
  }

  /// Somebody who gives "owner/name" means the Hub, which nothing here asks.
  [[noreturn]] void fail_absent() const {
    const bool hub = safe_path(folder_, false) && std::count(folder_.begin(), folder_.end(), '/') == 1;
    fail(folder_,
         hub ? "no such folder; if this is a model's name on the Hugging Face Hub, download its folder first"
             : "no such folder",
         {}, {});
  }

  void read_model() {
    const std::string& folder = pipeline_.model_folder;
    if (!exists(folder + "/config.json") && exists(folder + "/adapter_config.json")) {
      const json adapter = read_json(folder + "/adapter_config.json");
      fail(folder, "cannot read a model", "config.json and weights",
           "a PEFT adapter alone: load its base \"" + adapter.value_or("base_model_name_or_path", "") +
               "\" and then the adapter");
    }
    pipeline_.model = read_model_config(folder);
  }

  void read_modules(const std::string& file) {
    const json document = read_json(file);
    const json_field list(document, file);
    if (!document.is_array() || document.size() == 0) list.fail("an array of modules");
    std::vector<std::pair<index, std::size_t>> order;  // executed by idx
    for (std::size_t i = 0; i < document.size(); ++i) {
      order.emplace_back(list.at(i).value_or<index>("idx", static_cast<index>(i)), i);
    }
    std::sort(order.begin(), order.end());
    bool pooled = false;
    for (std::size_t n = 0; n < order.size(); ++n) {
      const json_field module = list.at(order[n].second);
      if (n > 0 && order[n].first == order[n - 1].first) module.at("idx").fail("an idx of its own");
      const json_field type = module.at("type");
      const auto name = type.as<std::string>();
      if (!name.starts_with("sentence_transformers.")) {
        type.fail("a module of sentence_transformers (others need code from the folder, which is never run)");
      }
      const std::string kind = name.substr(name.find_last_of('.') + 1);
      const json_field path = module.at("path");
      const auto inside = path.as<std::string>();
      if (!inside.empty() && !safe_path(inside, false)) path.fail("a relative path within the folder");
      const std::string where = inside.empty() ? folder_ : folder_ + "/" + inside;
      if (kind == "Transformer" && n == 0) {
        pipeline_.model_folder = where;
        read_model();
      } else if (kind == "Pooling" && n == 1) {
        read_pooling(where + "/config.json");
        pooled = true;
      } else if (kind == "Normalize" && n >= 2) {
        if (exists(where + "/config.json")) read_normalize(where + "/config.json");  // often there is no such folder
        pipeline_.normalize = true;
      } else {
        refuse_module(type, kind, where);
      }
    }
    if (!pooled) list.fail("a Transformer followed by a Pooling", "no Pooling");
  }

  [[noreturn]] static void refuse_module(const json_field& type, const std::string& kind, const std::string& where) {
    std::string got = "\"" + kind + "\"";
    if (kind == "Dense")
      got += ", a learned projection, which this library does not apply: its embeddings would differ";
    if (kind == "Router" && exists(where + "/router_config.json")) {
      const json router = read_json(where + "/router_config.json");
      if (const json* routes = router.find("structure"); routes != nullptr && routes->is_object()) {
        for (const auto& [route, names] : routes->members())
          got += (got.ends_with('"') ? ", with routes " : ", ") + route;
      }
    }
    type.fail("a Transformer, then a Pooling, then perhaps a Normalize", got);
  }

  void read_pooling(const std::string& file) {
    const json document = read_json(file);
    const json_field root(document, file);
    pipeline_.pooling.clear();
    if (const auto mode = root.find("pooling_mode")) {
      const auto add = [this](const json_field& field) {
        const auto name = field.as<std::string>();
        for (std::size_t i = 0; i < pooling_mode_names.size(); ++i) {
          if (pooling_mode_names[i].first == name) return pipeline_.pooling.push_back(static_cast<pooling_mode>(i));
        }
        field.fail("one of cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken");
      };
      if (mode->value().is_array()) {
        for (std::size_t i = 0; i < mode->size(); ++i) add(mode->at(i));
        if (pipeline_.pooling.empty()) mode->fail("at least one mode");
      } else {
        add(*mode);
      }
    } else {
      for (std::size_t i = 0; i < pooling_mode_names.size(); ++i) {
        if (root.value_or(pooling_mode_names[i].second, false))
          pipeline_.pooling.push_back(static_cast<pooling_mode>(i));
      }
      if (pipeline_.pooling.empty()) pipeline_.pooling = {pooling_mode::mean};
    }
    pipeline_.include_prompt = root.value_or("include_prompt", true);
    for (const std::string_view key : {"word_embedding_dimension", "embedding_dimension"}) {
      const auto dimension = root.find(key);
      if (dimension && dimension->as<index>() != pipeline_.model.hidden_size) {
        dimension->fail("the hidden_size " + std::to_string(pipeline_.model.hidden_size));
      }
    }
  }

  static void read_normalize(const std::string& file) {
    const json document = read_json(file);
    const json_field root(document, file);
    for (const std::string_view key : {"module_input_name", "module_output_name"}) {
      const auto name = root.find(key);
      if (name && name->as<std::string>() != "sentence_embedding") name->fail("\"sentence_embedding\"");
    }
  }

  /// max_seq_length: that of the sentence_*_config, else the lesser of the tokenizer's and the model's; never more
  /// than the model has positions for.
  void read_length() {
    const std::string& folder = pipeline_.model_folder;
    std::optional<index> length;
    for (const std::string_view kind :
         {"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"}) {
      const std::string file = folder + "/sentence_" + std::string(kind) + "_config.json";
      if (!exists(file)) continue;
      const json document = read_json(file);
      const json_field root(document, file);
      if (const auto given = root.find("max_seq_length")) {
        length = given->as<index>();
        if (*length < 1) given->fail("a positive number of tokens");
      }
      pipeline_.do_lower_case = root.value_or("do_lower_case", false);
      const auto require = [](const json_field& field, std::string_view key, std::string_view expected) {
        const auto found = field.find(key);
        if (found && found->as<std::string>() != expected) found->fail("\"" + std::string(expected) + "\"");
      };
      require(root, "transformer_task", "feature-extraction");
      require(root, "module_output_name", "token_embeddings");
      if (const auto modalities = root.find("modality_config")) {
        const json_field text = modalities->at("text");
        require(text, "method", "forward");
        require(text, "method_output_name", "last_hidden_state");
      }
      break;
    }
    const std::string tokenizer = folder + "/tokenizer_config.json";
    const index longest = pipeline_.model.longest_sequence();
    if (!length && exists(tokenizer)) {
      const json document = read_json(tokenizer);
      const json_field root(document, tokenizer);
      if (const auto given = root.find("model_max_length")) {
        const auto tokens = given->as<double>();  // about 1e30 where it was never set
        if (!(tokens >= 1)) given->fail("a positive number of tokens");
        length = tokens < static_cast<double>(longest) ? static_cast<index>(tokens) : longest;
      }
    }
    pipeline_.max_seq_length = std::min(length.value_or(longest), longest);
  }

  void read_prompts() {
    const std::string file = folder_ + "/config_sentence_transformers.json";
    if (!exists(file)) return;
    const json document = read_json(file);
    const json_field root(document, file);
    if (const auto kind = root.find("model_type"); kind && kind->as<std::string>() != "SentenceTransformer") {
      kind->fail("\"SentenceTransformer\"");
    }
    if (const auto prompts = root.find("prompts")) {
      if (!prompts->value().is_object()) prompts->fail("an object of names and texts");
      for (const auto& [name, text] : prompts->value().members()) {
        pipeline_.prompts.emplace_back(name, prompts->get<std::string>(name));
      }
    }
    if (const auto chosen = root.find("default_prompt_name")) {
      pipeline_.default_prompt_name = chosen->as<std::string>();
      const auto named = [&](const auto& prompt) { return prompt.first == *pipeline_.default_prompt_name; };
      if (std::none_of(pipeline_.prompts.begin(), pipeline_.prompts.end(), named)) chosen->fail("the name of a prompt");
    }
    if (const auto similarity = root.find("similarity_fn_name")) {
      pipeline_.similarity = similarity->as<std::string>();
      constexpr std::array<std::string_view, 4> known{"cosine", "dot", "euclidean", "manhattan"};
      if (std::find(known.begin(), known.end(), pipeline_.similarity) == known.end()) {
        similarity->fail("one of cosine, dot, euclidean, manhattan");
      }
    }
  }

  std::string folder_;
  sentence_transformer pipeline_;
};

/// Reads the pipeline of a folder: modules.json and what it names, sentence_bert_config.json (or its older names),
/// tokenizer_config.json and config_sentence_transformers.json, in the schemas of versions 2 to 6. A plain Hugging
/// Face folder without modules.json is mean pooling without normalisation, as sentence-transformers takes it.
///
/// The truncation that a tokenizer.json may carry does not count. Refused with the reason: Dense, Router and every
/// other module, modules that need code from the folder, other tasks than feature extraction, adapters without their
/// base, paths that leave the folder. Throws `file_error` with file, key, byte, expected and actual value.
[[nodiscard]] inline sentence_transformer read_sentence_transformer(const std::string& folder) {
  return sentence_transformer_reader(folder).read();
}

}  // namespace cot::io
