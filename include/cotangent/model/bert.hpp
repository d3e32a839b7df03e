#pragma once
// The BERT family: BERT, MiniLM and RoBERTa, which differ in their embeddings only.

#include <cotangent/autograd/parameters.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/random.hpp>
#include <cotangent/nn/attention.hpp>
#include <cotangent/nn/embedding.hpp>
#include <cotangent/nn/linear.hpp>
#include <cotangent/nn/norm.hpp>
#include <cotangent/nn/weights.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace cot::model {

/// Sizes of a post-norm encoder with absolute positions.
struct bert_config {
  index vocabulary = 30522;
  index width = 384;  ///< d
  index layers = 6;
  index heads = 12;  ///< h, divides the width
  index inner_width = 1536;
  index positions = 512;
  index types = 2;
  index first_position = 0;  ///< RoBERTa: padding id + 1
  activation act = activation::gelu;
  double epsilon = 1e-12;
  double hidden_dropout = 0.1;
  double attention_dropout = 0.1;
  bool pooler = false;  ///< carries the unused [CLS] head of a checkpoint through, frozen
};

/// Where dropout draws its masks in a training forward pass; off outside training.
struct dropout_state {
  bool on = false;
  std::uint32_t seed = 0;
  std::uint32_t step = 0;
};

/// Devlin et al. 2019; Liu et al. 2019 (RoBERTa); Wang et al. 2020 (MiniLM).
///
///   x = dropout(LN(word[id] + position[p] + type[0]))
///   each layer:  x = LN(x + dropout(attention(x) Wo + bo));   x = LN(x + dropout(act(x W1 + b1) W2 + b2))
///
/// Parameter names are those of transformers' BertModel, without prefix.
template <precision P, class B>
class bert {
 public:
  using A = typename P::accumulate;
  using T = typename P::storage;

  bert(parameters<A, B>& p, const bert_config& config) : config_(config), weights_(p) {
    const index d = config.width, inner = config.inner_width;
    constexpr auto decayed = parameter_kind::decayed, undecayed = parameter_kind::undecayed;
    const auto norm = [&](const std::string& name) {
      return norm_parameters{p.add(name + ".weight", shape<1>{{d}}, undecayed),
                             p.add(name + ".bias", shape<1>{{d}}, undecayed)};
    };
    const auto affine = [&](const std::string& name, index out, index in, bool train = true) {
      return affine_parameters{p.add(name + ".weight", shape<2>{{out, in}}, train ? decayed : parameter_kind::frozen),
                               p.add(name + ".bias", shape<1>{{out}}, train ? undecayed : parameter_kind::frozen)};
    };
    word_ = p.add("embeddings.word_embeddings.weight", shape<2>{{config.vocabulary, d}}, parameter_kind::table);
    position_ = p.add("embeddings.position_embeddings.weight", shape<2>{{config.positions, d}}, parameter_kind::table);
    type_ = p.add("embeddings.token_type_embeddings.weight", shape<2>{{config.types, d}}, decayed);
    embedding_norm_ = norm("embeddings.LayerNorm");
    embedding_site_ = random_site::hash("embeddings.dropout");
    for (index i = 0; i < config.layers; ++i) {
      const std::string at = "encoder.layer." + std::to_string(i) + ".";
      const std::string self = at + "attention.self.";
      layer_parameters l;
      l.projection.matrix = p.add_stacked(std::array{self + "query.weight", self + "key.weight", self + "value.weight"},
                                          shape<2>{{d, d}}, decayed);
      l.projection.bias = p.add_stacked(std::array{self + "query.bias", self + "key.bias", self + "value.bias"},
                                        shape<1>{{d}}, undecayed);
      l.attention_output = affine(at + "attention.output.dense", d, d);
      l.attention_norm = norm(at + "attention.output.LayerNorm");
      l.up = affine(at + "intermediate.dense", inner, d);
      l.down = affine(at + "output.dense", d, inner);
      l.output_norm = norm(at + "output.LayerNorm");
      l.attention_site = random_site::hash(at + "attention.self.dropout");
      l.attention_output_site = random_site::hash(at + "attention.output.dropout");
      l.output_site = random_site::hash(at + "output.dropout");
      layers_.push_back(l);
    }
    if (config.pooler) affine("pooler.dense", d, d, false);
  }

