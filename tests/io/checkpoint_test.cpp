// Weights of a folder: one file, or shards and an index that is not trusted.
#include "refusal.hpp"
#include "support/temporary.hpp"

#include <cotangent/io/checkpoint.hpp>
#include <cotangent/io/safetensors_writer.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using cot::io::checkpoint;
using cot::io::tensor_source;
using cot::test::put_bytes;

namespace {

void put_weights(const std::filesystem::path& path,
                 const std::vector<std::pair<std::string, std::vector<float>>>& all) {
  std::vector<tensor_source> tensors;
  for (const auto& [name, values] : all) {
    tensors.push_back(tensor_source::of<float>(name, {static_cast<cot::index>(values.size())}, values));
  }
  cot::io::write_safetensors(path, tensors);
}

void put_index(const std::filesystem::path& folder, const std::string& map) {
  put_bytes(folder / "model.safetensors.index.json", R"({"metadata":{"total_size":0},"weight_map":)" + map + "}");
}

}  // namespace

TEST_CASE("io: a checkpoint of one file") {
  const cot::test::temporary_folder folder;
  put_weights(folder / "model.safetensors", {{"bert.embeddings.LayerNorm.gamma", {1}}, {"w", {2, 3}}});
  put_index(folder.path(), "1");  // not looked at
  checkpoint weights(folder.path());
  CHECK(weights.names().size() == 2);
  CHECK(weights.read<float>("w") == std::vector<float>{2, 3});
  CHECK(weights.stored_name("w", {"bert."}) == "w");
  CHECK(weights.stored_name("embeddings.LayerNorm.weight", {"roberta.", "bert."}) == "bert.embeddings.LayerNorm.gamma");
  CHECK(weights.stored_name("embeddings.LayerNorm.bias", {"bert."}).empty());
  CHECK(weights.at("w").size() == 2);
  cot::test::check_refused("absent", [&] { (void)weights.read<float>("v"); }, folder.path().string(),
                           cot::test::any_place, {"tensor \"v\"", "2 tensors"});
}

TEST_CASE("io: a checkpoint in shards") {
  const cot::test::temporary_folder folder;
  put_weights(folder / "model-00001-of-00002.safetensors", {{"a", {1}}, {"stray", {0}}});
  put_weights(folder / "model-00002-of-00002.safetensors", {{"b", {2}}, {"c", {3}}});
  put_index(folder.path(), R"({"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors",
                              "c":"model-00002-of-00002.safetensors","lost":"model-00001-of-00002.safetensors"})");
  checkpoint weights(folder.path());
  CHECK(weights.read<float>("a") == std::vector<float>{1});
  CHECK(weights.read<double>("c") == std::vector<double>{3});
  CHECK(weights.unlisted() == std::vector<std::string>{"stray"});
  std::vector<float> one(1);
  weights.read<float>("b", one);
  CHECK(one.front() == 2);
  cot::test::check_refused("lost", [&] { (void)weights.read<float>("lost"); }, "model-00001-of-00002.safetensors",
                           cot::test::any_place, {"tensor \"lost\"", "the index places"});
}

TEST_CASE("io: a checkpoint that cannot be read") {
  struct fault {
    const char* map;
    const char* word;
  };
  const fault faults[] = {
      {"1", "an object of tensor and file names, got the integer 1"},
      {"[]", "an object"},
      {R"({"a":1})", "key weight_map.a"},
      {R"({"a":"../model.safetensors"})", "a file name without a path"},
      {R"({"a":"/etc/passwd"})", "a file name without a path"},
      {R"({"a":"sub/model.safetensors"})", "a file name without a path"},
      {R"({"a":"..\\model.safetensors"})", "a file name without a path"},
      {R"({"a":"C:model.safetensors"})", "a file name without a path"},
      {R"({"a":".."})", "a file name without a path"},
      {R"({"a":""})", "a file name without a path"},
      {R"({"a":"x\u0000.safetensors"})", "a file name without a path"},
      {R"({"a":"gone.safetensors"})", "which is missing"},
      {R"({"a":"x","a":"y"})", "\"a\" twice"},
  };
  for (const fault& f : faults) {
    const cot::test::temporary_folder folder;
    put_index(folder.path(), f.map);
    cot::test::check_refused(f.map, [&] { const checkpoint weights(folder.path()); }, "model.safetensors.index.json",
                             cot::test::any_place, {f.word});
  }
  const cot::test::temporary_folder folder;
  const auto refuse = [&](const char* word) {
    cot::test::check_refused(word, [&] { const checkpoint weights(folder.path()); }, folder.path().string(),
                             cot::test::any_place, {"no weights", word});
  };
  refuse("a folder without it");
  put_bytes(folder / "pytorch_model.bin", "x");
  refuse("a pickle, which is never read because it can run code");
  put_bytes(folder / "model.safetensors.index.json", "{}");
  cot::test::check_refused("map", [&] { const checkpoint weights(folder.path()); }, "index.json", 0,
                           {"key weight_map"});
}
