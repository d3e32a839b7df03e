#pragma once
// Every estimator, once: tests/geometry and benchmarks/geometry.cpp go through this tuple.

#include <cotangent/geometry/alignment.hpp>
#include <cotangent/geometry/comparison.hpp>
#include <cotangent/geometry/isotropy.hpp>
#include <cotangent/geometry/local.hpp>
#include <cotangent/geometry/outliers.hpp>
#include <cotangent/geometry/participation.hpp>
#include <cotangent/geometry/rank.hpp>
#include <cotangent/geometry/uniformity.hpp>

#include <tuple>

namespace cot::geometry {

inline constexpr std::tuple<effective_rank, effective_rank_covariance, energy_rank, rankme, von_neumann_entropy,
                            stable_rank, nesum, participation_ratio, participation_ratio_unbiased, isotropy_partition,
                            mean_cosine, isoscore, isoscore_star, uniformity, alignment, outlier_dimensions,
                            hubness_skewness, lid_mle, two_nn, linear_cka, linear_cka_debiased, procrustes,
                            neighbour_overlap>
    catalogue{};

}  // namespace cot::geometry
