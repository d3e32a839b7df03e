#pragma once
// Tokens of a ragged batch on a device, and the sum of word, position and type embeddings.

#include <cotangent/autograd/parameters.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/ragged.hpp>
#include <cotangent/ops/column_sum.hpp>
#include <cotangent/ops/embedding.hpp>

#include <algorithm>
#include <cstdint>
#include <span>

namespace cot::nn {

/// A ragged batch of token ids as the kernels want it, in the tape's memory: per token its id, its position in the
/// sentence (from `first_position`, which RoBERTa sets to its padding id + 1) and its sentence; per sentence its first
/// token.
template <class B>
struct tokens {
  view<const std::int32_t, 1, B> ids;            // [t]
  view<const std::int32_t, 1, B> positions;      // [t]
  view<const std::int32_t, 1, B> sentences;      // [t]
  view<const index, 1, B> offsets;               // [n + 1]
  const std::int32_t* host_ids = nullptr;        // [t], on the host: the order of a gradient is planned there
  const std::int32_t* host_positions = nullptr;  // [t]
  index longest = 0;

  [[nodiscard]] index size() const { return ids.extent(0); }
  [[nodiscard]] index rows() const { return offsets.extent(0) - 1; }
  [[nodiscard]] std::span<const std::int32_t> all_ids() const { return {host_ids, static_cast<std::size_t>(size())}; }
  [[nodiscard]] std::span<const std::int32_t> all_positions() const {
    return {host_positions, static_cast<std::size_t>(size())};
  }
};

/// The named copy of a batch to the device.
template <class B>
[[nodiscard]] tokens<B> upload_tokens(tape<B>& t, const ragged<std::int32_t>& batch, index first_position = 0) {
  const index size = batch.size(), rows = batch.rows();
  const auto to_device = [&t]<class T>(const T* from, index n) {
    const auto into = t.template workspace<T>(shape<1>{{n}});
    upload(t.device(), into.data(), from, static_cast<std::size_t>(n) * sizeof(T));
    return view<const T, 1, B>(into);
  };
  auto* ids = t.template host_array<std::int32_t>(size);
  auto* positions = t.template host_array<std::int32_t>(size);
  auto* sentences = t.template host_array<std::int32_t>(size);
  std::copy(batch.values.begin(), batch.values.end(), ids);
  for (index i = 0, at = 0; i < rows; ++i)
    for (index p = 0; p < batch.length(i); ++p, ++at) {
      positions[at] = static_cast<std::int32_t>(first_position + p);
      sentences[at] = static_cast<std::int32_t>(i);
    }
  tokens<B> out;
  out.ids = to_device(ids, size);
  out.positions = to_device(positions, size);
  out.sentences = to_device(sentences, size);
  out.offsets = to_device(batch.offsets.data(), rows + 1);
  out.host_ids = ids;
  out.host_positions = positions;
  out.longest = batch.longest();
  return out;
}

/// Tables of an absolute-position encoder. Types are all 0; an empty type table is left out.
template <class A, class B>
struct embedding_weights {
  table_weight<A, B> word;      // [v, width]
  table_weight<A, B> position;  // [positions, width]
  weight<A, 2, B, A> type;      // [types, width]
  [[nodiscard]] bool trained() const { return word.trained() || position.trained() || type.trained(); }
};

/// x[token] = word[id] + position[p] + type[0], rounded once.  Result: [t, width].
template <class T, class B>
var<T, 2, B> embedding(tape<B>& t, const tokens<B>& in, const embedding_weights<accumulator_of<T>, B>& w) {
  auto y = t.template result<T>(shape<2>{{in.size(), w.word.value.extent(1)}}, w.trained());
  w.word.before_reading(in.all_ids());
  w.position.before_reading(in.all_positions());
  ops::embedding(t.device(), in.ids, in.positions, w.word.value, w.position.value, w.type.value, y.storage());
  if (y.wanted())
    t.record(y, [y, in, w] {
      B& device = y.on().device();
      if (w.word.trained()) {
        w.word.reach(in.all_ids());
        ops::embedding_pullback(device, in.host_ids, y.gradient(), w.word.gradient);
      }
      if (w.position.trained()) {
        w.position.reach(in.all_positions());
        ops::embedding_pullback(device, in.host_positions, y.gradient(), w.position.gradient);
      }
      if (w.type.trained()) ops::column_sum(device, y.gradient(), w.type.gradient.row(0), store::add);
    });
  return y;
}

}  // namespace cot::nn
