// SPDX-License-Identifier: Apache-2.0
#include "replacement_names.hpp"

#include <algorithm>
#include <unordered_set>

namespace drydock::config {
namespace {

/// Gives names that nobody has, nor had.
class name_giver {
public:
  name_giver(const engine::fleet& instances, const names_so_far& so_far)
    : so_far_(so_far), last_index_(last_given(so_far.given, so_far.id_template)) {
    taken_.reserve(2 * instances.size());
    for (engine::instance_index i = 0; i < instances.size(); ++i)
      taken_.emplace(instances.id(i));
  }

  /// The index of the one that follows the generated instance `i` of `count`.
  std::size_t next_index(std::size_t i, std::size_t count, const index_template& id) {
    auto index = i + count;
    if (index <= last_index_)
      index += (last_index_ - index) / count * count + count;
    while (!taken_.insert(id.fill(index)).second)
      index += count;
    return index;
  }

  /// What follows `id`, which is in the file as `origin`, if it replaced that one.
  std::string next_name(const std::string& id, const std::string* origin) {
    const auto base = origin != nullptr ? *origin : base_of(id);
    auto number = std::max<std::uint64_t>(1, last_given(so_far_.given, base));
    for (;;) {
      auto name = base + "-" + std::to_string(++number);
      if (taken_.insert(name).second)
        return name;
    }
  }

private:
  [[nodiscard]] std::string base_of(const std::string& id) const {
    const auto name = read_numbered(id);
    return name && last_given(so_far_.given, name->base) >= name->number ? name->base
                                                                         : id;
  }

  const names_so_far& so_far_;
  std::uint64_t last_index_;
  std::unordered_set<std::string> taken_;
};

} // namespace

std::vector<engine::instance_spec> name_replacements(const engine::fleet& instances,
                                                     const names_so_far& so_far,
                                                     const generated_names& generated) {
  name_giver names(instances, so_far);
  std::vector<engine::instance_spec> result(instances.size());
  for (engine::instance_index i = 0; i < instances.size(); ++i) {
    auto& spec = result[i] = instances.spec(i);
    if (i < generated.count && generated.id->varies()) {
      const auto index = names.next_index(i, generated.count, *generated.id);
      spec.id = generated.id->fill(index);
      if (generated.address->varies())
        spec.address = generated.address->fill(index);
      if (generated.port_rises && generated.port + index <= 65'535)
        spec.port = static_cast<std::uint16_t>(generated.port + index);
      continue;
    }
    const auto origin = so_far.origins.find(i);
    spec.id = names.next_name(
      spec.id, origin == so_far.origins.end() ? nullptr : &origin->second);
  }
  return result;
}

} // namespace drydock::config
