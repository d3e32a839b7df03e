#pragma once
// `to_svg`: draws a chart as SVG, without scripts; colours follow the reader's light or dark theme through CSS.

#include <cotangent/report/chart.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cot::report {

/// The style sheet of charts. Six line colours that stay apart for colour-blind readers (after Okabe & Ito), in two
/// tones.
[[nodiscard]] inline std::string_view chart_style() {
  return R"(.chart{--ink:#1f2933;--soft:#66727f;--grid:#e6e9ed;--axis:#aab4bf;--band-1:#eef4fb;--band-2:#fdf3e7;--paper:#ffffff;
--c0:#0068a8;--c1:#c8500a;--c2:#00805a;--c3:#a8518a;--c4:#b07d00;--c5:#3d9ccf;
font-family:Inter,"Segoe UI",system-ui,-apple-system,"Helvetica Neue",Arial,sans-serif;font-size:12px;display:block;max-width:100%;height:auto}
@media (prefers-color-scheme:dark){.chart{--ink:#e4e9ee;--soft:#98a4b0;--grid:#2b333c;--axis:#55616d;--band-1:#1b2733;--band-2:#2e2519;--paper:#161b21;
--c0:#5db2ea;--c1:#f2914e;--c2:#3fc79a;--c3:#dc93c4;--c4:#e0b23e;--c5:#93d0f2}}
.chart text{fill:var(--soft)}
.chart .title{fill:var(--ink);font-size:15px;font-weight:600}
.chart .label{fill:var(--soft);font-size:12px}
.chart .name{fill:var(--ink);font-size:12px}
.chart .tick{font-size:11px;font-variant-numeric:tabular-nums}
.chart .grid{stroke:var(--grid);stroke-width:1}
.chart .axis{stroke:var(--axis);stroke-width:1;fill:none}
.chart .band-1{fill:var(--band-1)}.chart .band-2{fill:var(--band-2)}
.chart .band-name{font-size:11px;font-weight:600;letter-spacing:.04em}
.chart .mark{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}
.chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.chart .second{stroke-dasharray:6 4}
.chart .raw{stroke-width:1;opacity:.28}
.chart .dot{stroke:var(--paper);stroke-width:1.5}
.chart .hidden{opacity:0}.chart .hidden:hover{opacity:1}
.chart .s0{stroke:var(--c0)}.chart .s1{stroke:var(--c1)}.chart .s2{stroke:var(--c2)}.chart .s3{stroke:var(--c3)}.chart .s4{stroke:var(--c4)}.chart .s5{stroke:var(--c5)}
.chart .f0{fill:var(--c0)}.chart .f1{fill:var(--c1)}.chart .f2{fill:var(--c2)}.chart .f3{fill:var(--c3)}.chart .f4{fill:var(--c4)}.chart .f5{fill:var(--c5)}
)";
}

namespace detail {

using points = std::vector<std::pair<double, double>>;

/// Mean over the `window` points around each, fewer at the ends; points that are not finite stay and are not counted.
[[nodiscard]] inline points smoothed(const points& raw, int window) {
  points result;
  const std::ptrdiff_t size = static_cast<std::ptrdiff_t>(raw.size()), reach = window / 2;
  for (std::ptrdiff_t i = 0; i < size; ++i) {
    const auto& [x, y] = raw[static_cast<std::size_t>(i)];
    double sum = 0, count = 0;
    const std::ptrdiff_t near = std::min({reach, i, size - 1 - i});  // as far on one side as on the other
    for (std::ptrdiff_t k = i - near; k <= i + near; ++k)
      if (const double v = raw[static_cast<std::size_t>(k)].second; std::isfinite(v)) sum += v, ++count;
    result.emplace_back(x, std::isfinite(y) ? sum / count : y);
  }
  return result;
}

/// At most about 2 * limit points: of each group the smallest and the largest, so that no spike is lost.
[[nodiscard]] inline points thinned(const points& all, std::size_t limit) {
  if (all.size() <= 2 * limit) return all;
  points result;
  for (std::size_t g = 0; g < limit; ++g) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(all.size() * g / limit);
    const auto last = all.begin() + static_cast<std::ptrdiff_t>(all.size() * (g + 1) / limit);
    auto [low, high] =
        std::minmax_element(first, last, [](const auto& a, const auto& b) { return a.second < b.second; });
    if (high < low) std::swap(low, high);
    result.push_back(*low);
    if (high != low) result.push_back(*high);
  }
  return result;
}

