#pragma once
// embed: sentences, one a line, to a matrix of vectors.

#include "support/common.hpp"

#include <optional>
#include <string>

struct embed_settings {
  programs::common_options common;
  std::string model, input, output, tokens, json;
  long long batch = 4096;
  std::string pooling, prompt, normalize;
  long long dimensions = 0;
  std::optional<long long> layer;
  std::string number_type = "f32";
  bool skip_empty = false, profile = false;
};

template <class P, class B>
void embed(B& device, const embed_settings& settings);
