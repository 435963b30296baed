// SPDX-License-Identifier: Apache-2.0
#include "chart.hpp"

#include "made_reports.hpp"
#include "rehearsal_charts.hpp"
#include "svg_post.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>

using namespace drydock::cli;
using namespace std::chrono_literals;

namespace {

std::string texts_of(const std::vector<tick>& ticks) {
  std::string text;
  for (const auto& each : ticks)
    text += (text.empty() ? "" : " ") + each.text;
  return text;
}

/// gnuplot's svg terminal says it so.
constexpr std::string_view drawn = R"svg(<svg
 viewBox="0 0 344 60"
 xmlns="http://www.w3.org/2000/svg"
>
<title>Gnuplot</title>
<desc>Produced by GNUPLOT 5.4 patchlevel 4 </desc>
<g id="gnuplot_canvas">
<rect x="0" y="0" width="344" height="60" fill="#ffffff"/>
<defs>
	<circle id='gpDot' r='0.5' stroke-width='0.5' stroke='currentColor'/>
	<path id='gpPt0' stroke='rgb(10,11,1)' d='M-1,0 L1,0'/>
</defs>
<g fill="none" color="black" stroke="currentColor" stroke-width="1.00" stroke-linecap="butt">
	<path stroke='rgb( 10,  11,   4)' class="gridline"  d='M96.00,240.00 L911.99,240.00  '/></g>
<g fill="none" color="black" stroke="currentColor" stroke-width="1.00" stroke-linecap="butt">
	<path stroke='rgb( 10,  11,   3)'  d='M96.00,240.00  '/>	<g transform="translate(86.20,24.50)" stroke="none" fill="rgb(10,11,2)" font-family="sans-serif" font-size="13.00"  text-anchor="end">
		<text> t1t</text>
	</g>
</g>
	<g id="gnuplot_plot_1" ><title>$d0</title>
	<g stroke='none' shape-rendering='crispEdges'>
		<polygon fill = 'rgb( 10,  11,   5)' points = '1.00,2.00 3.50,2.00 3.50,4.00 '/>
		<polygon fill = 'rgb( 10,  11,   5)' points = '5.00,2.00 6.00,2.00 6.00,4.00 '/>
		<polygon fill = 'rgb(  0,   0,   0)' points = '5.00,2.00 6.00,2.00 6.00,4.00 '/>
	</g>
<g fill="none" stroke="rgb( 10,  11,   0)" stroke-width="1.50" stroke-linecap="butt">
	<path stroke='rgb( 10,  11,   0)'  d='M1.00,1.00 M2.00,2.10 L3.00,3.00 M4.00,4.00 '/></g>
	</g>
</g>
</svg>
)svg";

} // namespace

TEST_CASE("ticks are round, and no more than asked for") {
  CHECK(texts_of(number_ticks(0, 100, 6)) == "0 20 40 60 80 100");
  CHECK(texts_of(number_ticks(99, 100, 6)) == "99 99.2 99.4 99.6 99.8 100");
  CHECK(texts_of(whole_ticks(0, 2, 6)) == "0 1 2");
  for (const double low : {0.0, 0.3, 17.0, 99.0})
    for (double span = 0.001; span < 1e6; span *= 1.7)
      for (const int most : {4, 5, 11}) {
        const auto ticks = number_ticks(low, low + span, most);
        CHECK(ticks.size() <= static_cast<std::size_t>(most));
        CHECK(ticks.size() >= 1);
        for (const auto& each : ticks) {
          CHECK(each.at >= low - span * 1e-6);
          CHECK(each.at <= low + span * (1 + 1e-6));
        }
      }
}

TEST_CASE("time has the unit that fits its length, in steps that people count in") {
  CHECK(unit_for(1999ms).name == "ms");
  CHECK(unit_for(2s).name == "s");
  CHECK(unit_for(3min).name == "min");
  CHECK(unit_for(3h).name == "h");
  CHECK(unit_for(96h).name == "d");
  CHECK(unit_for(5min).of(90s) == doctest::Approx(1.5));
  CHECK(texts_of(unit_for(50min).ticks(0, 50, 5)) == "0 15 30 45");
  CHECK(texts_of(unit_for(20h).ticks(0, 20, 5)) == "0 6 12 18");
  CHECK(texts_of(unit_for(500ms).ticks(0, 500, 6)) == "0 100 200 300 400 500");
  CHECK(texts_of(unit_for(3s).ticks(2.0, 3.0, 5)) == "2 2.5 3");
}