class svg_drawing {
 public:
  explicit svg_drawing(const chart& c) : chart_(c), x_(c.x_scale), y_(c.y_scale) {
    for (const series& s : c.series)
      for (const auto& [x, y] : s.points)
        if (x_.shows(x) && (s.second_axis ? second_ : y_).shows(y)) {
          x_.include(x);
          (s.second_axis ? second_ : y_).include(y);
          has_second_ = has_second_ || s.second_axis;
        }
    x_.settle(7, false);
    y_.settle(5, true);
    second_.settle(5, true);
    left_ = 26.0 + label_room(y_);
    right_ = c.width - (has_second_ ? 26.0 + label_room(second_) : 18.0);
    legend_top_ = c.title.empty() ? 24.0 : 52.0;
    top_ = legend_top_ + 14.0;
    double x = left_;
    for (const series& s : c.series) {
      if (x > left_ && x + legend_room(s) > right_) x = left_, top_ += 18;
      x += legend_room(s);
    }
    bottom_ = c.height - (c.x_label.empty() ? 28.0 : 46.0);
  }

  [[nodiscard]] std::string draw() {
    bands();
    grid();
    marks();
    for (std::size_t i = 0; i < chart_.series.size(); ++i) line(chart_.series[i], i % 6);
    labels();
    legend();
    return std::move(out_);
  }

 private:
  [[nodiscard]] static double label_room(const axis& a) {
    std::size_t widest = 1;
    for (const tick& t : a.ticks()) widest = std::max(widest, t.label.size());
    return 12.0 + 6.6 * static_cast<double>(widest);
  }
  [[nodiscard]] static double legend_room(const series& s) {
    return 47 + 7.0 * static_cast<double>(display_width(s.name));
  }
  [[nodiscard]] double at_x(double value) const { return left_ + x_.position(value) * (right_ - left_); }
  [[nodiscard]] double at_y(const axis& a, double value) const {
    return bottom_ - a.position(value) * (bottom_ - top_);
  }
  [[nodiscard]] static std::string number(double v) { return fixed(v, 1); }

  void segment(std::string_view kind, double x1, double y1, double x2, double y2) {
    out_ += "<line class=\"" + std::string(kind) + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" +
            number(x2) + "\" y2=\"" + number(y2) + "\"/>\n";
  }
  void text(std::string_view kind, std::string_view anchor, double x, double y, std::string_view content,
            std::string_view more = "") {
    out_ += "<text class=\"" + std::string(kind) + "\" text-anchor=\"" + std::string(anchor) + "\" x=\"" + number(x) +
            "\" y=\"" + number(y) + "\"" + std::string(more) + ">" + escape_markup(content) + "</text>\n";
  }

  void bands() {
    for (std::size_t i = 0; i < chart_.bands.size(); ++i) {
      const band& b = chart_.bands[i];
      if (!x_.shows(b.from) || !x_.shows(b.to)) continue;
      const double from = at_x(std::clamp(b.from, x_.least(), x_.most())),
                   to = at_x(std::clamp(b.to, x_.least(), x_.most()));
      if (!(to > from)) continue;
      out_ += "<rect class=\"band-" + std::to_string(i % 2 + 1) + "\" x=\"" + number(from) + "\" y=\"" + number(top_) +
              "\" width=\"" + number(to - from) + "\" height=\"" + number(bottom_ - top_) + "\"/>\n";
      if (to - from > 7.0 * static_cast<double>(b.name.size())) text("band-name", "start", from + 8, top_ + 16, b.name);
    }
  }

  void grid() {
    for (const tick& t : y_.ticks()) {
      segment("grid", left_, at_y(y_, t.value), right_, at_y(y_, t.value));
      text("tick", "end", left_ - 8, at_y(y_, t.value) + 4, t.label);
    }
    if (has_second_)
      for (const tick& t : second_.ticks()) text("tick", "start", right_ + 8, at_y(second_, t.value) + 4, t.label);
    for (const tick& t : x_.ticks()) {
      segment("axis", at_x(t.value), bottom_, at_x(t.value), bottom_ + 5);
      text("tick", "middle", at_x(t.value), bottom_ + 19, t.label);
    }
    segment("axis", left_, bottom_, right_, bottom_);
  }

