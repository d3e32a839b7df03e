// A real folder, all-MiniLM-L6-v2, read and written.
#include "refusal.hpp"
#include "support/model.hpp"
#include "support/temporary.hpp"

#include <cotangent/io/sentence_transformers_writer.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using cot::io::pooling_mode;
using cot::io::tensor_source;
using cot::test::bytes_of;

TEST_CASE("io: all-MiniLM-L6-v2 is read, and its weights are written with the same bytes") {
  const auto minilm = cot::test::minilm();
  if (!minilm) {
    MESSAGE("skipped: no all-MiniLM-L6-v2 (set COTANGENT_MINILM)");
    return;
  }
  const auto pipeline = cot::io::read_sentence_transformer(*minilm);
  CHECK(pipeline.max_seq_length == 256);  // not the 128 of its tokenizer.json, nor the 512 of its tokenizer_config.json
  CHECK(pipeline.normalize);
  CHECK(pipeline.pooling == std::vector{pooling_mode::mean});
  CHECK(pipeline.dimension() == 384);
  CHECK(pipeline.model.num_hidden_layers == 6);
  cot::io::checkpoint weights(pipeline.model_folder);
  CHECK(weights.names().size() == 104);
  CHECK(weights.at("embeddings.position_ids").type == cot::io::number_type::I64);
  const auto& file = weights.file_of("embeddings.position_ids");
  std::vector<tensor_source> tensors;
  for (const auto& t : file.tensors()) tensors.push_back({t.name, t.type, t.shape, file.bytes(t)});
  const cot::test::temporary_folder folder;
  cot::io::write_sentence_transformer(folder / "model", pipeline, tensors, pipeline.model_folder);
  CHECK(bytes_of(folder / "model/model.safetensors") == bytes_of(*minilm / "model.safetensors"));
  CHECK(cot::io::read_sentence_transformer(folder / "model").max_seq_length == 256);
}