TEST_CASE("gnuplot is told numbers, and never a text") {
  chart some({344, 100, 13.0, true}, {20, 10, 330, 60}, 0, 10, 0, 5);
  const std::string name = "`touch pwned` @x 'y' \"z\"\nplot";
  some.x_axis({{0, name}, {5, "5"}}, name);
  some.y_axis({{0, "0"}}, name);
  some.write(ink::text, 172, 50, chart::side::middle, name);
  some.box(ink::main, 0, 1, 0, 5);
  some.box(ink::main, 2, 3, 0, 5);
  some.line(ink::axis, 2, 0, 0, 1, 1);
  const auto script = some.script();
  for (const auto* word : {"touch", "`", "@", "\"", "plot\n", "'y'"})
    CHECK(script.find(word) == std::string::npos);
  CHECK(script.find("set xtics ('t0t' 0, 't1t' 5)") != std::string::npos);
  CHECK(script.find("set label 't5t' at screen 0.5,0.5 center") != std::string::npos);
  CHECK(script.find("$d0 << EOD\n0.5 2.5 0 1 0 5\n2.5 2.5 2 3 0 5\nEOD\n")
        != std::string::npos);
  CHECK(script.find("plot $d0 using 1:2:3:4:5:6 with boxxyerror lc rgb '#0a0b05', "
                    "$d1 using 1:2 with lines lw 2 lc rgb '#0a0b03'\n")
        != std::string::npos);
  CHECK(some.texts().at(5) == name);
}

TEST_CASE("pixels and the axes' units agree") {
  const chart some({344, 100, 13.0, true}, {20, 10, 320, 60}, 100, 110, 5, 0);
  CHECK(some.x_pixel(100) == doctest::Approx(20));
  CHECK(some.x_pixel(105) == doctest::Approx(170));
  CHECK(some.x_of_pixels(30) == doctest::Approx(1));
  CHECK(some.y_value(10) == doctest::Approx(0));
  CHECK(some.y_value(60) == doctest::Approx(5));
}

TEST_CASE("gnuplot's picture becomes shapes with classes") {
  chart some({344, 60, 13.0, true}, {0, 0, 344, 60}, 0, 1, 0, 1);
  some.write(ink::text, 0, 0, chart::side::left, "first");
  some.write(ink::text, 0, 0, chart::side::left, "<&>");
  const auto printed = "<?xml?>" + std::string(drawn) + "\n<svg>\n</svg>\n<svg";
  const auto pictures = split_svg(printed);
  REQUIRE(pictures.size() == 2);
  CHECK(
    inline_svg(pictures[0], some, {"an-id", "wide", "A \"title\""})
    == R"(<svg class="wide" role="img" aria-labelledby="an-id" viewBox="0 0 344 60" font-size="13">
<title id="an-id">A &quot;title&quot;</title>
<path class="s-grid" d="M96,240L911.99,240"/>
<text class="f-muted" x="86.2" y="24.5" text-anchor="end">&lt;&amp;&gt;</text>
<path class="f-main" d="M1,2L3.5,2L3.5,4ZM5,2L6,2L6,4Z"/>
<path class="s-text" stroke-width="1.5" d="M2,2.1L3,3"/>
</svg>
)");
}

TEST_CASE("every chart can be made of an empty report") {
  const drydock::rehearsal::report nothing;
  const std::vector<drydock::rehearsal::variant> two(2);
  for (const bool narrow : {false, true}) {
    for (const auto& each :
         {durations_chart(nothing, narrow), availability_chart(nothing, narrow),
          timeline_chart(nothing, narrow), fates_chart(nothing, narrow),
          phases_chart(nothing, narrow), compare_durations_chart(two, narrow),
          compare_odds_chart(two, narrow), compare_phases_chart(two, narrow)}) {
      CHECK(each.size().width == (narrow ? 344 : 992));
      CHECK(each.size().height > 40);
      CHECK(each.script().find("nan") == std::string::npos);
      CHECK(each.script().find("inf") == std::string::npos);
    }
  }
}

TEST_CASE("many batches lose their names, few do not") {
  made::world world;
  world.fault_odds = 0;
  const auto has = [](const chart& some, std::string_view text) {
    return std::ranges::any_of(some.texts(), [&](const std::string& each) {
      return each.find(text) != std::string::npos;
    });
  };
  const auto few = made::report_of(world);
  CHECK(has(timeline_chart(few, false), "10 · zone 3"));
  CHECK(has(timeline_chart(few, true), "Batch 10 · zone 3 · 12 instances"));
  world.batch = 2;
  const auto many = made::report_of(world);
  CHECK(has(timeline_chart(many, false), "Time that a batch takes (s)"));
  CHECK(has(timeline_chart(many, false), "zone 3"));
  CHECK_FALSE(has(timeline_chart(many, false), "10 ·"));
}
