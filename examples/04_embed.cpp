// Sentences to vectors: 04_embed MODEL-FOLDER [SENTENCE]...

#include <cotangent/cotangent.hpp>
#include <cotangent/eval/evaluate.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::cerr << "04_embed: error: expected a model folder\n";
    return 2;
  }
  std::vector<std::string> sentences(argv + 2, argv + argc);
  if (sentences.empty())
    sentences = {"A man is playing a guitar.", "Someone plays an instrument.", "The stock market fell."};

  cot::cpu device;
  auto model = cot::load_encoder(device, argv[1]);
  const auto rows = model.embed(sentences).view();  // [sentences, width], unit length where the folder says so

  const auto first = rows.rows(0, 1);
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const auto row = static_cast<cot::index>(i);
    std::cout << cot::eval::paired_cosines<float>(first, rows.rows(row, row + 1)).front() << "  " << sentences[i]
              << '\n';
  }
} catch (const std::exception& e) {
  std::cerr << "04_embed: error: " << e.what() << '\n';
  return 1;
}
