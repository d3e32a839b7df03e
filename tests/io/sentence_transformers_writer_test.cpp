// A folder written for sentence-transformers: read back alike, whole or not at all.
#include "refusal.hpp"
#include "support/temporary.hpp"

#include <cotangent/io/sentence_transformers_writer.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

using cot::io::json;
using cot::io::pooling_mode;
using cot::io::tensor_source;
using cot::test::bytes_of;
using cot::test::put_bytes;

namespace {

cot::io::sentence_transformer tiny() {
  cot::io::sentence_transformer pipeline;
  pipeline.model = cot::io::parse_model_config(
      cot::io::parse_json(
          R"({"model_type":"bert","vocab_size":99,"hidden_size":32,"num_hidden_layers":2,"num_attention_heads":4,
          "intermediate_size":37,"max_position_embeddings":64,"mine":[1,2]})"),
      "config.json");
  pipeline.max_seq_length = 40;
  pipeline.normalize = true;
  return pipeline;
}

void put_tokenizer(const std::filesystem::path& folder) {
  put_bytes(folder / "tokenizer.json", "{\"any\" :  \"bytes\"}");
  put_bytes(folder / "vocab.txt", "[PAD]\n[UNK]\n");
  put_bytes(folder / "tokenizer_config.json",
            R"({"do_lower_case":true,"model_max_length":1000000000000000019884624838656})");
}

}  // namespace

TEST_CASE("io: a written sentence-transformers folder is read back alike") {
  const cot::test::temporary_folder folder;
  put_tokenizer(folder / "tokenizer");
  const std::vector<float> weight{1, 2, 3};
  const std::vector<std::int64_t> ids{0, 1};
  const std::vector tensors{tensor_source::of<float>("w", {3}, weight),
                            tensor_source::of<std::int64_t>("ids", {1, 2}, ids)};
  const std::string path = folder / "model";
  for (const bool normalize : {true, false}) {
    for (const auto& modes : {std::vector{pooling_mode::mean},
                              {pooling_mode::cls, pooling_mode::max},
                              {pooling_mode::lasttoken, pooling_mode::cls},
                              {pooling_mode::weightedmean}}) {
      auto pipeline = tiny();
      pipeline.normalize = normalize;
      pipeline.pooling = modes;
      pipeline.include_prompt = normalize;
      pipeline.do_lower_case = !normalize;
      pipeline.prompts = {{"query", "q: \"x\"\n"}, {"document", ""}};
      if (normalize) pipeline.default_prompt_name = "query";
      pipeline.similarity = "dot";
      cot::io::write_sentence_transformer(path, pipeline, tensors, folder / "tokenizer", cot::io::publication::replace);
      const auto back = cot::io::read_sentence_transformer(path);
      CHECK(back.pooling == modes);
      CHECK(back.normalize == normalize);
      CHECK(back.include_prompt == pipeline.include_prompt);
      CHECK(back.do_lower_case == pipeline.do_lower_case);
      CHECK(back.max_seq_length == 40);
      CHECK(back.prompts == pipeline.prompts);
      CHECK(back.default_prompt_name == pipeline.default_prompt_name);
      CHECK(back.similarity == "dot");
      CHECK(back.model.document.at("mine") == json::list({1, 2}));
      CHECK(std::filesystem::exists(folder / "model/2_Normalize") == normalize);
    }
  }
  cot::io::checkpoint weights(path);
  CHECK(weights.read<float>("w") == weight);
  CHECK(weights.read<std::int64_t>("ids") == ids);
  CHECK(weights.file_of("w").layout().metadata == std::vector<std::pair<std::string, std::string>>{{"format", "pt"}});
  CHECK(bytes_of(folder / "model/tokenizer.json") == bytes_of(folder / "tokenizer/tokenizer.json"));
  CHECK(bytes_of(folder / "model/vocab.txt") == "[PAD]\n[UNK]\n");
  const json tokenizer = cot::io::read_json(folder / "model/tokenizer_config.json");
  CHECK(tokenizer.get<int>("model_max_length") == 40);
  CHECK(tokenizer.get<bool>("do_lower_case"));
}

TEST_CASE("io: a sentence-transformers folder that cannot be written leaves what was there") {
  const cot::test::temporary_folder folder;
  put_tokenizer(folder / "tokenizer");
  const std::vector<float> weight{1, std::numeric_limits<float>::infinity()};
  const std::vector<float> good{1, 2};
  const std::vector<double> wide{1, 2};
  const auto before = cot::test::entries_below(folder.path());
  const auto refuse = [&](const char* name, const std::vector<tensor_source>& tensors, const std::string& tokenizer,
                          const char* word) {
    cot::test::check_refused(name,
                             [&] { cot::io::write_sentence_transformer(folder / "model", tiny(), tensors, tokenizer); },
                             folder.path().string(), cot::test::any_place, {word});
    CHECK(cot::test::entries_below(folder.path()) == before + std::filesystem::exists(folder / "broken") * 2);
  };
  refuse("infinity", {tensor_source::of<float>("w", {2}, weight)}, folder / "tokenizer", "finite numbers");
  refuse("double", {tensor_source::of<double>("w", {2}, wide)}, folder / "tokenizer", "F32, I64 or I32, got F64");
  put_bytes(folder / "broken/tokenizer_config.json", "[");
  refuse("tokenizer", {tensor_source::of<float>("w", {2}, good)}, folder / "broken", "tokenizer_config.json");
  put_bytes(folder / "model/mine", "x");
  cot::test::check_refused(
      "taken", [&] { cot::io::write_sentence_transformer(folder / "model", tiny(), {}, folder / "tokenizer"); },
      "model", cot::test::any_place, {"a new or an empty folder"});
  CHECK(bytes_of(folder / "model/mine") == "x");
}
