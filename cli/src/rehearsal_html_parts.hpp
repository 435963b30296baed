// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chart.hpp"
#include "picture_book.hpp"

#include "drydock/rehearsal/report.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The parts a rehearsal's page is put together from; all return HTML.
namespace drydock::cli {

/// The style sheet, without its element.
[[nodiscard]] std::string_view rehearsal_style();

struct table_column {
  // Implicit, for lists of names.
  table_column(const char* its_name, bool has_words = false)
    : name(its_name), words(has_words) {}

  std::string_view name;
  /// Else numbers, at the right.
  bool words;
};
inline constexpr bool words = true;

/// A table; on small screens each row becomes a block with the columns' names.
class html_table {
public:
  /// `caption` may be empty; the first column names the rows.
  html_table(std::string_view caption, std::vector<table_column> columns);
  /// HTML, one for each column.
  void row(const std::vector<std::string>& cells);
  [[nodiscard]] std::string text() const;

private:
  std::string head_;
  std::vector<table_column> columns_;
  std::string rows_;
};

/// `<hN>TEXT</hN>` for a plain text.
[[nodiscard]] std::string heading(int level, std::string_view text);
/// A coloured square and a plain text.
[[nodiscard]] std::string swatch(ink with, std::string_view text);
/// How a run ended, with its colour.
[[nodiscard]] std::string fate_html(rehearsal::fate::kind what, std::string_view code);
/// A coloured square and a text in a list of them, below a picture.
[[nodiscard]] std::string key(ink with, std::string_view text);
/// Numbers beside each other with their names above them; all plain text.
[[nodiscard]] std::string
strip(const std::vector<std::pair<std::string, std::string>>& facts);

/// One setting from its numbers to its worst runs. Headings have `level`; `replay`
/// is what stands behind `drydock rehearse`.
[[nodiscard]] std::string whole_report(picture_book& pictures,
                                       const rehearsal::report& of, int level,
                                       std::string_view replay);

/// The four numbers at the top.
[[nodiscard]] std::string headline(const rehearsal::report& of);
[[nodiscard]] std::string fates_table(const rehearsal::report& of);
[[nodiscard]] std::string bad_ends_table(const rehearsal::report& of);
[[nodiscard]] std::string below_table(const rehearsal::report& of);
[[nodiscard]] std::string phases_table(const rehearsal::report& of);
[[nodiscard]] std::string batches_table(const rehearsal::report& of);
[[nodiscard]] std::string worst_runs(const rehearsal::report& of,
                                     std::string_view replay);

/// All settings side by side.
[[nodiscard]] std::string comparison(picture_book& pictures,
                                     std::span<const rehearsal::variant> all);

} // namespace drydock::cli
