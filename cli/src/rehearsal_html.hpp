// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/rehearsal/report.hpp"

#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace drydock::cli {

/// What the page says about the rehearsed upgrade besides its reports. Any text will
/// do; the page shows it as it is.
struct html_facts {
  /// The fleet file, as the user named it.
  std::string file;
  std::string scale_set;
  /// Keys and values of the policy and of what else matters, in the order of the page.
  std::vector<std::pair<std::string, std::string>> policy;
  /// For each variant what stands behind `drydock rehearse` to rehearse it alone: the
  /// file and its settings, ready for a shell. None for a variant: the file.
  std::vector<std::string> replay;
};

/// Why there is no page: one sentence that says what to do.
struct html_trouble {
  std::string text;
};

/// The report of a rehearsal as a page: one HTML file, well-formed as XML, that
/// loads nothing, has no scripts, and looks well in light and dark, on large screens
/// and small ones. One variant is a plain rehearsal; of several, the first is the one
/// the others are compared with. Draws with gnuplot; blocks for as long. Equal values
/// give equal bytes with the same gnuplot. `variants` must not be empty.
[[nodiscard]] std::variant<std::string, html_trouble>
rehearsal_html(std::span<const rehearsal::variant> variants, const html_facts& facts);

} // namespace drydock::cli
