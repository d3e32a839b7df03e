// Folders of sentence-transformers 2 to 6: what is read from them, and what is refused.
#include "refusal.hpp"
#include "support/temporary.hpp"

#include <cotangent/io/sentence_transformers.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using cot::io::pooling_mode;
using cot::io::read_sentence_transformer;
using cot::test::put_bytes;

namespace {

const char* const config = R"({"model_type":"bert","vocab_size":99,"hidden_size":32,"num_hidden_layers":2,
  "num_attention_heads":4,"intermediate_size":37,"max_position_embeddings":64})";
const char* const old_modules = R"([{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
  {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
  {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}])";
const char* const new_modules = R"([
  {"idx":0,"name":"0","path":"","type":"sentence_transformers.base.modules.transformer.Transformer"},
  {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.sentence_transformer.modules.pooling.Pooling"},
  {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.base.modules.normalize.Normalize"}])";

using files = std::vector<std::pair<std::string, std::string>>;

/// Writes the files of the old schema, then those of `changes` over them; an empty text removes.
void put_folder(const std::filesystem::path& folder, const files& changes) {
  files all{{"config.json", config},
            {"modules.json", old_modules},
            {"1_Pooling/config.json", R"({"word_embedding_dimension":32,"pooling_mode_cls_token":false,
               "pooling_mode_mean_tokens":true,"pooling_mode_max_tokens":false,
               "pooling_mode_mean_sqrt_len_tokens":false})"},
            {"sentence_bert_config.json", R"({"max_seq_length":48,"do_lower_case":false})"},
            {"tokenizer_config.json", R"({"model_max_length":50})"},
            {"config_sentence_transformers.json", R"({"__version__":{"sentence_transformers":"2.0.0"}})"}};
  all.insert(all.end(), changes.begin(), changes.end());
  for (const auto& [name, text] : all) {
    put_bytes(folder / name, text);
    if (text.empty()) std::filesystem::remove(folder / name);
  }
}

cot::io::sentence_transformer read_with(const files& changes) {
  const cot::test::temporary_folder folder;
  put_folder(folder.path(), changes);
  return read_sentence_transformer(folder.path());
}

}  // namespace

TEST_CASE("io: a sentence-transformers folder of the old schema, without a folder for Normalize") {
  const auto pipeline = read_with({});
  CHECK(pipeline.pooling == std::vector{pooling_mode::mean});
  CHECK(pipeline.normalize);
  CHECK(pipeline.include_prompt);
  CHECK(pipeline.max_seq_length == 48);
  CHECK(pipeline.dimension() == 32);
  CHECK(pipeline.prompts.empty());
  CHECK(!pipeline.default_prompt_name);
  CHECK(pipeline.similarity == "cosine");
}

TEST_CASE("io: a sentence-transformers folder of version 6") {
  const auto pipeline = read_with(
      {{"modules.json", new_modules},
       {"1_Pooling/config.json", R"({"embedding_dimension":32,"pooling_mode":["mean","cls"],"include_prompt":false})"},
       {"2_Normalize/config.json",
        R"({"module_input_name":"sentence_embedding","module_output_name":"sentence_embedding"})"},
       {"sentence_bert_config.json", R"({"transformer_task":"feature-extraction","modality_config":{"text":{
         "method":"forward","method_output_name":"last_hidden_state"}},"module_output_name":"token_embeddings"})"},
       {"config_sentence_transformers.json", R"({"__version__":{"sentence_transformers":"6.2.0"},
         "model_type":"SentenceTransformer","prompts":{"query":"q: ","document":""},"default_prompt_name":"query",
         "similarity_fn_name":"dot"})"}});
  CHECK(pipeline.pooling == std::vector{pooling_mode::mean, pooling_mode::cls});
  CHECK(pipeline.dimension() == 64);
  CHECK(!pipeline.include_prompt);
  CHECK(pipeline.max_seq_length == 50);  // from the tokenizer
  CHECK(pipeline.prompts.size() == 2);
  CHECK(pipeline.prompts.at(0).second == "q: ");
  CHECK(pipeline.default_prompt_name == "query");
  CHECK(pipeline.similarity == "dot");
}

