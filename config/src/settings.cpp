// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include "toml_reader.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace drydock::config {
namespace {

using key_path = std::vector<std::string>;

// TOML's own rules for text, asked of its parser: a comment may hold any.
bool is_text(const std::string& x) {
  return x.find_first_of("\r\n") == std::string::npos
         && std::holds_alternative<node>(read_toml("#" + x));
}

key_path split(std::string_view text) {
  key_path result;
  for (auto dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    result.emplace_back(text.substr(0, dot));
    text.remove_prefix(dot + 1);
  }
  result.emplace_back(text);
  return result;
}

// Keys with quotes go through TOML's parser. Others need no more than their dots: what
// TOML would not take without quotes is an unknown key sooner or later. Nothing for
// what is no key at all.
std::optional<key_path> read_path(const std::string& text) {
  key_path result;
  if (!is_text(text))
    return std::nullopt;
  if (text.find_first_of("\"'") == std::string::npos) {
    result = split(text);
  } else if (const auto parsed = read_toml(text + " = 0");
             const auto* tree = std::get_if<node>(&parsed)) {
    for (const auto* at = tree; !at->members.empty(); at = &at->members.front().value)
      result.push_back(at->members.front().key);
  }
  const auto empty = [](const std::string& x) { return x.empty(); };
  if (result.empty() || std::any_of(result.begin(), result.end(), empty))
    return std::nullopt;
  if (result.size() == 1)
    return key_path{"upgrade_policy", "rolling", result.front()};
  return result;
}

void place(node& x, position at) {
  x.at = at;
  for (auto& item : x.items)
    place(item, at);
  for (auto& [key, key_at, value] : x.members) {
    key_at = at;
    place(value, at);
  }
}

// As TOML; what is none is a string without quotes, and so is a date, which no key
// wants. Nothing for what no TOML string can hold.
std::optional<node> read_value(const std::string& text) {
  auto parsed = read_toml("x = " + text);
  auto* tree = std::get_if<node>(&parsed);
  if (tree != nullptr && tree->members.size() == 1
      && tree->members.front().value.type != node::kind::date)
    return std::move(tree->members.front().value);
  if (!is_text(text))
    return std::nullopt;
  node result;
  result.type = node::kind::text;
  result.text = text;
  return result;
}

member& find_or_add(node& table, const std::string& key, position at) {
  const auto found = std::find_if(table.members.begin(), table.members.end(),
                                  [&](const member& x) { return x.key == key; });
  if (found != table.members.end())
    return *found;
  node empty;
  empty.type = node::kind::table;
  empty.at = at;
  return table.members.emplace_back(member{key, at, std::move(empty)});
}

void put(node& tree, const key_path& path, node value, position at, diagnostics& sink) {
  auto* table = &tree;
  std::string walked;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    walked += (walked.empty() ? "" : ".") + path[i];
    table = &find_or_add(*table, path[i], at).value;
    if (!table->is_table()) {
      sink.add(at, walked + " is " + std::string(describe(table->type))
                     + ", not a table; set it as a whole");
      return;
    }
  }
  auto& target = find_or_add(*table, path.back(), at);
  target.at = at;
  target.value = std::move(value);
  place(target.value, at);
}

} // namespace

std::string to_label(const setting& x) {
  auto result = x.key + "=" + x.value;
  std::replace_if(
    result.begin(), result.end(),
    [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return result;
}

void apply_settings(std::span<const setting> settings, node& tree, diagnostics& sink) {
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const position at{0, 0, i + 1};
    const auto path = read_path(settings[i].key);
    auto value = read_value(settings[i].value);
    if (!path)
      sink.add(at, "this is no key; write one of [upgrade_policy.rolling], such as "
                   "max_surge, or a dotted path, such as health.command.interval");
    if (!value)
      sink.add(at, "the value has control characters, or is no UTF-8; write it as in "
                   "the file, in quotes and with escapes");
    if (path && value)
      put(tree, *path, std::move(*value), at, sink);
  }
}

} // namespace drydock::config
