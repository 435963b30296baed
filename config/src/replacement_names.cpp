// SPDX-License-Identifier: Apache-2.0
#include "replacement_names.hpp"

#include <unordered_set>

namespace drydock::config {
namespace {

// How many names an instance may have had before they may come again.
constexpr std::size_t names_max = 10'000;

/// Gives names that nobody has.
class name_giver {
public:
  name_giver(const engine::fleet& instances, const std::vector<std::string>& taken)
    : taken_(taken.begin(), taken.end()) {
    taken_.reserve(2 * instances.size());
    for (engine::instance_index i = 0; i < instances.size(); ++i)
      taken_.emplace(instances.id(i));
  }

  /// The number from 0 of the first of `name_of(0)`, `name_of(1)`, … that is free and
  /// comes after `last`, where that is one of them.
  template <class NameOf>
  std::size_t next(const std::string& last, NameOf&& name_of) {
    std::size_t first = 0;
    for (std::size_t n = 0; !last.empty() && n < names_max; ++n)
      if (name_of(n) == last) {
        first = n + 1;
        break;
      }
    while (!taken_.insert(name_of(first)).second)
      ++first;
    return first;
  }

private:
  std::unordered_set<std::string> taken_;
};

} // namespace

std::vector<engine::instance_spec>
name_replacements(const engine::fleet& instances,
                  const std::map<engine::instance_index, std::string>& origins,
                  const generated_names& generated) {
  name_giver names(instances, generated.taken);
  const auto& indexes = generated.indexes;
  const auto there = indexes.empty() ? generated.count : indexes.size();
  std::vector<engine::instance_spec> result(instances.size());
  for (engine::instance_index i = 0; i < instances.size(); ++i) {
    auto& spec = result[i] = instances.spec(i);
    const auto origin = origins.find(i);
    const auto last = origin == origins.end() ? std::string() : spec.id;
    if (i < there && generated.id->varies()) {
      const auto first = indexes.empty() ? i : indexes[i];
      const auto index = [&](std::size_t n) {
        return first + (n + 1) * generated.count;
      };
      const auto n =
        names.next(last, [&](std::size_t k) { return generated.id->fill(index(k)); });
      spec.id = generated.id->fill(index(n));
      if (generated.address->varies())
        spec.address = generated.address->fill(index(n));
      if (generated.port_rises && generated.port + index(n) <= 65'535)
        spec.port = static_cast<std::uint16_t>(generated.port + index(n));
      continue;
    }
    const auto base = origin == origins.end() ? spec.id : origin->second;
    const auto name = [&](std::size_t k) { return base + "-" + std::to_string(k + 2); };
    spec.id = name(names.next(last, name));
  }
  return result;
}

} // namespace drydock::config
