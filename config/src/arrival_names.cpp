// SPDX-License-Identifier: Apache-2.0
#include "arrival_names.hpp"

#include "drydock/engine/scale.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace drydock::config {
namespace {

// A run of digits that is longer is no number that was given.
constexpr std::size_t digits_max = 9;

class arrival_names {
public:
  arrival_names(const arrival_source& from, const engine::fleet& instances,
                const replaced_instances& known)
    : from_(from), known_(known), slot_(from.count) {
    for (engine::instance_index i = 0; i < instances.positions(); ++i)
      note(std::string(instances.id(i)));
    std::unordered_set<std::string_view> kept;
    for (const auto& [key, x] : known) {
      kept.insert(x.now.id);
      note(key);
      note(x.now.id);
      note(x.before.id);
    }
    next_ = std::max(next_, by_template() ? from.count : instances.size());
    if (from.last > 0)
      next_ = std::max(next_, static_cast<std::size_t>(from.last) + 1);
    for (engine::instance_index i = 0; i < instances.size(); ++i) {
      if (!kept.contains(instances.id(i)))
        listed_.emplace(instances.id(i));
      elsewhere_ =
        elsewhere_ || instances.address(i) != engine::instance_spec{}.address;
    }
  }

  new_instance next() {
    new_instance result;
    while (!used_.insert(name(next_)).second)
      ++next_;
    if (by_template())
      result.spec = from_.generate(next_);
    else if (elsewhere_)
      result.spec.address.clear(); // where it will be, whoever makes it has to say
    result.spec.id = name(next_);
    result.key = key_for(result.spec.id);
    return result;
  }

private:
  [[nodiscard]] bool by_template() const {
    return from_.id != nullptr && from_.id->varies();
  }

  [[nodiscard]] std::string name(std::size_t index) const {
    return by_template() ? from_.id->fill(index)
                         : from_.name + '-' + std::to_string(index);
  }

  /// A number comes after all those that were given.
  void note(const std::string& id) {
    for (std::size_t begin = 0; begin < id.size(); ++begin) {
      std::size_t number = 0;
      for (auto end = begin; end < id.size() && end < begin + digits_max; ++end) {
        if (id[end] < '0' || id[end] > '9')
          break;
        number = number * 10 + static_cast<std::size_t>(id[end] - '0');
        if (name(number) == id)
          next_ = std::max(next_, number + 1);
      }
    }
    used_.insert(id);
  }

  /// As the file will call it when its count is raised, which is nobody of the file
  /// now; where it has no such names, by its own.
  std::string key_for(const std::string& id) {
    if (!by_template())
      return id;
    for (;;)
      if (auto key = from_.id->fill(slot_++);
          !known_.contains(key) && !listed_.contains(key))
        return key;
  }

  const arrival_source& from_;
  const replaced_instances& known_;
  std::size_t slot_;
  std::size_t next_ = 0;
  std::unordered_set<std::string> used_;
  std::unordered_set<std::string> listed_; // names of the file that are nobody else's
  bool elsewhere_ = false;                 // instances have addresses of their own
};

} // namespace

std::vector<new_instance> make_arrivals(const arrival_source& from,
                                        const engine::fleet& instances,
                                        const replaced_instances& known,
                                        std::size_t count) {
  arrival_names names(from, instances, known);
  std::vector<new_instance> result;
  for (const auto zone : engine::place_new(instances, count)) {
    auto& x = result.emplace_back(names.next());
    x.spec.zone =
      zone == engine::fleet::no_zone ? std::string() : instances.zones()[zone];
  }
  return result;
}

} // namespace drydock::config
