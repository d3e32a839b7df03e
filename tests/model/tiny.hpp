#pragma once
// The tiny checkpoints with expected hidden states and gradients, made by torch in double.

#include "support/data.hpp"

#include <cotangent/core/ragged.hpp>
#include <cotangent/io/checkpoint.hpp>
#include <cotangent/io/model_config.hpp>
#include <cotangent/io/safetensors.hpp>
#include <cotangent/model/bert.hpp>
#include <cotangent/model/folder.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace cot::test {

/// A transformer alone, without tokenizer and pooling, from a folder of tests/golden.
template <class P, class B>
struct tiny_model {
  using A = typename P::accumulate;
  using T = typename P::storage;

  tiny_model(B& device, const std::string& name)
      : expected(golden(name + ".expected.safetensors").string()),
        parameters(device),
        transformer(parameters, model::transformer_config(io::read_model_config(golden(name).string()))) {
    parameters.allocate();
    io::checkpoint weights(golden(name).string());
    for (const auto& e : parameters.entries())
      parameters.set(e, weights.template read<A>(weights.stored_name(e.name, {"bert.", "roberta."})));
    for (const auto& ids = expected.read<std::int32_t>("ids"); const std::int32_t id : ids) batch.values.push_back(id);
    batch.offsets.clear();
    for (const auto& offsets = expected.read<std::int32_t>("offsets"); const std::int32_t o : offsets)
      batch.offsets.push_back(o);
  }

  io::safetensors_file expected;
  cot::parameters<A, B> parameters;
  model::bert<P, B> transformer;
  ragged<std::int32_t> batch;
};

/// The largest |a - b| between as many numbers in the memory of a device, and expected ones.
template <class T, class B>
double furthest(B& device, const T* on_device, const std::vector<double>& b) {
  std::vector<T> a(b.size());
  download(device, a.data(), on_device, a.size() * sizeof(T));
  double most = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double d = std::abs(static_cast<double>(static_cast<accumulator_of<T>>(a[i])) - b[i]);
    most = d <= most ? most : d;  // a NaN is furthest
  }
  return most;
}

/// Hidden states of every layer and, from the upstream gradient of the golden file, all parameter gradients.
template <class P, class B>
void compare_with_torch(B& device, const std::string& name, double hidden_tolerance, double gradient_tolerance) {
  tiny_model<P, B> m(device, name);
  const index layers = m.transformer.config().layers;
  for (index layer = 0; layer <= layers; ++layer) {
    tape t(device, no_grad);
    const auto x = m.transformer(t, nn::upload_tokens(t, m.batch, m.transformer.config().first_position), {}, layer);
    CAPTURE(layer);
    CHECK(furthest(device, x.value().data(), m.expected.template read<double>("hidden_" + std::to_string(layer))) <
          hidden_tolerance);
  }
  tape t(device);
  const auto x = m.transformer(t, nn::upload_tokens(t, m.batch, m.transformer.config().first_position));
  std::vector<typename P::storage> upstream;
  for (const double g : m.expected.template read<double>("upstream"))
    upstream.push_back(static_cast<typename P::storage>(static_cast<typename P::accumulate>(g)));
  upload(device, x.target().into.data(), upstream.data(), upstream.size() * sizeof upstream[0]);
  t.backward();
  for (const auto& e : m.parameters.entries()) {
    CAPTURE(e.name);
    if (!m.expected.contains("gradient." + e.name)) continue;
    CHECK(furthest(device, m.parameters.gradients().data() + e.offset,
                   m.expected.template read<double>("gradient." + e.name)) < gradient_tolerance);
  }
}

}  // namespace cot::test
