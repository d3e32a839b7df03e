#pragma once
// A probe: held-out sentences whose embeddings are measured while a model trains.

#include <cotangent/core/host_matrix.hpp>
#include <cotangent/geometry/alignment.hpp>
#include <cotangent/geometry/isotropy.hpp>
#include <cotangent/geometry/participation.hpp>
#include <cotangent/geometry/rank.hpp>
#include <cotangent/geometry/uniformity.hpp>

#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cot::train {

/// Sentences to embed, and pairs that mean the same, over which alignment is taken (its sides in order; may be empty).
struct probe {
  std::vector<std::string> sentences;
  std::vector<std::string> left, right;
  [[nodiscard]] bool empty() const { return sentences.empty(); }
};

/// Geometry of a probe, by the names of the estimators; NaN where there is nothing to measure.
struct probe_metrics {
  double effective_rank = std::nan("");
  double effective_rank_covariance = std::nan("");
  double participation_ratio = std::nan("");
  double alignment = std::nan("");
  double uniformity = std::nan("");
  double mean_cosine = std::nan("");

  /// (name, value) of all, in the order of the log.
  [[nodiscard]] std::vector<std::pair<std::string, double>> named() const {
    return {{"effective_rank", effective_rank},
            {"effective_rank_covariance", effective_rank_covariance},
            {"participation_ratio", participation_ratio},
            {"alignment", alignment},
            {"uniformity", uniformity},
            {"mean_cosine", mean_cosine}};
  }
};

/// Embeddings as `embed` writes them, dropout off.
template <class Encoder>
[[nodiscard]] probe_metrics measure(Encoder& model, const probe& p) {
  probe_metrics m;
  if (p.empty()) return m;
  const auto rows = model.embed(p.sentences);
  const geometry::matrix x = rows;
  m.effective_rank = geometry::effective_rank{}(x);
  m.mean_cosine = geometry::mean_cosine{}(x);
  if (x.rows() > 1) {
    m.effective_rank_covariance = geometry::effective_rank_covariance{}(x);
    m.participation_ratio = geometry::participation_ratio{}(x);
    m.uniformity = geometry::uniformity{}(x);
  }
  if (!p.left.empty()) {
    const auto left = model.embed(p.left), right = model.embed(p.right);
    m.alignment = geometry::alignment{}(left, right);
  }
  return m;
}

}  // namespace cot::train
