// SPDX-License-Identifier: Apache-2.0
#include "access.hpp"
#include "call_frame.hpp"
#include "inspection_round.hpp"
#include "longest_wait.hpp"
#include "probe_frame.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace drydock::inline v1 {

using detail::access;
using detail::call_frame;
using protocol::step_outcome;

namespace {

/// What is added to a clock.
duration within_reach(duration after) {
  return std::clamp(after, duration{0}, detail::longest_wait);
}

} // namespace

// -- completion -----------------------------------------------------------------

completion::completion(completion&& other) noexcept
  : gate_(std::move(other.gate_)), port_(std::move(other.port_)),
    instance_(other.instance_), generation_(other.generation_),
    request_(other.request_) {}

completion& completion::operator=(completion&& other) noexcept {
  completion dropped(std::move(*this));
  gate_ = std::move(other.gate_);
  port_ = std::move(other.port_);
  instance_ = other.instance_;
  generation_ = other.generation_;
  request_ = other.request_;
  return *this;
}

completion::~completion() {
  if (port_ == nullptr)
    return;
  auto* frame = call_frame::of(port_.get(), instance_, generation_, request_);
  if (frame != nullptr && frame->unwinding()) {
    frame->leave_open();
    return;
  }
  gate_->pass([this] {
    gate_->log()(log_level::warning, "the driver let go of an action on instance "
                                       + std::to_string(instance_)
                                       + " without an answer: it has failed");
  });
  fail("the driver let go of it without an answer");
}

void access::finish(completion& x, step_outcome outcome, std::string message,
                    duration after) {
  const auto port = std::exchange(x.port_, nullptr);
  if (port == nullptr)
    return;
  const protocol::ticket id{x.instance_, x.generation_, x.request_};
  const auto tell = [&] {
    port->finished(id, {outcome, std::move(message)}, within_reach(after));
  };
  if (call_frame::of(port.get(), id.instance, id.generation, id.request) != nullptr)
    tell(); // the engine calls, and so it is there
  else
    x.gate_->pass(tell);
}

void completion::succeed(duration after) noexcept {
  access::finish(*this, step_outcome::succeeded, {}, after);
}

void completion::fail(std::string message, duration after) noexcept {
  access::finish(*this, step_outcome::failed, std::move(message), after);
}

void completion::fail_transiently(std::string message, duration after) noexcept {
  access::finish(*this, step_outcome::transient, std::move(message), after);
}

void completion::fail_for_quota(std::string message, duration after) noexcept {
  access::finish(*this, step_outcome::quota_short, std::move(message), after);
}

// -- action_inspection ----------------------------------------------------------

action_inspection::action_inspection(action_inspection&& other) noexcept
  : gate_(std::move(other.gate_)), port_(std::move(other.port_)),
    instance_(other.instance_), generation_(other.generation_),
    request_(other.request_) {}

action_inspection& action_inspection::operator=(action_inspection&& other) noexcept {
  action_inspection dropped(std::move(*this));
  gate_ = std::move(other.gate_);
  port_ = std::move(other.port_);
  instance_ = other.instance_;
  generation_ = other.generation_;
  request_ = other.request_;
  return *this;
}

action_inspection::~action_inspection() {
  if (port_ == nullptr)
    return;
  auto* frame = call_frame::of(port_.get(), instance_, generation_, request_);
  if (frame != nullptr && frame->unwinding())
    frame->leave_open();
  else
    answer(action_fate::unknown, "the driver let go of it without an answer");
}

void access::answer(action_inspection& x, engine::action_fate fate, std::string message,
                    duration after) {
  const auto port = std::exchange(x.port_, nullptr);
  if (port == nullptr)
    return;
  const protocol::ticket id{x.instance_, x.generation_, x.request_};
  const auto tell = [&] {
    port->inspected(id, fate, std::move(message), within_reach(after));
  };
  if (call_frame::of(port.get(), id.instance, id.generation, id.request) != nullptr)
    tell(); // the engine calls, and so it is there
  else
    x.gate_->pass(tell);
}

void action_inspection::answer(action_fate fate, std::string message,
                               duration after) noexcept {
  access::answer(*this, fate, std::move(message), after);
}

// -- probe_completion -----------------------------------------------------------

probe_completion::probe_completion(probe_completion&& other) noexcept
  : gate_(std::move(other.gate_)), port_(std::move(other.port_)),
    instance_(other.instance_), generation_(other.generation_) {}

probe_completion& probe_completion::operator=(probe_completion&& other) noexcept {
  probe_completion dropped(std::move(*this));
  gate_ = std::move(other.gate_);
  port_ = std::move(other.port_);
  instance_ = other.instance_;
  generation_ = other.generation_;
  return *this;
}

probe_completion::~probe_completion() {
  if (port_ == nullptr)
    return;
  auto* frame = call_frame::of(port_.get(), instance_, generation_, 0);
  if (frame != nullptr && frame->unwinding())
    frame->leave_open();
  else
    answer(health_state::unknown);
}

void access::answer(probe_completion& x, health_state seen,
                    const custom_metrics& metrics) {
  const auto port = std::exchange(x.port_, nullptr);
  if (port == nullptr)
    return;
  protocol::probe_answer told;
  told.instance = x.instance_;
  told.generation = x.generation_;
  told.raw = seen;
  told.metrics = metrics;
  auto* frame = call_frame::of(port.get(), x.instance_, x.generation_, 0);
  if (frame != nullptr)
    static_cast<probe_frame*>(frame)->take(std::move(told));
  else
    x.gate_->pass([&] { port->answered({told}); });
}

void probe_completion::answer(health_state seen,
                              const custom_metrics& metrics) noexcept {
  access::answer(*this, seen, metrics);
}

// -- inspection -----------------------------------------------------------------

inspection::inspection(inspection&& other) noexcept
  : round_(std::move(other.round_)), instance_(other.instance_) {}

inspection& inspection::operator=(inspection&& other) noexcept {
  inspection dropped(std::move(*this));
  round_ = std::move(other.round_);
  instance_ = other.instance_;
  return *this;
}

inspection::~inspection() {
  fail("the driver let go of the inspection without an answer");
}

void inspection::runs_latest_model(bool yes) noexcept {
  if (const auto round = std::exchange(round_, nullptr))
    round->answer(instance_, yes, {});
}

void inspection::fail(std::string message) noexcept {
  if (const auto round = std::exchange(round_, nullptr))
    round->answer(instance_, false, std::move(message));
}

// -- what drivers need not have -------------------------------------------------

driver::~driver() = default;
prober::~prober() = default;

void driver::before_instance(const instance&, const action&, completion done) {
  done.succeed();
}

void driver::after_instance(const instance&, const action&, completion done) {
  done.succeed();
}

void driver::create(const instance& target, const action&, completion done) {
  done.fail("this driver cannot make " + std::string(target.id())
            + ": override driver::create, or leave create_and_remove out of its "
              "features");
}

void driver::remove(const instance& target, const action&, completion done) {
  done.fail("this driver cannot delete " + std::string(target.id())
            + ": override driver::remove, or leave create_and_remove out of its "
              "features");
}

void driver::inspect(const instance&, inspection done) {
  done.runs_latest_model(false);
}

void driver::inspect_action(const instance&, const action&, action_inspection done) {
  done.answer(action_fate::cannot_tell);
}

void driver::kill(const instance&) {}

} // namespace drydock::inline v1
