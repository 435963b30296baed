// SPDX-License-Identifier: Apache-2.0
#include "joint_events.hpp"

#include <utility>

namespace drydock::cli {

using namespace engine;

class joint_events::of_one : public actors::upgrade_listener {
public:
  of_one(joint_events& to, event_context context)
    : to_(to), context_(std::move(context)) {}

  void on_event(const upgrade_event& event, duration since_start) override {
    const std::lock_guard guard(to_.mutex_);
    auto line = event_json(context_, ++to_.seq_, since_start, event);
    line["scaleSet"] = context_.scale_set;
    to_.out_.append(to_text(line) + '\n');
    if (to_.at_once_)
      to_.out_.hand_over();
  }

  void on_pause(const upgrade_progress&) override {
    const std::lock_guard guard(to_.mutex_);
    to_.out_.hand_over();
  }

private:
  joint_events& to_;
  event_context context_;
};

std::unique_ptr<actors::upgrade_listener> joint_events::of(event_context context) {
  return std::make_unique<of_one>(*this, std::move(context));
}

} // namespace drydock::cli
