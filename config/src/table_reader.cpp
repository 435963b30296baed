// SPDX-License-Identifier: Apache-2.0
#include "table_reader.hpp"

#include "drydock/config/duration_text.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace drydock::config {
namespace {

std::string number_text(double x) {
  std::ostringstream out;
  out << x;
  return out.str();
}

std::string range_text(std::int64_t least, std::int64_t most) {
  if (most == std::numeric_limits<std::int64_t>::max())
    return std::to_string(least) + " or more";
  return "from " + std::to_string(least) + " to " + std::to_string(most);
}

std::string range_text(const length_range& range) {
  if (range.most != engine::duration::max())
    return "from " + short_text(range.least) + " to " + short_text(range.most);
  // The least length of all stands for "not zero".
  if (range.least == engine::duration(1))
    return "longer than 0s";
  return short_text(range.least) + " or longer";
}

} // namespace

std::string short_text(engine::duration x) {
  struct unit {
    std::string_view name;
    std::int64_t length;
  };
  constexpr std::array<unit, 6> units{{{"h", 3'600'000'000'000},
                                       {"m", 60'000'000'000},
                                       {"s", 1'000'000'000},
                                       {"ms", 1'000'000},
                                       {"us", 1'000},
                                       {"ns", 1}}};
  auto rest = x.count();
  std::string result;
  for (const auto& [name, length] : units) {
    if (rest >= length)
      result += std::to_string(rest / length) + std::string(name);
    rest %= length;
  }
  return result.empty() ? "0s" : result;
}

table_reader::table_reader(const node* table, position at, diagnostics& sink,
                           std::string prefix)
  : table_(table), at_(at), sink_(&sink), prefix_(std::move(prefix)) {}

const member* table_reader::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end())
    known_.push_back(key);
  return table_ != nullptr ? table_->find(key) : nullptr;
}

position table_reader::position_of(std::string_view key) {
  const auto* found = find(key);
  return found != nullptr ? found->value.at : at_;
}

bool table_reader::read(std::string_view key, bool& out) {
  const auto* found = find(key);
  if (found == nullptr)
    return false;
  if (found->value.type != node::kind::boolean) {
    report_kind(found->value, key, "true or false");
    return false;
  }
  out = found->value.boolean;
  return true;
}

bool table_reader::read(std::string_view key, std::string& out) {
  const auto* found = find(key);
  if (found == nullptr)
    return false;
  if (found->value.type != node::kind::text) {
    report_kind(found->value, key, "a string");
    return false;
  }
  out = found->value.text;
  return true;
}

bool table_reader::read(std::string_view key, std::vector<std::string>& out) {
  const auto* found = find(key);
  if (found == nullptr)
    return false;
  auto strings = read_strings(found->value, key, *this);
  if (!strings)
    return false;
  out = std::move(*strings);
  return true;
}

bool table_reader::read(std::string_view key, double& out, double least, double most) {
  const auto* found = find(key);
  if (found == nullptr)
    return false;
  const auto& x = found->value;
  if (x.type != node::kind::floating && x.type != node::kind::integer) {
    report_kind(x, key, "a number");
    return false;
  }
  const double number =
    x.type == node::kind::integer ? static_cast<double>(x.integer) : x.floating;
  // Written so that not-a-number is out of range too.
  if (!(number >= least && number <= most)) {
    report(x.at, std::string(key) + " is " + number_text(number) + "; it must be from "
                   + number_text(least) + " to " + number_text(most));
    return false;
  }
  out = number;
  return true;
}

bool table_reader::read(std::string_view key, engine::duration& out,
                        const length_range& range) {
  const auto* found = find(key);
  if (found == nullptr)
    return false;
  const auto length = read_length(found->value, key, range, *this);
  out = length.value_or(out);
  return length.has_value();
}

bool table_reader::read_integer(std::string_view key, std::int64_t& out,
                                std::int64_t least, std::int64_t most,
                                std::string_view whose) {
  const auto* found = find(key);
  if (found == nullptr)
    return false;
  const auto& x = found->value;
  if (x.type != node::kind::integer) {
    report_kind(x, key, "an integer");
    return false;
  }
  if (x.integer < least || x.integer > most) {
    report(x.at, std::string(key) + " is " + std::to_string(x.integer) + "; it must be "
                   + range_text(least, most) + std::string(whose));
    return false;
  }
  out = x.integer;
  return true;
}

table_reader table_reader::table(std::string_view key) {
  const auto* found = find(key);
  if (found == nullptr)
    return {nullptr, at_, *sink_, prefix_};
  if (!found->value.is_table()) {
    report_kind(found->value, key, "a table");
    return {nullptr, found->value.at, *sink_, prefix_};
  }
  return {&found->value, found->begin(), *sink_, prefix_};
}

std::vector<const node*> table_reader::tables(std::string_view key) {
  std::vector<const node*> result;
  const auto* found = find(key);
  if (found == nullptr)
    return result;
  if (found->value.type != node::kind::list) {
    report_kind(found->value, key, "an array of tables");
    return result;
  }
  for (const auto& item : found->value.items) {
    if (item.is_table())
      result.push_back(&item);
    else
      report_kind(item, key, "an array of tables");
  }
  return result;
}

void table_reader::require(std::string_view key, std::string_view why) {
  if (!given(key))
    report(at_, "missing key \"" + std::string(key) + "\"" + std::string(why));
}

void table_reader::report(position at, const std::string& text) {
  sink_->add(at, prefix_ + text);
}

void table_reader::report_kind(const node& x, std::string_view key,
                               std::string_view wanted) {
  report(x.at, std::string(key) + " must be " + std::string(wanted) + ", not "
                 + std::string(describe(x.type)));
}

void table_reader::finish(const std::vector<std::string_view>& more,
                          const std::vector<std::string_view>& elsewhere) {
  if (table_ == nullptr)
    return;
  auto known = known_;
  known.insert(known.end(), more.begin(), more.end());
  auto meant = known;
  meant.insert(meant.end(), elsewhere.begin(), elsewhere.end());
  for (const auto& x : table_->members)
    if (std::find(known.begin(), known.end(), x.key) == known.end())
      report(x.at, unknown_key_text(x.key, meant));
}

std::optional<std::vector<std::string>>
read_strings(const node& x, std::string_view key, table_reader& reader) {
  if (x.type != node::kind::list) {
    reader.report_kind(x, key, "an array of strings");
    return std::nullopt;
  }
  std::vector<std::string> result;
  bool right = true;
  for (const auto& item : x.items) {
    if (item.type == node::kind::text) {
      result.push_back(item.text);
    } else {
      reader.report_kind(item, key, "an array of strings");
      right = false;
    }
  }
  return right ? std::optional(std::move(result)) : std::nullopt;
}

std::optional<engine::duration> read_length(const node& x, std::string_view key,
                                            const length_range& range,
                                            table_reader& reader) {
  if (x.type != node::kind::text) {
    reader.report_kind(x, key, "a string such as \"30s\" or \"PT30S\"");
    return std::nullopt;
  }
  const auto length = parse_duration(x.text);
  if (!length) {
    reader.report(x.at, std::string(key) + " is \"" + x.text
                          + "\", which is no length of time; write \"30s\", \"5m\", "
                            "\"1h30m\", \"250ms\" or ISO 8601 as in \"PT30S\"");
    return std::nullopt;
  }
  if (*length > longest_length && range.most > longest_length) {
    reader.report(x.at, std::string(key) + " is " + short_text(*length)
                          + "; it must be 36500d or less");
    return std::nullopt;
  }
  if (*length < range.least || *length > range.most) {
    reader.report(x.at, std::string(key) + " is " + short_text(*length)
                          + "; it must be " + range_text(range)
                          + std::string(range.whose));
    return std::nullopt;
  }
  return length;
}

} // namespace drydock::config
