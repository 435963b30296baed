// SPDX-License-Identifier: Apache-2.0
#include "well_formed.hpp"

#include <set>
#include <vector>

namespace drydock::cli {

namespace {

constexpr std::string_view letters =
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

std::string_view take_name(std::string_view& text) {
  const auto name = text.substr(0, text.find_first_not_of(letters));
  text.remove_prefix(name.size());
  return name;
}

bool good_text(std::string_view text) {
  for (auto at = text.find('&'); at != std::string_view::npos;
       at = text.find('&', at + 1)) {
    const auto end = text.find(';', at);
    if (end == std::string_view::npos)
      return false;
    const auto name = text.substr(at + 1, end - at - 1);
    if (name != "lt" && name != "gt" && name != "amp" && name != "quot"
        && name != "#39")
      return false;
  }
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n')
      return false;
  return text.find('<') == std::string_view::npos
         && text.find("]]>") == std::string_view::npos;
}

/// Whether these are attributes, each once, each with a value in double quotes.
bool good_attributes(std::string_view text) {
  std::set<std::string_view> seen;
  while (!text.empty()) {
    if (text.front() != ' ')
      return false;
    text.remove_prefix(1);
    const auto name = take_name(text);
    if (name.empty() || !seen.insert(name).second || !text.starts_with("=\""))
      return false;
    text.remove_prefix(2);
    const auto end = text.find('"');
    if (end == std::string_view::npos || !good_text(text.substr(0, end)))
      return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

} // namespace

std::string why_not_well_formed(std::string_view page) {
  constexpr std::string_view type = "<!DOCTYPE html>\n";
  if (!page.starts_with(type))
    return "no document type";
  page.remove_prefix(type.size());
  std::vector<std::string_view> open;
  while (!page.empty()) {
    const auto here = std::string(page.substr(0, 60));
    if (page.front() != '<') {
      const auto text = page.substr(0, page.find('<'));
      if (!good_text(text) || (open.empty() && text != "\n"))
        return "bad text: " + here;
      page.remove_prefix(text.size());
      continue;
    }
    // In values of attributes no `>` is left as it is.
    const auto end = page.find('>');
    if (end == std::string_view::npos)
      return "no end: " + here;
    auto tag = page.substr(1, end - 1);
    page.remove_prefix(end + 1);
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1))
        return "closes what is not open: " + here;
      open.pop_back();
      continue;
    }
    const auto alone = tag.ends_with('/');
    if (alone)
      tag.remove_suffix(1);
    const auto name = take_name(tag);
    if (name.empty() || !good_attributes(tag))
      return "bad tag: " + here;
    if (!alone)
      open.push_back(name);
  }
  return open.empty() ? "" : "never closed: " + std::string(open.back());
}

} // namespace drydock::cli