TEST_CASE("io: every pooling of a sentence-transformers folder") {
  const auto pooling = [](const std::string& text) { return read_with({{"1_Pooling/config.json", text}}).pooling; };
  for (const char* name : {"cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"}) {
    const auto modes = pooling(R"({"embedding_dimension":32,"pooling_mode":")" + std::string(name) + "\"}");
    CHECK(modes.size() == 1);
    CHECK(cot::io::name_of(modes.front()) == name);
  }
  CHECK(pooling("{}") == std::vector{pooling_mode::mean});
  CHECK(pooling(R"({"pooling_mode_cls_token":true})") == std::vector{pooling_mode::cls});
  CHECK(pooling(R"({"pooling_mode_lasttoken":true,"pooling_mode_mean_tokens":false})") ==
        std::vector{pooling_mode::lasttoken});
  CHECK(pooling(
            R"({"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":true,
            "pooling_mode_weightedmean_tokens":true})") ==
        std::vector{pooling_mode::cls, pooling_mode::mean, pooling_mode::weightedmean});
}

TEST_CASE("io: how long a text of a sentence-transformers folder may be") {
  const auto length = [](const files& changes) { return read_with(changes).max_seq_length; };
  const std::pair<std::string, std::string> none{"sentence_bert_config.json", ""};
  CHECK(length({none}) == 50);
  CHECK(length({none, {"tokenizer_config.json", R"({"model_max_length":1000000000000000019884624838656})"}}) == 64);
  CHECK(length({none, {"tokenizer_config.json", "{}"}}) == 64);
  CHECK(length({none, {"tokenizer_config.json", ""}}) == 64);
  CHECK(length({{"sentence_bert_config.json", R"({"max_seq_length":null})"}}) == 50);
  CHECK(length({{"sentence_bert_config.json", R"({"max_seq_length":512})"}}) == 64);  // there are no more positions
  CHECK(length({none, {"sentence_roberta_config.json", R"({"max_seq_length":20})"}}) == 20);
  CHECK(read_with({{"sentence_bert_config.json", R"({"do_lower_case":true})"}}).do_lower_case);
}

TEST_CASE("io: a plain Hugging Face folder is mean pooling") {
  const auto pipeline = read_with({{"modules.json", ""}, {"sentence_bert_config.json", ""}});
  CHECK(pipeline.pooling == std::vector{pooling_mode::mean});
  CHECK(!pipeline.normalize);
}

