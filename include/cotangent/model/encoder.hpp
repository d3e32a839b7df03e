#pragma once
// `encoder`: sentences to vectors. A transformer, its tokenizer, pooling and normalisation, trainable as one.

#include <cotangent/autograd/parameters.hpp>
#include <cotangent/autograd/split_rows.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/host_matrix.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/random.hpp>
#include <cotangent/data/batch.hpp>
#include <cotangent/data/length_batches.hpp>
#include <cotangent/model/bert.hpp>
#include <cotangent/nn/pooling.hpp>
#include <cotangent/text/encode_batch.hpp>
#include <cotangent/text/tokenizer.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cot::model {

/// What stands behind the transformer.
struct encoder_config {
  std::vector<ops::pooling> pooling = {ops::pooling::mean};
  bool normalize = true;
  index max_tokens = 256;        ///< of a sentence, special tokens included
  bool projection_head = false;  ///< Linear + tanh after pooling, in training only (SimCSE); never saved
};

/// Sentence vectors of one training batch, each [n, width]: `auto [anchors, positives, negatives] = model(tape,
/// batch)`.
template <class A, class B>
struct columns {
  var<A, 2, B> anchors;
  var<A, 2, B> positives;                   ///< the anchors again when the batch has one column
  std::span<const var<A, 2, B>> negatives;  ///< one value a column, often none
};

/// Embeds; `tokens` bounds the size of a batch by tokens, not by rows.
struct embed_options {
  index tokens = 4096;
  index layer = -1;   ///< hidden layer to pool: 0 the embedding output, negative the last
  index skipped = 0;  ///< tokens at the beginning of each sentence that are not pooled: prompt_length(prompt)
  std::function<void(index sentences, index tokens)> progress = {};
};

/// Parameters are kept in P::parameter, values between layers in P::storage; what comes out is P::accumulate, so that
/// losses, geometry and optimizers never see the policy. The device must outlive the encoder.
template <precision P, class B>
class basic_encoder {
 public:
  using precision_type = P;
  using A = typename P::accumulate;

  basic_encoder(B& device, const bert_config& transformer, const encoder_config& config, text::tokenizer tokenizer);

  /// Names with this prefix exist while training and are left out of saved folders.
  static constexpr std::string_view train_only = "train_only.";

  [[nodiscard]] B& device() const { return parameters_->device(); }
  [[nodiscard]] cot::parameters<A, B>& parameters() { return *parameters_; }
  [[nodiscard]] const text::tokenizer& tokenizer() const { return tokenizer_; }
  [[nodiscard]] const encoder_config& config() const { return config_; }
  [[nodiscard]] bert<P, B>& transformer() { return transformer_; }
  /// Of the sentence vectors.
  [[nodiscard]] index width() const { return transformer_.config().width * static_cast<index>(config_.pooling.size()); }

  /// Random weights: matrices and tables N(0, 0.02^2), norms 1, biases 0, as BERT is initialised. A pure function of
  /// the seed and the parameters' names.
  void initialize(std::uint32_t seed);

  /// One row a sentence, as `embed` would give it: [rows, width].  With dropout and the projection head on, the
  /// training form.
  [[nodiscard]] var<A, 2, B> forward(tape<B>& t, const ragged<std::int32_t>& sentences, const dropout_state& drop = {},
                                     index layer = -1, index skipped = 0);

  /// A training batch, all columns in one forward pass.
  [[nodiscard]] columns<A, B> operator()(tape<B>& t, const data::batch& batch, const dropout_state& drop = {});

  /// Vectors of tokenised sentences, in their order: [rows, width].  Ragged batches of at most `tokens` tokens, of
  /// sentences of like length; every row depends on its own sentence only.
  [[nodiscard]] host_matrix<A> embed(const ragged<std::int32_t>& sentences, const embed_options& options = {});
  [[nodiscard]] host_matrix<A> embed(std::span<const std::string> sentences, const embed_options& options = {}) {
    return embed(tokenize(sentences), options);
  }

  /// Tokens that a prompt takes at the beginning of a sentence, as sentence-transformers counts them: those of the
  /// prompt alone, with the special ones before it and without one after it.
  [[nodiscard]] index prompt_length(const std::string& prompt) const {
    const std::vector<std::int32_t> ids = tokenizer_.encode(prompt, config_.max_tokens);
    const text::special_tokens& s = tokenizer_.special();
    const auto roles = {s.cls, s.sep, s.pad, s.mask, s.unk};
    const bool ends_special = !ids.empty() && std::find(roles.begin(), roles.end(), ids.back()) != roles.end();
    return static_cast<index>(ids.size()) - (ends_special ? 1 : 0);
  }

