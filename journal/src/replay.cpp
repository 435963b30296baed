// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/replay.hpp"

#include "codec.hpp"
#include "drydock/journal/text.hpp"
#include "words.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::journal {

using namespace engine;

namespace {

/// Keeps effects, and passes events on.
class replay_sink : public command_sink {
public:
  replay_sink(std::vector<rollout_command>& effects, told_digest& digest,
              const replayer::listener& listener, instant at)
    : effects_(effects), digest_(digest), listener_(listener), at_(at) {}

  void take(rollout_command&& command) override {
    effects_.push_back(std::move(command));
  }
  void publish(upgrade_event&& event) override {
    digest_.add(event);
    if (listener_)
      listener_(event, at_);
  }

private:
  std::vector<rollout_command>& effects_;
  told_digest& digest_;
  const replayer::listener& listener_;
  instant at_;
};

std::string told_text(std::uint32_t count, std::uint64_t digest) {
  constexpr auto digits = "0123456789abcdef";
  std::string hex;
  for (int shift = 60; shift >= 0; shift -= 4)
    hex += digits[digest >> static_cast<unsigned>(shift) & 0xfU];
  return "told " + std::to_string(count) + (count == 1 ? " event" : " events")
         + ", digest " + hex;
}

std::string text_at(const std::vector<rollout_command>& list, std::size_t at,
                    const fleet& instances) {
  return at < list.size() ? to_text(list[at], instances) : "no further command";
}

/// Long lists are cut, and so may look the same: then the member is named.
void name_member(const rollout_command& a, const rollout_command& b,
                 const fleet& instances, difference& x) {
  const auto* one = std::get_if<command::start_members>(&a);
  const auto* other = std::get_if<command::start_members>(&b);
  if (one == nullptr || other == nullptr)
    return;
  const auto [p, q] = std::mismatch(one->instances.begin(), one->instances.end(),
                                    other->instances.begin(), other->instances.end());
  const auto number = std::to_string(p - one->instances.begin() + 1);
  if (p != one->instances.end())
    x.recorded += "; number " + number + " is " + name_of(*p, instances);
  if (q != other->instances.end())
    x.derived += "; number " + number + " is " + name_of(*q, instances);
}

bool same_command(const rollout_command& a, const rollout_command& b, instant at) {
  byte_writer x, y;
  put_effects(x, std::span(&a, 1), at);
  put_effects(y, std::span(&b, 1), at);
  return x.bytes() == y.bytes();
}

} // namespace

replayer::replayer(const header& begun, listener told)
  : instances_(begun.instances), machine_(begun.rollout, begun.instances),
    listener_(std::move(told)) {}

std::optional<difference> replayer::take(const turn& x) {
  ++turns_;
  effects_.clear();
  digest_.clear();
  replay_sink sink(effects_, digest_, listener_, x.at);
  machine_.apply(x.inputs, x.at, sink);
  recorded_.clear();
  derived_.clear();
  put_effects(recorded_, x.effects, x.at);
  put_effects(derived_, effects_, x.at);
  difference result{turns_, x.at, {}, {}};
  if (recorded_.bytes() != derived_.bytes()) {
    std::size_t at = 0;
    while (at < x.effects.size() && at < effects_.size()
           && same_command(x.effects[at], effects_[at], x.at))
      ++at;
    result.recorded = text_at(x.effects, at, *instances_);
    result.derived = text_at(effects_, at, *instances_);
    if (at < x.effects.size() && at < effects_.size())
      name_member(x.effects[at], effects_[at], *instances_, result);
    return result;
  }
  if (x.told != digest_.count() || x.told_digest != digest_.value()) {
    result.recorded = told_text(x.told, x.told_digest);
    result.derived = told_text(digest_.count(), digest_.value());
    return result;
  }
  return std::nullopt;
}

} // namespace drydock::inline v1::journal
