#pragma once
// The geometry of embeddings: spectra and ranks, isotropy, alignment and uniformity, training phases. Brings Eigen's
// eigensolver: include it only where it is used.

#include <cotangent/geometry/catalogue.hpp>
#include <cotangent/geometry/moments.hpp>
#include <cotangent/geometry/rank_tracker.hpp>
