// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"
#include "lease_rules.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace drydock::inline v1::store {

namespace {

struct kept_upgrade {
  upgrade_entry entry;
  std::string header;
  std::vector<std::string> records;
  std::vector<request> requests;
};

class memory_store final : public upgrade_store {
public:
  outcome<lease> acquire(std::string_view scale_set, const lease& who,
                         std::int64_t now_us,
                         const std::function<bool(const lease&)>& is_dead) override {
    std::lock_guard guard(mutex_);
    auto& held = leases_[std::string(scale_set)];
    if (may_take(held, who, now_us, is_dead))
      held = handed_over(held, who);
    return held;
  }

  failure renew(std::string_view scale_set, std::uint64_t epoch,
                std::int64_t expires_us) override {
    std::lock_guard guard(mutex_);
    if (!owned(scale_set, epoch))
      return lease_lost(scale_set);
    leases_.find(scale_set)->second.expires_us = expires_us;
    return std::nullopt;
  }

  failure release(std::string_view scale_set, std::uint64_t epoch) override {
    std::lock_guard guard(mutex_);
    if (owned(scale_set, epoch)) {
      auto& held = leases_.find(scale_set)->second;
      held = lease{epoch, {}, {}, 0, 0};
    }
    return std::nullopt;
  }

  outcome<lease> holder(std::string_view scale_set) override {
    std::lock_guard guard(mutex_);
    const auto at = leases_.find(scale_set);
    return at == leases_.end() ? lease{} : at->second;
  }

  failure create(const upgrade_entry& entry, std::string_view header,
                 std::uint64_t epoch) override {
    std::lock_guard guard(mutex_);
    if (!owned(entry.scale_set, epoch))
      return lease_lost(entry.scale_set);
    if (at(entry.id) != nullptr)
      return upgrade_exists(entry.id);
    auto& made = upgrades_.emplace_back();
    made.entry = entry;
    made.header = header;
    return std::nullopt;
  }

  failure append(std::string_view id, std::uint64_t number, std::string_view bytes,
                 std::uint64_t epoch, durability) override {
    std::lock_guard guard(mutex_);
    auto* found = at(id);
    if (found == nullptr)
      return no_such_upgrade(id);
    if (!owned(found->entry.scale_set, epoch))
      return lease_lost(found->entry.scale_set);
    if (number != found->records.size() + 1)
      return wrong_number(id, number, found->records.size());
    found->records.emplace_back(bytes);
    return std::nullopt;
  }

  failure close(std::string_view id, std::string_view status, std::int64_t ended_us,
                std::uint64_t epoch) override {
    std::lock_guard guard(mutex_);
    auto* found = at(id);
    if (found == nullptr)
      return no_such_upgrade(id);
    if (!owned(found->entry.scale_set, epoch))
      return lease_lost(found->entry.scale_set);
    found->entry.status = status;
    found->entry.ended_us = ended_us;
    return std::nullopt;
  }

  outcome<std::vector<upgrade_entry>> list(std::string_view scale_set) override {
    std::lock_guard guard(mutex_);
    std::vector<upgrade_entry> result;
    for (const auto& one : upgrades_)
      if (scale_set.empty() || one.entry.scale_set == scale_set)
        result.push_back(shown(one));
    std::reverse(result.begin(), result.end());
    std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
      return a.started_us > b.started_us;
    });
    return result;
  }

  outcome<upgrade_entry> find(std::string_view id) override {
    std::lock_guard guard(mutex_);
    if (const auto* found = at(id))
      return shown(*found);
    return no_such_upgrade(id);
  }

  outcome<std::string> header(std::string_view id) override {
    std::lock_guard guard(mutex_);
    if (const auto* found = at(id))
      return found->header;
    return no_such_upgrade(id);
  }

  failure read(std::string_view id, std::uint64_t first,
               const std::function<bool(std::uint64_t number, std::string_view bytes)>&
                 take) override {
    std::lock_guard guard(mutex_);
    const auto* found = at(id);
    if (found == nullptr)
      return no_such_upgrade(id);
    for (auto number = std::max<std::uint64_t>(first, 1);
         number <= found->records.size(); ++number)
      if (!take(number, found->records[number - 1]))
        break;
    return std::nullopt;
  }

  failure ask(std::string_view id, const request& what) override {
    std::lock_guard guard(mutex_);
    auto* found = at(id);
    if (found == nullptr)
      return no_such_upgrade(id);
    found->requests.push_back(what);
    return std::nullopt;
  }

  outcome<std::vector<request>> requests(std::string_view id) override {
    std::lock_guard guard(mutex_);
    auto* found = at(id);
    if (found == nullptr)
      return no_such_upgrade(id);
    return found->requests;
  }

  outcome<std::vector<request>> take_requests(std::string_view id) override {
    std::lock_guard guard(mutex_);
    auto* found = at(id);
    if (found == nullptr)
      return no_such_upgrade(id);
    return std::exchange(found->requests, {});
  }

private:
  [[nodiscard]] bool owned(std::string_view scale_set, std::uint64_t epoch) const {
    const auto held = leases_.find(scale_set);
    return held != leases_.end() && !held->second.owner.empty()
           && held->second.epoch == epoch;
  }

  /// Searched from the end: it is the latest that is written to.
  kept_upgrade* at(std::string_view id) {
    const auto found = std::find_if(upgrades_.rbegin(), upgrades_.rend(),
                                    [&](const auto& x) { return x.entry.id == id; });
    return found == upgrades_.rend() ? nullptr : &*found;
  }

  static upgrade_entry shown(const kept_upgrade& x) {
    auto result = x.entry;
    result.records = x.records.size();
    return result;
  }

  std::mutex mutex_;
  std::map<std::string, lease, std::less<>> leases_;
  std::vector<kept_upgrade> upgrades_;
};

} // namespace

std::unique_ptr<upgrade_store> make_memory_store() {
  return std::make_unique<memory_store>();
}

} // namespace drydock::inline v1::store
