// config.json of encoders: read as transformers reads it, refused with key and reason, written back.
#include "refusal.hpp"

#include <cotangent/io/model_config.hpp>

#include <doctest/doctest.h>

#include <string>

using cot::io::json;
using cot::io::parse_json;

namespace {

/// A small BERT as transformers 5 writes it.
json tiny() {
  return parse_json(R"({"add_cross_attention":false,"architectures":["BertModel"],"attention_probs_dropout_prob":0.1,
    "bos_token_id":null,"classifier_dropout":null,"dtype":"float32","hidden_act":"gelu","hidden_dropout_prob":0.1,
    "hidden_size":32,"initializer_range":0.02,"intermediate_size":37,"is_decoder":false,"layer_norm_eps":1e-12,
    "max_position_embeddings":64,"model_type":"bert","num_attention_heads":4,"num_hidden_layers":2,"pad_token_id":0,
    "tie_word_embeddings":true,"transformers_version":"5.23.0","type_vocab_size":2,"use_cache":true,"vocab_size":99})");
}

cot::io::model_config read(const json& document) { return cot::io::parse_model_config(document, "config.json"); }

}  // namespace

TEST_CASE("io: config.json of transformers 5 and 4") {
  const auto config = read(tiny());
  CHECK(config.hidden_size == 32);
  CHECK(config.num_attention_heads == 4);
  CHECK(config.layer_norm_eps == 1e-12);
  CHECK(config.longest_sequence() == 64);
  CHECK(config.number_type == "float32");
  CHECK(!config.positions_are_offset());
  json old = tiny();
  old.members().erase("dtype");
  old["torch_dtype"] = "float16";
  old["position_embedding_type"] = "absolute";
  CHECK(read(old).number_type == "float16");
  old["dtype"] = "bfloat16";
  CHECK(read(old).number_type == "bfloat16");  // the new key counts
}

TEST_CASE("io: config.json keys that are absent mean the defaults of transformers") {
  const char* sizes =
      R"("vocab_size":99,"hidden_size":32,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":37})";
  const auto bert = read(parse_json(std::string(R"({"model_type":"bert",)") + sizes));
  CHECK(bert.layer_norm_eps == 1e-12);
  CHECK(bert.pad_token_id == 0);
  CHECK(bert.type_vocab_size == 2);
  CHECK(bert.max_position_embeddings == 512);
  CHECK(bert.hidden_dropout_prob == 0.1);
  CHECK(bert.hidden_act == "gelu");
  CHECK(bert.architecture == "BertModel");
  const auto roberta =
      read(parse_json(std::string(R"({"model_type":"roberta","max_position_embeddings":514,)") + sizes));
  CHECK(roberta.layer_norm_eps == 1e-12);
  CHECK(roberta.pad_token_id == 1);
  CHECK(roberta.type_vocab_size == 2);
  CHECK(roberta.longest_sequence() == 512);
  CHECK(roberta.architecture == "RobertaModel");
  CHECK(read(parse_json(std::string(R"({"model_type":"xlm-roberta",)") + sizes)).architecture == "XLMRobertaModel");
}

TEST_CASE("io: config.json that no encoder can be built from") {
  struct fault {
    const char* key;
    json value;  // null with `absent`: the key is removed
    bool absent;
    const char* word;
  };
  const fault faults[] = {
      {"model_type", json(), true, "key model_type at config.json (byte 0): expected a value, got no such key"},
      {"model_type", "gpt2", false, "one of bert, roberta, xlm-roberta, got the string \"gpt2\""},
      {"model_type", 1, false, "a string, got the integer 1"},
      {"hidden_size", json(), true, "no such key"},
      {"vocab_size", json(), true, "no such key"},
      {"num_hidden_layers", json(), true, "no such key"},
      {"num_attention_heads", json(), true, "no such key"},
      {"intermediate_size", json(), true, "no such key"},
      {"hidden_size", json(), false, "an integer, got null"},
      {"hidden_size", 0, false, "at least 1, got the integer 0"},
      {"hidden_size", -32, false, "at least 1"},
      {"hidden_size", 32.0, false, "an integer, got the number 32.0"},
      {"hidden_size", "32", false, "an integer, got the string \"32\""},
      {"hidden_size", 1LL << 40, false, "an integer of at least 1"},
      {"num_attention_heads", 5, false, "a divisor of hidden_size 32, got the integer 5"},
      {"num_hidden_layers", 0, false, "at least 1"},
      {"vocab_size", 0, false, "at least 1"},
      {"max_position_embeddings", 0, false, "at least 1"},
      {"type_vocab_size", -1, false, "at least 1"},
      {"pad_token_id", -1, false, "at least 0"},
      {"pad_token_id", 99, false, "an id below vocab_size"},
      {"hidden_act", "mish", false, "one of gelu, gelu_new, gelu_pytorch_tanh, relu, silu"},
      {"hidden_act", 3, false, "a string"},
      {"hidden_dropout_prob", 1.0, false, "below 1"},
      {"hidden_dropout_prob", -0.1, false, "a probability"},
      {"attention_probs_dropout_prob", "none", false, "a number, got the string"},
      {"layer_norm_eps", 0, false, "a small positive number"},
      {"layer_norm_eps", true, false, "a number, got true"},
      {"position_embedding_type", "relative_key", false, "\"absolute\""},
      {"is_decoder", true, false, "false, as in an encoder"},
      {"add_cross_attention", true, false, "false"},
      {"architectures", json::list({1}), false, "key architectures[0]"},
      {"dtype", 32, false, "a string"},
  };
  for (const fault& f : faults) {
    json document = tiny();
    if (f.absent) {
      document.members().erase(f.key);
    } else {
      document[f.key] = f.value;
    }
    cot::test::check_refused(f.key, [&] { (void)read(document); }, "config.json", cot::test::any_place,
                             {"key " + std::string(f.key), f.word});
  }
  json roberta = tiny();
  roberta["model_type"] = "roberta";
  roberta["max_position_embeddings"] = 1;
  cot::test::check_refused("positions", [&] { (void)read(roberta); }, "config.json", cot::test::any_place,
                           {"key max_position_embeddings", "more than pad_token_id + 1"});
  cot::test::check_refused("list", [] { (void)read(parse_json("[]")); }, "config.json", 0,
                           {"JSON document", "an object"});
}

TEST_CASE("io: config.json is written with every key it had") {
  auto config = read(tiny());
  config.hidden_dropout_prob = 0.2;
  config.architecture = "BertForMaskedLM";
  const json out = cot::io::model_config_json(config);
  CHECK(out.get<double>("hidden_dropout_prob") == 0.2);
  CHECK(out.get<bool>("tie_word_embeddings"));
  CHECK(out.get<std::string>("transformers_version") == "5.23.0");
  CHECK(out.at("classifier_dropout").is_null());
  CHECK(out.at("architectures") == json::list({"BertModel"}));  // the weights beside it have no head
  CHECK(out.get<std::string>("dtype") == "float32");
  CHECK(out.get<std::string>("torch_dtype") == "float32");
  CHECK(read(out).hidden_size == 32);
  const json again = cot::io::model_config_json(read(out));
  CHECK(json_text(again) == json_text(out));
}
