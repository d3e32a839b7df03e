#pragma once
// How many directions a set of embeddings uses, counted through the spectrum. Every definition in use has its own name,
// because they differ widely on the same data. With fewer rows than columns no rank can exceed the number of rows:
// compare values only at the same number of rows.

#include <cotangent/geometry/description.hpp>
#include <cotangent/geometry/spectrum.hpp>

#include <cmath>
#include <string>
#include <tuple>

namespace cot::geometry {

/// exp(H(p)), p_i = s_i / sum s over the singular values of the embeddings as they are: between 1 and the rank. A large
/// common component inflates s_1 and lowers it. NaN where all rows are zero.
/// Source: Roy & Vetterli, The effective rank, EUSIPCO 2007.
struct effective_rank {
  static constexpr description describe() {
    return {.name = "effective_rank",
            .definition = "exp(-sum p ln p), p = s / sum s, s the singular values; rows as given",
            .cost = "O(min(n,d)^2 max(n,d))",
            .source = "Roy & Vetterli 2007"};
  }
  static constexpr preparation prepared = {};
  [[nodiscard]] double operator()(const spectrum& s) const { return std::exp(entropy(shares(s.singular_values()))); }
  [[nodiscard]] double operator()(const matrix& x) const { return (*this)(spectrum(x, prepared)); }
};

/// exp(H(p)), p_i = l_i / sum l over the eigenvalues of the covariance: the effective number of principal components.
/// NaN where all rows are equal.
struct effective_rank_covariance {
  static constexpr description describe() {
    return {.name = "effective_rank_covariance",
            .definition = "exp(-sum p ln p), p = l / sum l, l the eigenvalues of the covariance",
            .cost = "O(min(n,d)^2 max(n,d))",
            .source = "Roy & Vetterli 2007, applied to variances",
            .unchanged_by = {.shift = true},
            .least_rows = 2};
  }
  static constexpr preparation prepared = {.centre = true};
  [[nodiscard]] double operator()(const spectrum& s) const { return std::exp(entropy(shares(s.eigenvalues()))); }
  [[nodiscard]] double operator()(const matrix& x) const {
    require_rows(describe().name, x, describe().least_rows);
    return (*this)(spectrum(x, prepared));
  }
};

/// The smallest k with sum_{i<=k} s_i^power >= share * sum_i s_i^power: an integer, used to see the phases of training.
/// NaN where all rows are zero. A share that is met up to 1e-12 counts as met.
struct energy_rank {
  double share = 0.99;
  double power = 2;

  static constexpr description describe() {
    return {
        .name = "energy_rank",
        .definition = "smallest k whose k largest singular values hold the given share of sum s^power; rows as given",
        .cost = "O(min(n,d)^2 max(n,d))",
        .source = "Jung et al. 2024, arXiv 2405.11297 (analysis of training phases)",
        .integer = true};
  }
  static constexpr auto options() {
    return std::tuple(option("share", &energy_rank::share, "share of the energy to reach, above 0 and at most 1"),
                      option("power", &energy_rank::power, "energy of a singular value is its power, positive"));
  }
  static constexpr preparation prepared = {};
  [[nodiscard]] double operator()(const spectrum& s) const {
    if (!(share > 0 && share <= 1))
      throw option_error(describe().name, "share", "above 0 and at most 1", std::to_string(share));
    if (!(power > 0)) throw option_error(describe().name, "power", "a positive number", std::to_string(power));
    std::vector<double> energy = s.singular_values();
    for (double& e : energy) e = std::pow(e, power);
    double reached = 0, k = 0;
    for (double p : shares(energy)) {
      reached += p;
      ++k;
      if (std::isnan(reached)) return reached;
      if (reached >= share - 1e-12) break;
    }
    return k;
  }
  [[nodiscard]] double operator()(const matrix& x) const { return (*this)(spectrum(x, prepared)); }
};

/// exp(-sum_k p_k ln p_k), p_k = s_k / sum s + epsilon over all min(n, d) singular values, neither centred nor
/// normalised. The p sum to a little more than 1 and stay so. Garrido et al. use 25,600 samples. Source: Garrido et
/// al., RankMe, ICML 2023.
struct rankme {
  double epsilon = 1e-7;

  static constexpr description describe() {
    return {.name = "rankme",
            .definition = "exp(-sum p ln p), p = s / sum s + epsilon, not renormalised; rows as given",
            .cost = "O(min(n,d)^2 max(n,d))",
            .source = "Garrido et al. 2023"};
  }
  static constexpr auto options() {
    return std::tuple(option("epsilon", &rankme::epsilon, "added to each share, not negative"));
  }
  static constexpr preparation prepared = {};
  [[nodiscard]] double operator()(const spectrum& s) const {
    if (!(epsilon >= 0))
      throw option_error(describe().name, "epsilon", "a number of at least 0", std::to_string(epsilon));
    std::vector<double> p = shares(s.singular_values());
    for (double& v : p) v += epsilon;
    return std::exp(entropy(p));
  }
  [[nodiscard]] double operator()(const matrix& x) const { return (*this)(spectrum(x, prepared)); }
};

/// -sum l ln l over the eigenvalues of Z^T Z / n, Z the unit rows: between 0 and ln min(n, d). Its exponential is the
/// eigenvalue form of the effective rank of Z. Zero rows count for nothing.
/// Source: Kim et al., VNE, CVPR 2023.
struct von_neumann_entropy {
  static constexpr description describe() {
    return {.name = "von_neumann_entropy",
            .definition = "-sum l ln l in nats, l the eigenvalues of Z'Z/n, Z the unit rows",
            .cost = "O(min(n,d)^2 max(n,d))",
            .source = "Kim et al. 2023"};
  }
  static constexpr preparation prepared = {.unit_rows = true};
  [[nodiscard]] double operator()(const spectrum& s) const { return entropy(shares(s.eigenvalues())); }
  [[nodiscard]] double operator()(const matrix& x) const { return (*this)(spectrum(x, prepared)); }
};

}  // namespace cot::geometry
