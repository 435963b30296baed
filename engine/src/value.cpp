// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/value.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace drydock::inline v1::engine {

namespace {

/// Cuts the first step off a dotted path.
std::string_view take_step(std::string_view& path, bool& last) {
  const auto dot = path.find('.');
  const auto step = path.substr(0, dot);
  last = dot == std::string_view::npos;
  path.remove_prefix(last ? path.size() : dot + 1);
  return step;
}

std::string number_text(double x) {
  // JSON has no word for these.
  if (!std::isfinite(x))
    return "null";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr;
  std::string text(buffer.data(), end);
  // So that 2.0 stays recognizable as no integer.
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text;
}

void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (code < 0x20) {
      out += "\\u00";
      out += digits[code >> 4U];
      out += digits[code & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(std::string& out, const value& x) {
  if (x.is_null()) {
    out += "null";
  } else if (const auto* text = x.as_string()) {
    append_quoted(out, *text);
  } else if (const auto* list = x.as_list()) {
    out += '[';
    std::string_view separator;
    for (const auto& element : *list) {
      out += separator;
      append_json(out, element);
      separator = ",";
    }
    out += ']';
  } else if (const auto* table = x.as_table()) {
    out += '{';
    std::string_view separator;
    for (const auto& [key, element] : *table) {
      out += separator;
      append_quoted(out, key);
      out += ':';
      append_json(out, element);
      separator = ",";
    }
    out += '}';
  } else {
    out += x.to_text();
  }
}

using leaves = std::map<std::string, const value*>;

void collect_leaves(const value& x, const std::string& path, leaves& out) {
  const auto* table = x.as_table();
  if (table == nullptr) {
    if (!x.is_null())
      out.emplace(path, &x);
    return;
  }
  for (const auto& [key, element] : *table)
    collect_leaves(element, path.empty() ? key : path + '.' + key, out);
}

} // namespace

const value* value::find(std::string_view path) const {
  const value* at = this;
  for (bool last = false; !last;) {
    const auto step = take_step(path, last);
    const auto* entries = at->as_table();
    if (entries == nullptr)
      return nullptr;
    const auto found = entries->find(step);
    if (found == entries->end())
      return nullptr;
    at = &found->second;
  }
  return at;
}

void value::set(std::string_view path, value x) {
  value* at = this;
  for (bool last = false; !last;) {
    const auto step = take_step(path, last);
    if (at->as_table() == nullptr)
      *at = value(table{});
    at = &(*at->as_table())[std::string(step)];
  }
  *at = std::move(x);
}

std::string value::to_text() const {
  if (is_null())
    return {};
  if (const auto* text = as_string())
    return *text;
  if (const auto* flag = as_bool())
    return *flag ? "true" : "false";
  if (const auto* number = as_int())
    return std::to_string(*number);
  if (const auto* number = as_double())
    return number_text(*number);
  std::string out;
  append_json(out, *this);
  return out;
}

value merge(value target, const value& patch) {
  const auto* changes = patch.as_table();
  if (changes == nullptr)
    return patch;
  if (target.as_table() == nullptr)
    target = value(value::table{});
  auto& entries = *target.as_table();
  for (const auto& [key, change] : *changes) {
    if (change.is_null()) {
      entries.erase(key);
      continue;
    }
    auto& entry = entries[key];
    entry = merge(std::move(entry), change);
  }
  return target;
}

std::vector<std::string> changed_paths(const value& before, const value& after) {
  leaves old_leaves;
  leaves new_leaves;
  collect_leaves(before, "", old_leaves);
  collect_leaves(after, "", new_leaves);
  leaves all = old_leaves;
  all.insert(new_leaves.begin(), new_leaves.end());
  std::vector<std::string> paths;
  for (const auto& [path, leaf] : all) {
    const auto was = old_leaves.find(path);
    const auto is = new_leaves.find(path);
    if (was == old_leaves.end() || is == new_leaves.end()
        || *was->second != *is->second)
      paths.push_back(path);
  }
  return paths;
}

} // namespace drydock::inline v1::engine