  void marks() {
    for (const mark& m : chart_.marks) {
      if (!x_.shows(m.at) || m.at < x_.least() || m.at > x_.most()) continue;
      segment("mark", at_x(m.at), top_, at_x(m.at), bottom_);
      const bool fits = at_x(m.at) + 7.0 * static_cast<double>(m.name.size()) < right_;
      text("tick", fits ? "start" : "end", at_x(m.at) + (fits ? 6 : -6), bottom_ - 8, m.name);
    }
  }

  void path(const std::string& kind, const axis& y, const points& where) {
    std::string d;
    bool pen_down = false;
    for (const auto& [px, py] : where) {
      if (!x_.shows(px) || !y.shows(py)) {
        pen_down = false;
        continue;
      }
      d += (pen_down ? "L" : "M") + number(at_x(px)) + " " + number(at_y(y, py));
      pen_down = true;
    }
    if (!d.empty()) out_ += "<path class=\"line " + kind + "\" d=\"" + d + "\"/>\n";
  }

  void line(const series& s, std::size_t colour) {
    const axis& y = s.second_axis ? second_ : y_;
    const std::string kind = "s" + std::to_string(colour) + (s.second_axis ? " second" : "");
    if (s.smooth > 1) path("raw " + kind, y, thinned(s.points, static_cast<std::size_t>(chart_.width)));
    path(kind, y,
         thinned(s.smooth > 1 ? smoothed(s.points, s.smooth) : s.points, static_cast<std::size_t>(chart_.width)));
    if (s.points.size() > 200 || s.smooth > 1) return;
    const std::string dot =
        std::string("dot ") + (s.points.size() > 24 ? "hidden " : "") + "f" + std::to_string(colour);
    for (const auto& [px, py] : s.points)
      if (x_.shows(px) && y.shows(py))
        out_ += "<circle class=\"" + dot + "\" cx=\"" + number(at_x(px)) + "\" cy=\"" + number(at_y(y, py)) +
                "\" r=\"3.2\"><title>" + escape_markup(s.name + ": " + general(py, 6) + " at " + general(px, 8)) +
                "</title></circle>\n";
  }

  void labels() {
    if (!chart_.title.empty()) text("title", "start", 14, 26, chart_.title);
    if (!chart_.x_label.empty()) text("label", "middle", (left_ + right_) / 2, chart_.height - 10.0, chart_.x_label);
    const double middle = (top_ + bottom_) / 2;
    const auto turned = [&](double x, std::string_view content) {
      text("label", "middle", x, middle, content,
           " transform=\"rotate(-90 " + number(x) + " " + number(middle) + ")\"");
    };
    if (!chart_.y_label.empty()) turned(18, chart_.y_label);
    if (has_second_ && !chart_.second_label.empty()) turned(chart_.width - 10.0, chart_.second_label);
  }

  void legend() {
    double x = left_, y = legend_top_;
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      const series& s = chart_.series[i];
      if (x > left_ && x + legend_room(s) > right_) x = left_, y += 18;
      segment("line s" + std::to_string(i % 6) + (s.second_axis ? " second" : ""), x, y - 4, x + 22, y - 4);
      text("name", "start", x + 29, y, s.name);
      x += legend_room(s);
    }
  }

  const chart& chart_;
  axis x_;
  axis y_;
  axis second_;
  bool has_second_ = false;
  double legend_top_ = 0, top_ = 0, left_ = 0, right_ = 0, bottom_ = 0;
  std::string out_;
};

}  // namespace detail

/// An <svg> element to be put into a page that carries `chart_style()`.
[[nodiscard]] inline std::string to_svg(const chart& c) {
  const std::string width = std::to_string(c.width), height = std::to_string(c.height);
  return "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + width + " " + height +
         "\" width=\"" + width + "\" height=\"" + height + "\" role=\"img\" aria-label=\"" + escape_markup(c.title) +
         "\">\n" + detail::svg_drawing(c).draw() + "</svg>\n";
}

/// A file of its own: the same with its style sheet and background.
[[nodiscard]] inline std::string to_svg_file(const chart& c) {
  std::string svg = to_svg(c);
  const std::size_t body = svg.find('\n') + 1;
  svg.insert(body, "<style>" + std::string(chart_style()) +
                       "</style>\n<rect width=\"100%\" height=\"100%\" style=\"fill:var(--paper)\"/>\n");
  return svg;
}

}  // namespace cot::report
