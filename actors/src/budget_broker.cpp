// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors/budget_broker.hpp"

#include <utility>

namespace drydock::inline v1::actors {

using namespace protocol;

class budget_broker::set_port : public budget_port {
public:
  set_port(std::shared_ptr<budget_broker> broker, std::size_t set)
    : broker_(std::move(broker)), set_(set) {}

  void ask(const budget_request& request, answer_taker to) override {
    broker_->ask(set_, request, std::move(to));
  }

private:
  std::shared_ptr<budget_broker> broker_;
  std::size_t set_;
};

budget_broker::budget_broker(std::uint32_t ceiling, std::vector<std::string> sets)
  : budget_(ceiling, sets.size()) {
  for (auto& name : sets)
    sets_.push_back({std::move(name), 0, 0, {}, {}});
}

std::shared_ptr<budget_port> budget_broker::port(std::size_t set) {
  return std::make_shared<set_port>(shared_from_this(), set);
}

void budget_broker::enter(std::size_t set) {
  const std::lock_guard guard(mutex_);
  budget_.enter(set);
}

void budget_broker::leave(std::size_t set) {
  const std::lock_guard guard(mutex_);
  budget_.leave(set);
  sets_[set].to = nullptr;
  tell_changes(set);
}

void budget_broker::leave(std::size_t set, std::uint32_t unavailable) {
  const std::lock_guard guard(mutex_);
  budget_.enter(set);
  budget_.report(set, unavailable, 0, 0);
  budget_.leave(set);
  tell_changes(set);
}

void budget_broker::ask(std::size_t set, const budget_request& request,
                        budget_port::answer_taker to) {
  const std::lock_guard guard(mutex_);
  budget_.report(set, request.unavailable, request.kept, request.wanted);
  sets_[set].request = request.request;
  sets_[set].to = std::move(to);
  tell(set, {request.request, budget_.share(set), budget_.ceiling(), holders()});
  tell_changes(set);
}

std::vector<std::pair<std::string, std::uint32_t>> budget_broker::holders() const {
  std::vector<std::pair<std::string, std::uint32_t>> result;
  for (std::size_t i = 0; i < sets_.size(); ++i)
    if (budget_.held(i) > 0 || budget_.is_awaited(i))
      result.emplace_back(sets_[i].name, budget_.held(i));
  return result;
}

void budget_broker::tell(std::size_t set, const budget_answer& answer) {
  sets_[set].told_share = answer.share;
  sets_[set].told_holders = answer.holders;
  if (sets_[set].to)
    sets_[set].to(answer);
}

/// Those whose share has changed, and those who wait, if others hold it now.
void budget_broker::tell_changes(std::size_t but) {
  const auto now = holders();
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    const auto& x = sets_[i];
    if (i == but || !x.to)
      continue;
    const auto share = budget_.share(i);
    if (share != x.told_share || (budget_.waits(i) && now != x.told_holders))
      tell(i, {x.request, share, budget_.ceiling(), now});
  }
}

} // namespace drydock::inline v1::actors
