// SPDX-License-Identifier: Apache-2.0
#include "replacement_names.hpp"

#include "index_template.hpp"

#include <algorithm>
#include <unordered_set>

namespace drydock::config {
namespace {

/// Gives names that nobody has, nor had.
class name_giver {
public:
  name_giver(const engine::fleet& instances, const name_scheme& names,
             const names_so_far& so_far)
    : so_far_(so_far), last_index_(last_given(so_far.given, names.id)),
      taken_(so_far.taken.begin(), so_far.taken.end()) {
    taken_.reserve(2 * instances.size());
    for (engine::instance_index i = 0; i < instances.size(); ++i)
      taken_.emplace(instances.id(i));
  }

  /// What follows the generated instance of that index.
  std::string next_index(std::size_t index, const index_template& by) {
    const auto step = std::max<std::size_t>(1, so_far_.count);
    index += step;
    if (index <= last_index_)
      index += ((last_index_ - index) / step + 1) * step;
    for (;; index += step)
      if (auto id = by.fill(index); taken_.insert(id).second)
        return id;
  }

  /// The index of the instance `i`, which is a generated one.
  [[nodiscard]] std::size_t index_at(engine::instance_index i, const name_scheme& names,
                                     std::string_view id) const {
    if (i >= names.generated)
      return static_cast<std::size_t>(index_of(names, id).value_or(i));
    return so_far_.indexes.empty() ? i : so_far_.indexes[i];
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
                                                     const name_scheme& names,
                                                     const names_so_far& so_far) {
  name_giver giver(instances, names, so_far);
  const auto generated = index_template::parse(names.id);
  std::vector<engine::instance_spec> result;
  result.reserve(instances.size());
  for (engine::instance_index i = 0; i < instances.size(); ++i) {
    auto spec = instances.spec(i);
    const auto origin = so_far.origins.find(i);
    auto id = is_generated(names, i) && !names.id.empty() && generated
                ? giver.next_index(giver.index_at(i, names, spec.id), *generated)
                : giver.next_name(
                  spec.id, origin == so_far.origins.end() ? nullptr : &origin->second);
    result.push_back(describe_replacement(names, i, std::move(spec), std::move(id)));
  }
  return result;
}

} // namespace drydock::config
