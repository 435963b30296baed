// SPDX-License-Identifier: Apache-2.0
#include "distributions.hpp"

#include <algorithm>
#include <iterator>

namespace drydock::config {
namespace {

using shape = engine::duration_distribution::shape;
using distribution = std::optional<engine::duration_distribution>;

constexpr std::string_view distribution_help =
  " must be a string such as \"60s\", or { normal = [mean, deviation] }, "
  "{ uniform = [min, max] }, { lognormal = [median, sigma] }, "
  "{ exponential = [mean] } or { quantiles = [min, …, max] }";

// One for each tenth of a percent; a longer list says no more about an action.
constexpr std::size_t quantiles_max = 1001;

distribution make(shape kind, engine::duration first, engine::duration second = {},
                  double sigma = 0.0) {
  engine::duration_distribution result;
  result.kind = kind;
  result.first = first;
  result.second = second;
  result.sigma = sigma;
  return result;
}

// The items of a distribution's list; null after reporting.
const node* list_of(const member& x, std::size_t least, std::size_t most,
                    std::string_view what, table_reader& reader) {
  if (x.value.type == node::kind::list && x.value.items.size() >= least
      && x.value.items.size() <= most)
    return &x.value;
  reader.report(x.value.at, x.key + " must be an array of " + std::string(what));
  return nullptr;
}

distribution read_two_lengths(const member& x, shape kind, std::string_view what,
                              table_reader& reader) {
  const auto* list = list_of(x, 2, 2, what, reader);
  if (list == nullptr)
    return std::nullopt;
  const auto first = read_length(list->items[0], x.key, {}, reader);
  const auto second = read_length(list->items[1], x.key, {}, reader);
  if (!first || !second)
    return std::nullopt;
  return make(kind, *first, *second);
}

distribution read_normal(const member& x, table_reader& reader) {
  return read_two_lengths(x, shape::normal,
                          "a mean and a standard deviation: [\"30s\", \"5s\"]", reader);
}

distribution read_uniform(const member& x, table_reader& reader) {
  auto result = read_two_lengths(
    x, shape::uniform, "a least and a greatest length: [\"10s\", \"20s\"]", reader);
  if (!result || result->first <= result->second)
    return result;
  reader.report(x.value.at, "uniform has a least length of " + short_text(result->first)
                              + " above its greatest of " + short_text(result->second)
                              + "; swap them");
  return std::nullopt;
}

distribution read_lognormal(const member& x, table_reader& reader) {
  const auto* list = list_of(x, 2, 2, "a median and a sigma: [\"2m\", 0.5]", reader);
  if (list == nullptr)
    return std::nullopt;
  const auto median = read_length(list->items[0], x.key, {}, reader);
  const auto& sigma = list->items[1];
  if (sigma.type != node::kind::floating && sigma.type != node::kind::integer) {
    reader.report_kind(sigma, "lognormal's sigma", "a number");
    return std::nullopt;
  }
  const double number = sigma.type == node::kind::integer
                          ? static_cast<double>(sigma.integer)
                          : sigma.floating;
  // Ten sigmas span more orders of magnitude than a length of time has.
  if (!(number >= 0.0 && number <= 10.0)) {
    reader.report(sigma.at, "lognormal's sigma must be from 0 to 10");
    return std::nullopt;
  }
  return median ? make(shape::lognormal, *median, {}, number) : std::nullopt;
}

distribution read_exponential(const member& x, table_reader& reader) {
  const node* mean = &x.value;
  if (mean->type == node::kind::list) {
    mean = list_of(x, 1, 1, "one length, the mean: [\"30s\"]", reader);
    if (mean == nullptr)
      return std::nullopt;
    mean = &mean->items.front();
  }
  const auto length = read_length(*mean, x.key, {}, reader);
  return length ? make(shape::exponential, *length) : std::nullopt;
}

distribution read_quantiles(const member& x, table_reader& reader) {
  const auto* list = list_of(
    x, 2, quantiles_max,
    "2 to 1001 lengths, from the least to the greatest: [\"40s\", \"1m\", \"2m\"]",
    reader);
  if (list == nullptr)
    return std::nullopt;
  auto result = make(shape::quantiles, {});
  bool right = true;
  for (const auto& item : list->items) {
    const auto length = read_length(item, x.key, {}, reader);
    right = right && length;
    if (!right)
      continue;
    if (!result->points.empty() && *length < result->points.back()) {
      reader.report(item.at, "quantiles has " + short_text(*length) + " after "
                               + short_text(result->points.back())
                               + "; put its lengths in ascending order");
      return std::nullopt;
    }
    result->points.push_back(*length);
  }
  return right ? result : std::nullopt;
}

struct form {
  std::string_view key;
  distribution (*read)(const member& x, table_reader& reader);
};
constexpr form forms[] = {{"normal", read_normal},
                          {"uniform", read_uniform},
                          {"lognormal", read_lognormal},
                          {"exponential", read_exponential},
                          {"quantiles", read_quantiles}};

// Nothing after reporting.
distribution read_given(const member& given, std::string_view key,
                        table_reader& reader) {
  if (given.value.type == node::kind::text) {
    const auto length = read_length(given.value, key, {}, reader);
    return length ? make(shape::fixed, *length) : std::nullopt;
  }
  if (!given.value.is_table()) {
    reader.report(given.value.at, std::string(key) + std::string(distribution_help));
    return std::nullopt;
  }
  auto table = reader.table(key);
  // Every form is asked for, so that each is a known key.
  const auto count = std::count_if(std::begin(forms), std::end(forms),
                                   [&](const form& x) { return table.given(x.key); });
  table.finish();
  if (count != 1) {
    reader.report(given.value.at,
                  std::string(key) + std::string(distribution_help) + ", one of them");
    return std::nullopt;
  }
  const auto* chosen = std::find_if(std::begin(forms), std::end(forms),
                                    [&](const form& x) { return table.given(x.key); });
  return chosen->read(*table.find(chosen->key), table);
}

} // namespace

bool read_distribution(table_reader& reader, std::string_view key,
                       engine::duration_distribution& out) {
  const auto* given = reader.find(key);
  if (given == nullptr)
    return false;
  auto result = read_given(*given, key, reader);
  if (!result)
    return false;
  out = std::move(*result);
  return true;
}

bool read_distribution(table_reader& reader, std::string_view key,
                       std::optional<engine::duration_distribution>& out) {
  engine::duration_distribution x;
  if (!read_distribution(reader, key, x))
    return false;
  out = std::move(x);
  return true;
}

} // namespace drydock::config
