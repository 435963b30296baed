// SPDX-License-Identifier: Apache-2.0
// report_pages FOLDER: writes the pages of made reports, for a browser to check.
#include "made_reports.hpp"
#include "rehearsal_html.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <variant>

int main(int argc, char** argv) {
  using namespace drydock::cli;
  if (argc != 2) {
    std::fputs("usage: report_pages FOLDER\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  for (const auto& each : made::page_cases()) {
    const auto page = rehearsal_html(each.variants, each.facts);
    if (const auto* why = std::get_if<html_trouble>(&page)) {
      std::fprintf(stderr, "%s\n", why->text.c_str());
      return 1;
    }
    std::ofstream file(folder / (each.name + ".html"), std::ios::binary);
    file << std::get<std::string>(page);
    if (!file.flush()) {
      std::fprintf(stderr, "cannot write into %s\n", argv[1]);
      return 1;
    }
  }
  return 0;
}