  [[nodiscard]] const bert_config& config() const { return config_; }

  /// Hidden states of every token, [t, width].  `layer` of them only when given: 0 is the embedding output, `layers`
  /// (and any negative number) the last.
  [[nodiscard]] var<T, 2, B> operator()(tape<B>& t, const nn::tokens<B>& in, const dropout_state& drop = {},
                                        index layer = -1);

  /// The word embedding table, [v, width], for a tied output layer.
  [[nodiscard]] const parameter<2>& word_table() const { return word_; }

 private:
  struct norm_parameters {
    parameter<1> gamma, beta;
  };
  struct affine_parameters {
    parameter<2> matrix;
    parameter<1> bias;
  };
  struct layer_parameters {
    affine_parameters projection, attention_output, up, down;
    norm_parameters attention_norm, output_norm;
    std::uint32_t attention_site = 0, attention_output_site = 0, output_site = 0;
  };

  bert_config config_;
  nn::weights<P, B> weights_;
  parameter<2> word_, position_, type_;
  norm_parameters embedding_norm_;
  std::uint32_t embedding_site_ = 0;
  std::vector<layer_parameters> layers_;
};

// Defined outside the class, so that a program can compile it once (extern template).
template <precision P, class B>
auto bert<P, B>::operator()(tape<B>& t, const nn::tokens<B>& in, const dropout_state& drop, index layer)
    -> var<T, 2, B> {
  if (in.longest > config_.positions - config_.first_position)
    throw shape_error("bert", "tokens of a sentence",
                      "at most " + std::to_string(config_.positions - config_.first_position),
                      std::to_string(in.longest));
  weights_.refresh();
  const bool train = t.records();
  const auto rows = [&](std::uint32_t site, double p) {
    return ops::dropout_rows{{drop.seed, site, drop.step}, drop.on ? p : 0.0, in.sentences.data(), in.positions.data()};
  };
  const auto norm = [&](const norm_parameters& n) { return weights_.norm(n.gamma, n.beta, config_.epsilon, train); };
  const auto affine = [&](const affine_parameters& a) { return weights_.linear(a.matrix, a.bias, train); };

  auto x = nn::layer_norm(
      nn::embedding<T>(
          t, in, {weights_.rows_of(word_, train), weights_.rows_of(position_, train), weights_.kept(type_, train)}),
      rows(embedding_site_, config_.hidden_dropout), norm(embedding_norm_));
  const index last = layer < 0 ? config_.layers : std::min(layer, config_.layers);
  for (index i = 0; i < last; ++i) {
    const layer_parameters& l = layers_[static_cast<std::size_t>(i)];
    const index head_width = config_.width / config_.heads;
    attention_layout layout{.offsets = in.offsets.data(),
                            .sentences = in.rows(),
                            .tokens = in.size(),
                            .longest = in.longest,
                            .heads = config_.heads,
                            .kv_heads = config_.heads,
                            .width = head_width,
                            .scale = 1.0 / std::sqrt(static_cast<double>(head_width)),
                            .dropout = drop.on ? config_.attention_dropout : 0.0,
                            .at = {drop.seed, l.attention_site, drop.step}};
    const auto context = nn::self_attention(nn::linear(x, affine(l.projection)), layout);
    const auto attended =
        nn::add_layer_norm(nn::linear(context, affine(l.attention_output)), x,
                           rows(l.attention_output_site, config_.hidden_dropout), norm(l.attention_norm));
    const auto transformed = nn::feed_forward(attended, affine(l.up), config_.act, affine(l.down));
    x = nn::add_layer_norm(transformed, attended, rows(l.output_site, config_.hidden_dropout), norm(l.output_norm));
  }
  return x;
}

}  // namespace cot::model
