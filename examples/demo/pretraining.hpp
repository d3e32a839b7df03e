#pragma once
// Masked-token pre-training of an encoder: hide words, guess them, learn from the error.

#include <cotangent/autograd/parameters.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/data/mask_tokens.hpp>
#include <cotangent/model/encoder.hpp>
#include <cotangent/nn/masked_tokens.hpp>
#include <cotangent/optim/adamw.hpp>

#include <cstdint>

namespace demo {

using cot::index;

/// BERT's head: y = LN(gelu(x W^T + b)), then logits by the word table, which is the output matrix too. The head is
/// thrown away afterwards.
template <class B>
class pretraining {
 public:
  pretraining(cot::model::encoder<B>& model, const cot::data::masking& masking, std::uint32_t seed, double rate)
      : model_(model),
        masking_(masking),
        seed_(seed),
        head_(model.device()),
        matrix_(head_.add("matrix", cot::shape<2>{{model.width(), model.width()}}, cot::parameter_kind::decayed)),
        bias_(head_.add("bias", cot::shape<1>{{model.width()}}, cot::parameter_kind::undecayed)),
        gamma_(head_.add("gamma", cot::shape<1>{{model.width()}}, cot::parameter_kind::undecayed)),
        beta_(head_.add("beta", cot::shape<1>{{model.width()}}, cot::parameter_kind::undecayed)),
        output_bias_(head_.add("output_bias", cot::shape<1>{{masking.vocabulary}}, cot::parameter_kind::undecayed)),
        adamw_(model.parameters(), {.lr = rate}),
        head_adamw_((head_.allocate(), head_), {.lr = rate}) {
    // The head begins as the identity before its gelu and norm.
    for (index i = 0; i < model.width(); ++i) head_.value(matrix_)(i, i) = head_.value(gamma_)(i) = 1;
  }

  /// One step on a batch of sentences, with the given share of the rate; the mean loss of a hidden word in nats.
  double step(const cot::ragged<std::int32_t>& sentences, double rate_factor) {
    const cot::random_site site{seed_, cot::random_site::hash("masking"), step_};
    const auto masked = cot::data::mask_tokens(sentences, masking_, site);
    auto& transformer = model_.transformer();
    auto& parameters = model_.parameters();

    cot::tape tape(model_.device());
    const auto tokens = cot::nn::upload_tokens(tape, masked.ids);
    const auto hidden = transformer(tape, tokens, {.on = true, .seed = seed_, .step = step_});
    const auto shaped =
        cot::nn::layer_norm(cot::nn::linear<float>(hidden, {both(matrix_), both(bias_)}, cot::activation::gelu), {},
                            {both(gamma_), both(beta_)});
    const auto& table = transformer.word_table();
    const auto loss = cot::nn::masked_token_loss<float, B>(
        shaped, masked.targets, {{parameters.value(table), parameters.gradient(table)}, both(output_bias_)});
    tape.backward(loss);
    adamw_.step(rate_factor);
    head_adamw_.step(rate_factor);
    ++step_;

    float value = 0;
    download(model_.device(), &value, loss.value().data(), sizeof value);
    return static_cast<double>(value);
  }

 private:
  template <int Rank>
  cot::weight<float, Rank, B, float> both(const cot::parameter<Rank>& p) {
    return {head_.value(p), head_.gradient(p)};
  }

  cot::model::encoder<B>& model_;
  cot::data::masking masking_;
  std::uint32_t seed_;
  cot::parameters<float, B> head_;
  cot::parameter<2> matrix_;
  cot::parameter<1> bias_, gamma_, beta_, output_bias_;
  cot::optim::adamw<float, B> adamw_, head_adamw_;
  std::uint32_t step_ = 0;
};

}  // namespace demo
