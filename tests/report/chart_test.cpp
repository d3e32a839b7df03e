// Axes and charts.
#include <cotangent/report/svg.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace cot::report;

namespace {
std::vector<std::string> labels(const axis& a) {
  std::vector<std::string> all;
  for (const tick& t : a.ticks()) all.push_back(t.label);
  return all;
}
axis settled(std::initializer_list<double> values, scale how = scale::linear) {
  axis a(how);
  for (double v : values) a.include(v);
  a.settle(5, true);
  return a;
}
std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}
chart line(std::vector<std::pair<double, double>> points) {
  chart c;
  c.series = {{"a", std::move(points)}};
  return c;
}
}  // namespace

TEST_CASE("report: an axis of values that differ by rounding alone is that of a constant") {
  CHECK(labels(settled({1.0, 0.9999999999999999, 1.0000000000000002})) == labels(settled({1.0})));
  CHECK(settled({1.0, 1.0 + 1e-12}).ticks().size() < 10);
}

TEST_CASE("report: axes end at round values and label them alike") {
  CHECK(labels(settled({0.13, 0.97})) == std::vector<std::string>{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(labels(settled({-2.83, -2.41})) == std::vector<std::string>{"-2.9", "-2.8", "-2.7", "-2.6", "-2.5", "-2.4"});
  CHECK(labels(settled({0, 5e-5})).back() == "5e-05");
  CHECK(labels(settled({0, 2e6})).back() == "2.00M");
  CHECK(labels(settled({3, 3})).size() >= 2);
  CHECK(labels(settled({})).size() >= 2);
  const axis a = settled({2, 8});
  CHECK(a.position(a.least()) == 0);
  CHECK(a.position(a.most()) == 1);
}

TEST_CASE("report: logarithmic axes tick decades and ignore what is not positive") {
  const axis a = settled({-1, 0, 0.02, 30}, scale::logarithmic);
  CHECK(labels(a) == std::vector<std::string>{"0.01", "0.1", "1", "10", "100"});
  CHECK(std::fabs(a.position(1) - 0.5) < 1e-12);
  CHECK_FALSE(a.shows(0));
  CHECK(labels(settled({2, 8}, scale::logarithmic)) == std::vector<std::string>{"1", "2", "5", "10"});
  CHECK(settled({1e-30, 1e30}, scale::logarithmic).ticks().size() < 12);
}

TEST_CASE("report: a value that is not finite breaks the line") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(count(to_svg(line({{0, 1}, {1, 2}, {2, nan}, {3, 2}, {4, 1}})), "M") == 2);
  const std::string whole = to_svg(line({{0, 1}, {1, 2}, {2, 3}, {3, 2}, {4, 1}}));
  const auto path = whole.substr(whole.find(" d=\""));
  CHECK(count(path.substr(0, path.find("/>")), "M") == 1);
  CHECK(to_svg(line({{0, nan}})).find("nan") == std::string::npos);
  CHECK(to_svg(line({})).find("<path") == std::string::npos);
}

TEST_CASE("report: charts draw series, bands, marks and both axes, and escape all text") {
  chart c;
  c.title = "rank <&> \"phases\"";
  c.x_label = "step";
  c.y_label = "left";
  c.second_label = "right";
  c.series = {{"first", {{0, 1}, {10, 2}}}, {"second", {{0, 100}, {10, 300}}, true}};
  c.bands = {{0, 4, "PHASE 1"}, {4, 8, "PHASE 2"}, {20, 30, "outside"}};
  c.marks = {{4, "peak"}, {40, "far"}};
  const std::string svg = to_svg(c);
  CHECK(svg.find("rank &lt;&amp;&gt; &quot;phases&quot;") != std::string::npos);
  CHECK(svg.find("<&>") == std::string::npos);
  CHECK(count(svg, "<rect class=\"band-") == 2);
  CHECK(count(svg, "class=\"mark\"") == 1);
  CHECK(count(svg, "<path") == 2);
  CHECK(count(svg, "line s1 second") == 2);  // the curve and its legend
  for (const char* text : {">left<", ">right<", ">step<", ">first<", ">second<", ">PHASE 1<", ">300<"})
    CHECK_MESSAGE(svg.find(text) != std::string::npos, text);
  CHECK(svg.find("<script") == std::string::npos);
  CHECK(to_svg_file(c).find("<style>") != std::string::npos);
}

TEST_CASE("report: long curves are thinned and keep their spikes") {
  detail::points many;
  for (int i = 0; i < 100000; ++i) many.emplace_back(i, std::sin(i * 0.001));
  many[54321].second = 7;
  const auto few = detail::thinned(many, 500);
  CHECK(few.size() <= 1000);
  double most = 0;
  for (std::size_t i = 0; i < few.size(); ++i) {
    most = std::max(most, few[i].second);
    if (i > 0) CHECK(few[i].first > few[i - 1].first);
  }
  CHECK(most == 7);
}

TEST_CASE("report: smoothing keeps a straight line straight") {
  detail::points line_points;
  for (int i = 0; i < 20; ++i) line_points.emplace_back(i, 3.0 * i);
  for (const auto& [x, y] : detail::smoothed(line_points, 7)) CHECK(std::fabs(y - 3 * x) < 1e-12);
  detail::points spike = {{0, 0}, {1, 0}, {2, 9}, {3, 0}, {4, 0}};
  CHECK(detail::smoothed(spike, 3)[1].second == 3);
  CHECK(detail::smoothed(spike, 3)[0].second == 0);
}