TEST_CASE("io: modules run in the order of idx, from the folders they name") {
  const auto pipeline = read_with({{"0_Transformer/config.json", config}, {"config.json", ""}, {"modules.json", R"([
    {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
    {"idx":0,"name":"0","path":"0_Transformer","type":"sentence_transformers.models.Transformer"}])"}});
  CHECK(pipeline.model_folder.ends_with("/0_Transformer"));
  CHECK(!pipeline.normalize);
}

TEST_CASE("io: sentence-transformers folders that are refused") {
  struct fault {
    const char* file;
    std::string text;
    const char* word;
  };
  const auto module = [](const std::string& type, const std::string& path = "2_X") {
    return R"([{"idx":0,"path":"","type":"sentence_transformers.models.Transformer"},
               {"idx":1,"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
               {"idx":2,"path":")" +
           path + R"(","type":")" + type + "\"}]";
  };
  const fault faults[] = {
      {"modules.json", module("sentence_transformers.models.Dense"), "key [2].type"},
      {"modules.json", module("sentence_transformers.base.modules.dense.Dense"), "a learned projection"},
      {"modules.json", module("sentence_transformers.models.LayerNorm"), "got \"LayerNorm\""},
      {"modules.json", module("sentence_transformers.models.Pooling"), "got \"Pooling\""},
      {"modules.json", module("someone.else.Normalize"), "never run"},
      {"modules.json", module("sentence_transformers.models.Normalize", "../2"), "a relative path"},
      {"modules.json", module("sentence_transformers.models.Normalize", "/2"), "a relative path"},
      {"modules.json", "[]", "an array of modules, got an array of 0"},
      {"modules.json", "{}", "an array of modules"},
      {"modules.json", "[1]", "key [0]"},
      {"modules.json", R"([{"idx":0,"path":"","type":"sentence_transformers.models.Transformer"}])", "no Pooling"},
      {"modules.json", R"([{"idx":0,"path":"","type":"sentence_transformers.models.StaticEmbedding"}])",
       "\"StaticEmbedding\""},
      {"modules.json", R"([{"idx":0,"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}])",
       "got \"Pooling\""},
      {"modules.json", R"([{"idx":0,"path":""}])", "key [0].type"},
      {"modules.json", R"([{"idx":0,"type":"sentence_transformers.models.Transformer"}])", "key [0].path"},
      {"modules.json", R"([{"idx":"0","path":"","type":"sentence_transformers.models.Transformer"}])", "key [0].idx"},
      {"modules.json", R"([{"idx":0,"path":"","type":"sentence_transformers.models.Transformer"},
                          {"idx":0,"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}])",
       "an idx of its own"},
      {"modules.json", "[", "JSON at"},
      {"1_Pooling/config.json", "", "cannot open"},
      {"1_Pooling/config.json", R"({"word_embedding_dimension":48})", "the hidden_size 32, got the integer 48"},
      {"1_Pooling/config.json", R"({"embedding_dimension":48,"pooling_mode":"mean"})", "the hidden_size 32"},
      {"1_Pooling/config.json", R"({"pooling_mode":"mean_sqrt_len"})", "one of cls, max, mean, mean_sqrt_len_tokens"},
      {"1_Pooling/config.json", R"({"pooling_mode":[]})", "at least one mode"},
      {"1_Pooling/config.json", R"({"pooling_mode":["cls",1]})", "key pooling_mode[1]"},
      {"1_Pooling/config.json", R"({"pooling_mode_cls_token":1})", "a boolean, got the integer 1"},
      {"1_Pooling/config.json", R"({"include_prompt":"yes"})", "key include_prompt"},
      {"2_Normalize/config.json", R"({"module_input_name":"token_embeddings"})", "\"sentence_embedding\""},
      {"sentence_bert_config.json", R"({"max_seq_length":0})", "a positive number of tokens"},
      {"sentence_bert_config.json", R"({"max_seq_length":"256"})", "key max_seq_length"},
      {"sentence_bert_config.json", R"({"do_lower_case":0})", "key do_lower_case"},
      {"sentence_bert_config.json", R"({"transformer_task":"fill-mask"})", "\"feature-extraction\""},
      {"sentence_bert_config.json", R"({"module_output_name":"x"})", "\"token_embeddings\""},
      {"sentence_bert_config.json", R"({"modality_config":{"image":{}}})", "key modality_config.text"},
      {"sentence_bert_config.json", R"({"modality_config":{"text":{"method":"get_text_features"}}})",
       "key modality_config.text.method"},
      {"config_sentence_transformers.json", R"({"model_type":"SparseEncoder"})", "\"SentenceTransformer\""},
      {"config_sentence_transformers.json", R"({"prompts":["q"]})", "an object of names and texts"},
      {"config_sentence_transformers.json", R"({"prompts":{"q":1}})", "key prompts.q"},
      {"config_sentence_transformers.json", R"({"prompts":{"q":"x"},"default_prompt_name":"d"})",
       "the name of a prompt, got the string \"d\""},
      {"config_sentence_transformers.json", R"({"similarity_fn_name":"maxsim"})",
       "one of cosine, dot, euclidean, manhattan"},
      {"config.json", R"({"model_type":"t5"})", "one of bert"},
      {"config.json", "", "cannot open"},
  };
  for (const fault& f : faults) {
    cot::test::check_refused(std::string(f.file) + " " + f.text, [&] { (void)read_with({{f.file, f.text}}); }, f.file,
                             cot::test::any_place, {f.word});
  }
  cot::test::check_refused(
      "tokenizer",
      [] {
        (void)read_with({{"sentence_bert_config.json", ""}, {"tokenizer_config.json", R"({"model_max_length":0})"}});
      },
      "tokenizer_config.json", 20, {"a positive number of tokens"});
  cot::test::check_refused(
      "adapter",
      [] {
        (void)read_with({{"config.json", ""}, {"adapter_config.json", R"({"base_model_name_or_path":"base/model"})"}});
      },
      "", cot::test::any_place, {"a PEFT adapter alone", "base/model"});
  cot::test::check_refused(
      "router",
      [&] {
        (void)read_with(
            {{"modules.json", R"([{"idx":0,"path":"","type":"sentence_transformers.base.modules.router.Router"}])"},
             {"router_config.json", R"({"structure":{"query":["a"],"document":["b"]}})"}});
      },
      "modules.json", cot::test::any_place, {"\"Router\", with routes query, document"});
  cot::test::check_refused("folder", [] { (void)read_sentence_transformer("no/such/folder"); }, "no/such/folder",
                           cot::test::any_place, {"no such folder"});
}
