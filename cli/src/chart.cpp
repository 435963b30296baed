// SPDX-License-Identifier: Apache-2.0
#include "chart.hpp"

#include "html_text.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>

namespace drydock::cli {

namespace {

constexpr std::array<std::string_view, inks> ink_names = {
  "text",    "strong", "muted", "axis",   "grid",    "main",     "middle",
  "faint",   "good",   "warn",  "bad",    "other",   "settling", "action",
  "slowest", "health", "pause", "budget", "rollback"};

/// A number as gnuplot reads it.
std::string plain(double value) {
  return number_text(value, 9);
}

std::string row(std::initializer_list<double> values) {
  std::string result;
  for (const auto value : values)
    result += (result.empty() ? "" : " ") + plain(value);
  return result + "\n";
}

} // namespace

std::string_view to_string(ink x) {
  return ink_names.at(static_cast<std::size_t>(x));
}

std::string gnuplot_colour(ink x) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "#0a0b%02x", static_cast<unsigned>(x));
  return text.data();
}

double canvas::width_of(std::string_view text) const {
  return static_cast<double>(columns(text)) * font * 0.6;
}

std::size_t canvas::columns_in(double pixels) const {
  return static_cast<std::size_t>(std::max(1.0, pixels / (font * 0.6)));
}

chart::chart(const canvas& size, const area& plot, double x_low, double x_high,
             double y_low, double y_high)
  : size_(size), plot_(plot), x_low_(x_low), x_high_(x_high), y_low_(y_low),
    y_high_(y_high) {}

chart::layer& chart::layer_for(shape what, ink with, double width) {
  if (layers_.empty() || layers_.back().what != what || layers_.back().with != with
      || layers_.back().width != width)
    layers_.push_back({what, with, width, {}});
  return layers_.back();
}

std::string chart::token(std::string_view text) {
  texts_.emplace_back(text);
  return "'t" + std::to_string(texts_.size() - 1) + "t'";
}

std::string chart::tick_list(const std::vector<tick>& ticks) {
  std::string result;
  for (const auto& each : ticks)
    result += (result.empty() ? "" : ", ") + token(each.text) + " " + plain(each.at);
  return "(" + result + ")";
}

void chart::x_axis(const std::vector<tick>& ticks, std::string_view name) {
  const auto colour = [](ink x) { return "'" + gnuplot_colour(x) + "'"; };
  settings_ += "set xtics " + tick_list(ticks) + " nomirror scale 0 offset 0,0.4 "
               + "textcolor rgb " + colour(ink::muted) + "\n"
               + "set grid xtics lt 1 lw 1 lc rgb " + colour(ink::grid) + "\n"
               + "set border 1 lw 1 lc rgb " + colour(ink::axis) + "\n";
  write(ink::muted, (plot_.left + plot_.right) / 2,
        plot_.bottom + 2.2 * size_.line_height(), side::middle, name);
}

void chart::y_axis(const std::vector<tick>& ticks, std::string_view name) {
  const auto colour = [](ink x) { return "'" + gnuplot_colour(x) + "'"; };
  settings_ += "set ytics " + tick_list(ticks) + " nomirror scale 0 textcolor rgb "
               + colour(ink::muted) + "\n" + "set grid ytics lt 1 lw 1 lc rgb "
               + colour(ink::grid) + "\n";
  write(ink::muted, 2, size_.line_height() / 2, side::left, name);
}

void chart::box(ink with, double x0, double x1, double y0, double y1) {
  layer_for(shape::boxes, with, 0).rows +=
    row({(x0 + x1) / 2, (y0 + y1) / 2, x0, x1, y0, y1});
}

void chart::line(ink with, double width, double x0, double y0, double x1, double y1) {
  layer_for(shape::lines, with, width).rows += row({x0, y0}) + row({x1, y1}) + "\n";
}

void chart::begin_curve(ink with, double width) {
  layers_.push_back({shape::curve, with, width, {}});
}

void chart::bend(double x, double y) {
  layers_.back().rows += row({x, y});
}

void chart::begin_band(ink with) {
  layers_.push_back({shape::band, with, 0, {}});
}

void chart::band_at(double x, double low, double high) {
  layers_.back().rows += row({x, low, high});
}

void chart::write(ink with, double x, double y, side anchor, std::string_view text) {
  static constexpr std::array<const char*, 3> names = {"left", "center", "right"};
  settings_ += "set label " + token(text) + " at screen " + plain(x / size_.width) + ","
               + plain(1.0 - y / size_.height) + " "
               + names.at(static_cast<std::size_t>(anchor)) + " front textcolor rgb '"
               + gnuplot_colour(with) + "'\n";
}

double chart::x_pixel(double x) const {
  return plot_.left + (x - x_low_) / (x_high_ - x_low_) * (plot_.right - plot_.left);
}

double chart::y_value(double pixel) const {
  return y_low_
         + (plot_.bottom - pixel) / (plot_.bottom - plot_.top) * (y_high_ - y_low_);
}

double chart::x_of_pixels(double pixels) const {
  return pixels * (x_high_ - x_low_) / (plot_.right - plot_.left);
}

std::string chart::script() const {
  const auto across = [&](double x) { return plain(x / size_.width); };
  const auto upwards = [&](double y) { return plain(1.0 - y / size_.height); };
  auto text =
    "reset\nset terminal svg size " + std::to_string(size_.width) + ","
    + std::to_string(size_.height) + " dynamic noenhanced font 'sans-serif,"
    + plain(size_.font) + "' butt\n"
    + "set encoding utf8\nunset key\nset border 0\nunset xtics\nunset ytics\n"
    + "set lmargin at screen " + across(plot_.left) + "\nset rmargin at screen "
    + across(plot_.right) + "\nset tmargin at screen " + upwards(plot_.top)
    + "\nset bmargin at screen " + upwards(plot_.bottom) + "\nset xrange ["
    + plain(x_low_) + ":" + plain(x_high_) + "]\nset yrange [" + plain(y_low_) + ":"
    + plain(y_high_) + "]\nset style fill solid 1 noborder\n" + settings_;
  std::string plots;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto& each = layers_[i];
    const auto name = "$d" + std::to_string(i);
    text += name + " << EOD\n" + each.rows + "EOD\n";
    plots += (plots.empty() ? "plot " : ", ") + name;
    if (each.what == shape::boxes)
      plots += " using 1:2:3:4:5:6 with boxxyerror";
    else if (each.what == shape::band)
      plots += " using 1:2:3 with filledcurves";
    else
      plots += " using 1:2 with lines lw " + plain(each.width);
    plots += " lc rgb '" + gnuplot_colour(each.with) + "'";
  }
  return text + (plots.empty() ? "plot NaN" : plots) + "\n";
}

} // namespace drydock::cli
