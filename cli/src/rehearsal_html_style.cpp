// SPDX-License-Identifier: Apache-2.0
#include "rehearsal_html_parts.hpp"

#include <array>
#include <string>

namespace drydock::cli {

namespace {

/// One colour in light and in dark.
struct colour {
  std::string_view name;
  std::string_view light;
  std::string_view dark;
};

// Texts reach a contrast of 4.5 : 1 on page and cards, shapes 3 : 1, in both
// schemes; bands and grid lines, which only stand behind others, less.
constexpr std::array colours = {
  colour{"page", "#f4f6f9", "#0e1217"},   colour{"card", "#ffffff", "#161b22"},
  colour{"edge", "#d8dee6", "#2b333d"},   colour{"well", "#f4f6f9", "#0e1217"},
  colour{"text", "#1c2530", "#e6ebf1"},   colour{"strong", "#1c2530", "#f4f7fa"},
  colour{"muted", "#566270", "#9fabb9"},  colour{"link", "#1f5fc4", "#7fb0ff"},
  colour{"axis", "#8390a0", "#6d7988"},   colour{"grid", "#e6eaf0", "#262e38"},
  colour{"main", "#2563c4", "#6ba3f7"},   colour{"middle", "#93b7ee", "#2f5a9c"},
  colour{"faint", "#d3e2f9", "#1d3252"},  colour{"good", "#1b8a5a", "#3fb883"},
  colour{"warn", "#b87503", "#e0a53a"},   colour{"bad", "#c93a2b", "#f2776a"},
  colour{"other", "#7a8696", "#8895a5"},  colour{"settling", "#7f8b9a", "#8592a2"},
  colour{"action", "#2563c4", "#6ba3f7"}, colour{"slowest", "#6b4fc0", "#a78bfa"},
  colour{"health", "#1b9a78", "#3cc29a"}, colour{"pause", "#a9906b", "#b59d79"},
  colour{"budget", "#cc7a00", "#f0a93c"}, colour{"rollback", "#c93a2b", "#f2776a"},
};

constexpr std::string_view rules = R"css(
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;overflow-wrap:break-word;background:var(--page);color:var(--text);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",Arial,sans-serif}
main{max-width:1088px;margin:0 auto;padding:32px 24px 48px}
h1,h2,h3{margin:0;line-height:1.25;font-weight:650;overflow-wrap:anywhere}
h1{font-size:1.9rem;letter-spacing:-.01em}
h2{font-size:1.3rem}
h3{font-size:1.05rem}
main>h2{margin-top:40px}
main>.setting{margin-top:16px}
p{margin:8px 0}
header p,footer,.note,figcaption{color:var(--muted)}
header{margin-bottom:24px}
header p{overflow-wrap:anywhere}
footer{margin-top:32px;font-size:.9rem;max-width:46rem}
.note,figcaption{font-size:.9rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",
monospace;font-size:.9em}
code{overflow-wrap:anywhere}
.card,.tile{background:var(--card);border:1px solid var(--edge);border-radius:12px}
.card{padding:24px;margin-top:20px}
.card>h3{margin-top:28px}
.card>h3:first-child{margin-top:0}
dl,dd{margin:0}
.tiles{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:16px;margin-top:20px}
.tile{padding:16px 20px}
.tile dt,.strip dt{color:var(--muted);font-size:.85rem}
.tile strong{display:block;font-size:1.55rem;line-height:1.3;font-weight:650;
letter-spacing:-.01em}
.tile span{display:block;color:var(--muted);font-size:.85rem;line-height:1.4;margin-top:2px}
.strip{display:flex;flex-wrap:wrap;gap:12px 32px;margin-top:16px;padding:12px 16px;
background:var(--well);border-radius:8px}
.strip dd{font-weight:600;font-variant-numeric:tabular-nums}
figure{margin:16px 0 0}
figcaption{margin-top:6px}
.key{display:inline-block;margin-right:18px}
svg{display:block;width:100%;height:auto;font-variant-numeric:tabular-nums}
svg path{fill:none;stroke-linejoin:round}
svg text{paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
svg .f-strong{font-weight:650}
svg.narrow{display:none}
.swatch{display:inline-block;width:.75em;height:.75em;border-radius:3px;
margin-right:.5em;vertical-align:-.02em}
table{width:100%;margin-top:20px;border-collapse:collapse;font-size:.92rem;
font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding-bottom:6px}
th,td{padding:7px 16px 7px 0;text-align:left;vertical-align:top;
border-bottom:1px solid var(--edge)}
th:last-child,td:last-child{padding-right:0}
tbody tr:last-child>*{border-bottom:0}
thead th{color:var(--muted);font-weight:500;font-size:.85rem;vertical-align:bottom}
tbody th{font-weight:500}
.n{text-align:right}
@media (min-width:1000px){td.n{white-space:nowrap}tbody th{min-width:10rem}}
details{margin-top:16px}
summary{cursor:pointer;color:var(--link);width:fit-content}
summary:focus-visible{outline:2px solid var(--link);outline-offset:3px;border-radius:4px}
.setting>summary{color:var(--text);width:auto;padding:14px 20px;background:var(--card);
border:1px solid var(--edge);border-radius:12px}
.setting>summary>h2{display:inline}
.policy{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:4px 32px;
margin-top:10px;font-size:.9rem}
.policy div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 16px;
border-bottom:1px solid var(--edge);padding:4px 0}
.policy dd{overflow-wrap:anywhere}
.runs{margin:12px 0 0;padding:0;list-style:none}
.runs li+li{margin-top:18px}
.runs p{margin:0}
pre{margin:6px 0 0;padding:8px 12px;background:var(--well);border-radius:8px;
white-space:pre-wrap;overflow-wrap:anywhere}
pre span{white-space:nowrap}
@media (max-width:819px){
main{padding:20px 10px 32px}
h1{font-size:1.5rem}
.card{padding:16px 12px}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px}
.tile{padding:12px}
.strip{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:10px 12px;padding:12px}
.tile strong{font-size:1.25rem}
.policy{grid-template-columns:minmax(0,1fr)}
svg.wide{display:none}
svg.narrow{display:block;max-width:560px;margin:0 auto}
table,caption,tbody,tr,tbody th,td{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{padding:8px 0;border-bottom:1px solid var(--edge)}
tr:last-child{border-bottom:0}
th,td{padding:1px 0;border-bottom:0}
tbody th{font-weight:650}
td,.n{display:flex;justify-content:space-between;gap:16px;text-align:right}
td::before{content:attr(data-name);color:var(--muted);text-align:left;flex:none;max-width:55%}
}
@media (min-width:820px) and (max-width:999px){
.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}
}
@media print{
.card,.tile{break-inside:avoid}
}
)css";

std::string variables(std::string_view colour::*scheme) {
  std::string text;
  for (const auto& each : colours)
    text.append("--").append(each.name).append(":").append(each.*scheme).append(";");
  return ":root{" + text + "}\n";
}

std::string make_style() {
  auto text = variables(&colour::light) + "@media (prefers-color-scheme:dark){\n"
              + variables(&colour::dark) + "}" + std::string(rules);
  for (std::size_t i = 0; i < inks; ++i) {
    const auto name = std::string(to_string(static_cast<ink>(i)));
    text += "svg .f-" + name + "{fill:var(--" + name + ")}svg .s-" + name
            + "{stroke:var(--" + name + ")}.b-" + name + "{background:var(--" + name
            + ")}\n";
  }
  return text;
}

} // namespace

std::string_view rehearsal_style() {
  static const std::string style = make_style();
  return style;
}

} // namespace drydock::cli
