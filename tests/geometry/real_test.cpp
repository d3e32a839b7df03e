// Embeddings of real models against reference values made with numpy.
#include <cotangent/geometry/isotropy.hpp>
#include <cotangent/geometry/participation.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/io/npy.hpp>

#include <doctest/doctest.h>

#include <geometry/fixture.hpp>
#include <support/data.hpp>

TEST_CASE("geometry: real embeddings have their reference values") {
  const auto reference = cot::test::data("embeddings/geometry_reference.json");
  if (!reference) {
    MESSAGE("skipped: no embeddings/geometry_reference.json");
    return;
  }
  const auto expected = cot::io::read_json(reference->string());
  CHECK(expected.size() > 0);
  for (const auto& [file, values] : expected.members()) {
    CAPTURE(file);
    const cot::io::npy_file npy((reference->parent_path() / file).string());
    const std::vector<double> numbers = npy.read<double>();
    const cot::view<const double, 2> x(numbers.data(), {npy.shape().at(0), npy.shape().at(1)});
    REQUIRE(x.extent(0) == values.get<cot::index>("n"));
    REQUIRE(x.extent(1) == values.get<cot::index>("d"));
    const auto close = [&](double value, const char* name) {
      CHECK(value == doctest::Approx(values.get<double>(name)).epsilon(1e-9));
    };
    close(cot::geometry::mean_cosine{}(x), "mean_pair_cosine");
    close(cot::geometry::participation_ratio{}(x), "participation_ratio");
    const cot::geometry::spectrum spectrum(x, {.centre = true});
    double total = 0;
    for (const double l : spectrum.eigenvalues()) total += l;
    close(total, "total_centered_sq");
    close(spectrum.eigenvalues().front() / total, "top_eig_share");
  }
}
