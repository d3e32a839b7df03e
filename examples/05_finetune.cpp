// A training loop of your own: 05_finetune MODEL-FOLDER TRIPLES.tsv STS.tsv

#include <cotangent/cotangent.hpp>
#include <cotangent/data/sampler.hpp>
#include <cotangent/eval/evaluate.hpp>
#include <cotangent/geometry.hpp>

#include <exception>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "05_finetune: error: expected a model folder, triples (TSV) and graded pairs (TSV)\n";
    return 2;
  }
  cot::cpu device;  // in a .cu file: cot::cuda device;
  auto model = cot::load_encoder(device, argv[1]);
  const auto rows = cot::data::read_training_rows({argv[2]});
  const auto exam = cot::data::read_sts_pairs(argv[3]);

  const cot::loss::info_nce loss{.temperature = 0.05};
  cot::optim::adamw adamw(model.parameters(), {.lr = 5e-5});
  cot::geometry::rank_tracker rank;
  const cot::data::sampler sampler(rows.rows(), 32, /*seed=*/0);

  std::cout << "before: " << cot::eval::sts(model, exam).spearman << '\n';
  for (cot::index step = 0; step < 20; ++step) {
    const auto batch = cot::data::make_batch(model.tokenizer(), rows, sampler.batch(step), model.config().max_tokens, 2,
                                             [&](cot::index tasks, const auto& f) { parallel_for(device, tasks, f); });
    cot::tape tape(device);
    const auto [anchors, positives, negatives] =
        model(tape, batch, {.on = true, .step = static_cast<std::uint32_t>(step)});
    const auto value = loss(anchors, positives, negatives);  // columns of a batch: [n, width] each
    tape.backward(value);
    adamw.step();
    rank.observe(model.embed(exam.first), step);  // phase 1 until the rank peaks, then phase 2
    std::cout << "step " << step << ": loss " << value.value()() << ", rank " << rank.now() << ", phase "
              << rank.phase() << '\n';
  }
  std::cout << "after: " << cot::eval::sts(model, exam).spearman << '\n';
} catch (const std::exception& e) {
  std::cerr << "05_finetune: error: " << e.what() << '\n';
  return 1;
}