  /// Ids of a range of strings, on the device's threads, cut to the model's length.
  template <class Texts>
  [[nodiscard]] ragged<std::int32_t> tokenize(const Texts& texts) const {
    const profile_span span(device(), work_class::data);
    return text::encode_batch(tokenizer_, texts, config_.max_tokens,
                              [this](index tasks, const auto& f) { parallel_for(device(), tasks, f); });
  }

 private:
  std::unique_ptr<cot::parameters<A, B>> parameters_;
  encoder_config config_;
  text::tokenizer tokenizer_;
  bert<P, B> transformer_;
  parameter<2> head_matrix_;
  parameter<1> head_bias_;
};

// Defined outside the class, so that a program can compile them once (extern template).

template <precision P, class B>
basic_encoder<P, B>::basic_encoder(B& device, const bert_config& transformer, const encoder_config& config,
                                   text::tokenizer tokenizer)
    : parameters_(std::make_unique<cot::parameters<A, B>>(device)),
      config_(config),
      tokenizer_(std::move(tokenizer)),
      transformer_(*parameters_, transformer) {
  if (config.projection_head) {
    const index width = this->width();
    head_matrix_ = parameters_->add(std::string(train_only) + "projection.weight", shape<2>{{width, width}},
                                    parameter_kind::decayed);
    head_bias_ =
        parameters_->add(std::string(train_only) + "projection.bias", shape<1>{{width}}, parameter_kind::undecayed);
  }
  parameters_->allocate();
}

template <precision P, class B>
void basic_encoder<P, B>::initialize(std::uint32_t seed) {
  for (const auto& e : parameters_->entries()) {
    std::vector<A> values(static_cast<std::size_t>(e.size), A(0));
    const bool norm = e.name.find("LayerNorm.weight") != std::string::npos;
    if (norm) std::fill(values.begin(), values.end(), A(1));
    if (e.sizes.size() > 1) {
      const random_site at{seed, random_site::hash(e.name), 0};
      for (index i = 0; i < e.size; ++i)
        values[static_cast<std::size_t>(i)] =
            static_cast<A>(0.02 * normal(random_bits(at, 0, 0, i), random_bits(at, 0, 1, i)));
    }
    parameters_->set(e, values);
  }
}

template <precision P, class B>
auto basic_encoder<P, B>::forward(tape<B>& t, const ragged<std::int32_t>& sentences, const dropout_state& drop,
                                  index layer, index skipped) -> var<A, 2, B> {
  const auto tokens = nn::upload_tokens(t, sentences, transformer_.config().first_position);
  auto pooled = nn::pool(transformer_(t, tokens, drop, layer), std::span<const ops::pooling>(config_.pooling),
                         tokens.offsets, skipped);
  if (drop.on && config_.projection_head)
    pooled =
        nn::linear(pooled,
                   nn::linear_weights<A, B>{{parameters_->value(head_matrix_), parameters_->gradient(head_matrix_)},
                                            {parameters_->value(head_bias_), parameters_->gradient(head_bias_)}},
                   activation::tanh);
  return config_.normalize ? nn::normalize_rows(pooled) : pooled;
}

template <precision P, class B>
auto basic_encoder<P, B>::operator()(tape<B>& t, const data::batch& batch, const dropout_state& drop) -> columns<A, B> {
  const auto parts = split_rows(forward(t, batch.ids, drop), batch.columns);
  return {parts[0], parts[parts.size() > 1 ? 1 : 0],
          parts.size() > 2 ? parts.subspan(2) : std::span<const var<A, 2, B>>{}};
}

template <precision P, class B>
auto basic_encoder<P, B>::embed(const ragged<std::int32_t>& sentences, const embed_options& options) -> host_matrix<A> {
  host_matrix<A> out(sentences.rows(), width());
  std::vector<A> block;
  for (const std::vector<index>& rows : data::length_batches(sentences, options.tokens)) {
    ragged<std::int32_t> batch;
    for (const index row : rows) batch.push_back(sentences.row(row));
    tape t(device(), no_grad);
    const auto vectors = forward(t, batch, {}, options.layer, options.skipped).value();
    block.resize(static_cast<std::size_t>(vectors.size()));
    download(device(), block.data(), vectors.data(), block.size() * sizeof(A));
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(i) * out.width, out.width,
                  out.values.begin() + rows[i] * out.width);
    if (options.progress) options.progress(static_cast<index>(rows.size()), batch.size());
  }
  return out;
}

template <class B>
using encoder = basic_encoder<fp32, B>;

}  // namespace cot::model
