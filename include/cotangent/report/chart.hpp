#pragma once
// `chart`: what a line chart shows. Plain data; `to_svg` draws it.

#include <cotangent/report/axis.hpp>

#include <string>
#include <utility>
#include <vector>

namespace cot::report {

/// One curve. Points that are not finite break the line. Points share x with nobody: each series brings its own.
struct series {
  std::string name;
  std::vector<std::pair<double, double>> points = {};
  bool second_axis = false;  ///< read on the right-hand axis; drawn dashed
  int smooth = 1;            ///< above 1: a bold mean over so many points around each, with the raw curve behind it
};

/// A range of x that is shaded and named, such as a phase of training.
struct band {
  double from = 0;
  double to = 0;
  std::string name;
};

/// A single x that is marked by a line, such as the peak of the rank.
struct mark {
  double at = 0;
  std::string name;
};

struct chart {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::string second_label = {};
  std::vector<report::series> series = {};
  std::vector<band> bands = {};
  std::vector<mark> marks = {};
  scale x_scale = scale::linear;
  scale y_scale = scale::linear;
  int width = 720;
  int height = 340;
};

}  // namespace cot::report
