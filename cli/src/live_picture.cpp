// SPDX-License-Identifier: Apache-2.0
#include "live_picture.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace drydock::cli {

namespace {

/// A state reads without its colour too: no two glyphs are alike.
struct look {
  cell state;
  std::string_view glyph;
  std::string_view ascii;
  std::string_view words;
  std::string_view colour;
};

constexpr std::array<look, cell_kinds> looks{{
  {cell::gone, " ", " ", "gone", "0"},
  {cell::up_to_date, "○", "o", "up to date", "36"},
  {cell::succeeded, "●", "#", "done", "32"},
  {cell::skipped, "–", "-", "skipped", "35"},
  {cell::pending, "·", ".", "pending", "90"},
  {cell::settling, "↻", "?", "waiting for health", "94"},
  {cell::working, "◐", "*", "in work", "33"},
  {cell::rolling_back, "«", "<", "rolling back", "1;33"},
  {cell::unhealthy, "!", "!", "unhealthy", "1;35"},
  {cell::failed, "✖", "X", "failed", "1;31"},
}};

const look& look_of(cell x) {
  return looks[static_cast<std::size_t>(x)];
}

std::string_view glyph_of(cell x, bool unicode) {
  return unicode ? look_of(x).glyph : look_of(x).ascii;
}

void append(picture_line& line, std::string_view text, std::optional<cell> tone) {
  if (line.empty() || line.back().tone != tone)
    line.push_back({{}, tone});
  line.back().text += text;
}

/// A line of text, made printable and cut to the width.
picture_line text_line(std::string_view text, const picture_frame& frame,
                       std::optional<cell> tone = std::nullopt) {
  const auto shown = printable(text, frame.unicode);
  return {{truncated(shown, frame.columns, frame.unicode), tone}};
}

// ---- the cells

/// How the cells are laid out.
struct layout {
  bool by_zone = true;
  std::size_t scale = 1;
  std::size_t label_columns = 0;
  std::size_t cells_in_line = 1;
};

constexpr std::size_t zone_name_columns_max = 12;

std::string label_of(const live_state::row& row, const picture_frame& frame) {
  if (row.zone.empty())
    return {};
  const auto name = printable(row.zone, frame.unicode);
  return "zone " + truncated(name, zone_name_columns_max, frame.unicode) + ' ';
}

std::size_t label_columns(const live_state& state, const picture_frame& frame) {
  std::size_t widest = 0;
  for (const auto& row : state.rows())
    widest = std::max(widest, columns(label_of(row, frame)));
  return widest;
}

constexpr std::size_t parts(std::size_t whole, std::size_t part) {
  return (whole + part - 1) / part;
}

std::size_t lines_needed(const live_state& state, const layout& how) {
  if (!how.by_zone)
    return std::max<std::size_t>(
      1, parts(parts(state.size(), how.scale), how.cells_in_line));
  std::size_t sum = 0;
  for (const auto& row : state.rows())
    sum += parts(parts(row.members.size(), how.scale), how.cells_in_line);
  return sum;
}

/// The next scale that is a round number: 1, 2, 5, 10, 20, 25, 50, 100, 200, …
std::size_t next_scale(std::size_t scale) {
  if (scale < 10)
    return scale == 1 ? 2 : scale == 2 ? 5 : 10;
  std::size_t power = 10;
  while (power * 10 <= scale)
    power *= 10;
  const auto lead = scale * 10 / power; // 10, 20, 25 or 50
  return lead == 10   ? power * 2
         : lead == 20 ? power * 25 / 10
         : lead == 25 ? power * 5
                      : power * 10;
}

/// The smallest scale whose cells fit into `lines` lines, at least one.
layout lay_out(const live_state& state, const picture_frame& frame, std::size_t lines) {
  layout how;
  how.label_columns = label_columns(state, frame);
  how.by_zone = state.rows().size() <= lines && how.label_columns + 8 <= frame.columns;
  if (!how.by_zone)
    how.label_columns = 0;
  how.cells_in_line = std::max<std::size_t>(1, frame.columns - how.label_columns);
  while (how.scale < state.size() && lines_needed(state, how) > lines)
    how.scale = next_scale(how.scale);
  return how;
}

/// The cells of some rows as one sequence.
std::vector<cell> gather_cells(const live_state& state,
                               std::span<const live_state::row> rows,
                               std::size_t scale) {
  std::vector<cell> cells;
  std::size_t in_cell = scale;
  for (const auto& row : rows)
    for (const auto i : row.members) {
      if (in_cell == scale) {
        cells.push_back(cell::gone);
        in_cell = 0;
      }
      cells.back() = std::max(cells.back(), state.shown(i));
      ++in_cell;
    }
  return cells;
}

void draw_cells(std::span<const cell> cells, std::string label, const layout& how,
                const picture_frame& frame, std::vector<picture_line>& out) {
  label.append(how.label_columns - columns(label), ' ');
  do {
    picture_line line;
    if (!label.empty())
      append(line, label, std::nullopt);
    const auto here = std::min(how.cells_in_line, cells.size());
    for (const auto x : cells.first(here))
      append(line, glyph_of(x, frame.unicode), x);
    out.push_back(std::move(line));
    cells = cells.subspan(here);
    label.assign(how.label_columns, ' ');
  } while (!cells.empty());
}

std::vector<picture_line> draw_grid(const live_state& state, const layout& how,
                                    const picture_frame& frame) {
  std::vector<picture_line> lines;
  if (!how.by_zone) {
    draw_cells(gather_cells(state, state.rows(), how.scale), {}, how, frame, lines);
    return lines;
  }
  for (const auto& row : state.rows())
    draw_cells(gather_cells(state, std::span(&row, 1), how.scale), label_of(row, frame),
               how, frame, lines);
  return lines;
}

// ---- what stands around them

picture_line draw_title(const live_state& state, const layout& how,
                        const picture_frame& frame) {
  const auto time = clock_text(frame.elapsed);
  auto name = printable(state.scale_set(), frame.unicode);
  const auto room =
    frame.columns > time.size() + 2 ? frame.columns - time.size() - 2 : 0;
  name = truncated(name, room, frame.unicode);
  auto used = columns(name) + 2 + time.size();
  const auto fits = [&](const std::string& part) {
    if (part.empty() || used + 2 + part.size() > frame.columns)
      return false;
    used += 2 + part.size();
    return true;
  };
  const auto note = how.scale > 1
                      ? "each cell = " + std::to_string(how.scale) + " instances"
                      : std::string();
  // The scale first: without it the cells mislead.
  const auto with_note = fits(note);
  const auto with_kind = fits(state.kind());
  const auto with_ending = fits(state.ending());
  auto text = name + (with_kind ? "  " + state.kind() : "") + "  " + time
              + (with_ending ? "  " + state.ending() : "")
              + (with_note ? "  " + note : "");
  return text_line(text, frame);
}

picture_line draw_legend(const live_state& state, const picture_frame& frame) {
  constexpr std::array order{cell::pending,   cell::up_to_date,   cell::working,
                             cell::settling,  cell::succeeded,    cell::failed,
                             cell::unhealthy, cell::rolling_back, cell::skipped};
  picture_line line;
  std::size_t used = 0;
  for (const auto x : order) {
    const auto always =
      x == cell::pending || x == cell::working || x == cell::succeeded;
    const auto wide = 2 + look_of(x).words.size() + (used > 0 ? 2 : 0);
    if ((!always && !state.seen(x)) || used + wide > frame.columns)
      continue;
    if (used > 0)
      append(line, "  ", std::nullopt);
    append(line, glyph_of(x, frame.unicode), x);
    append(line, " " + std::string(look_of(x).words), std::nullopt);
    used += wide;
  }
  return line;
}

std::string batch_text(const live_state::batch& batch) {
  if (batch.number == 0)
    return {};
  const auto name = "batch " + std::to_string(batch.number)
                    + (batch.place.empty() ? "" : " in " + batch.place);
  if (batch.finished)
    return name + " finished: " + std::to_string(batch.succeeded) + " succeeded, "
           + std::to_string(batch.failed) + " failed";
  return name + ": " + count_of_instances(batch.size) + ", "
         + std::to_string(batch.left) + " left";
}

/// Whole seconds, rounded up: a second that has begun counts.
std::string left_text(engine::duration left) {
  return clock_text(std::chrono::ceil<std::chrono::seconds>(left));
}

std::string counts_text(const live_state& state, const picture_frame& frame) {
  const auto in = [&](cell x) { return state.standing(x); };
  const auto done = in(cell::succeeded) + in(cell::up_to_date);
  const auto total = state.size() - in(cell::gone);
  auto text = std::to_string(done) + " of " + std::to_string(total) + " done";
  if (total > 0)
    text += " (" + std::to_string(std::uint64_t{done} * 100 / total) + " %)";
  const auto add = [&](std::uint32_t count, const char* what) {
    if (count > 0)
      text += ", " + std::to_string(count) + what;
  };
  add(in(cell::failed), " failed");
  add(in(cell::working) + in(cell::settling), " in work");
  add(in(cell::rolling_back), " rolling back");
  add(in(cell::pending), " pending");
  add(in(cell::skipped), " skipped");
  add(state.count(cell::unhealthy), " unhealthy");
  if (frame.remaining && state.ending().empty())
    text += "; about " + left_text(*frame.remaining) + " left, until " + frame.finish;
  return text;
}

std::string notice_text(const live_state& state, const picture_frame& frame) {
  if (state.notices().empty())
    return {};
  const auto soonest =
    std::min_element(state.notices().begin(), state.notices().end(),
                     [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto more = state.notices().size() - 1;
  return left_text(soonest->second - frame.elapsed) + " left until "
         + printable(state.id(soonest->first)) + " is deleted, which was told so"
         + (more > 0 ? "; and " + std::to_string(more) + " more" : std::string());
}

std::string wait_text(const live_state& state, const picture_frame& frame) {
  if (!state.cancel().empty())
    return state.cancel();
  if (!state.waiting())
    return notice_text(state, frame);
  const auto& wait = *state.waiting();
  if (!wait.until)
    return wait.text;
  // The time first: the names behind it may be cut off.
  return left_text(*wait.until - frame.elapsed) + " left, " + wait.text;
}

/// A line below the cells; the higher the rank, the sooner it is left out.
struct ranked_line {
  int rank = 0;
  picture_line line;
};

std::vector<picture_line> draw_footer(const live_state& state,
                                      const picture_frame& frame, std::size_t lines) {
  std::vector<ranked_line> all;
  all.push_back({4, draw_legend(state, frame)});
  if (const auto text = batch_text(state.current()); !text.empty())
    all.push_back({2, text_line(text, frame)});
  all.push_back({0, text_line(counts_text(state, frame), frame)});
  if (const auto text = wait_text(state, frame); !text.empty())
    all.push_back({1, text_line(text, frame)});
  const auto& failures = state.failures();
  for (std::size_t i = 0; i < failures.size(); ++i) {
    const auto newest = i + 1 == failures.size();
    const auto text =
      std::string(glyph_of(cell::failed, frame.unicode)) + ' ' + failures[i];
    all.push_back(
      {newest ? 3 : static_cast<int>(10 - i), text_line(text, frame, cell::failed)});
  }
  while (all.size() > lines)
    all.erase(std::max_element(
      all.begin(), all.end(),
      [](const ranked_line& a, const ranked_line& b) { return a.rank < b.rank; }));
  std::vector<picture_line> result;
  result.reserve(all.size());
  for (auto& x : all)
    result.push_back(std::move(x.line));
  return result;
}

/// Legend, batch, counts, wait and failures: kept free even while there are
/// fewer, so that the scale does not change with them.
constexpr std::size_t footer_lines_max = 4 + live_state::failures_max;

} // namespace

std::vector<picture_line> draw(const live_state& state, const picture_frame& frame) {
  if (frame.rows < 2 || frame.columns == 0)
    return {};
  const auto room = frame.rows - 2; // the title, and the cursor below
  const auto zones = state.rows().size();
  const auto least = zones <= room / 2 ? zones : std::min<std::size_t>(room, 1);
  const auto kept = std::min(footer_lines_max, room - least);
  const auto how = lay_out(state, frame, std::max<std::size_t>(1, room - kept));
  std::vector<picture_line> lines{draw_title(state, how, frame)};
  if (room == 0)
    return lines;
  auto grid = draw_grid(state, how, frame);
  auto footer = draw_footer(state, frame, room - grid.size());
  std::move(grid.begin(), grid.end(), std::back_inserter(lines));
  std::move(footer.begin(), footer.end(), std::back_inserter(lines));
  return lines;
}

std::string plain_text(const picture_line& line) {
  std::string text;
  for (const auto& run : line)
    text += run.text;
  return text;
}

std::string coloured_text(const picture_line& line) {
  std::string text;
  for (const auto& run : line) {
    if (run.tone)
      text +=
        "\x1b[" + std::string(look_of(*run.tone).colour) + 'm' + run.text + "\x1b[0m";
    else
      text += run.text;
  }
  return text;
}

} // namespace drydock::cli
