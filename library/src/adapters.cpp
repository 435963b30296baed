// SPDX-License-Identifier: Apache-2.0
#include "adapters.hpp"

#include "access.hpp"
#include "call_frame.hpp"
#include "probe_frame.hpp"

#include <exception>
#include <string>
#include <utility>

namespace drydock::inline v1::detail {

namespace {

/// The text of the exception that is being handled.
std::string text_of_exception() {
  try {
    throw;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

class driver_adapter : public protocol::driver {
public:
  driver_adapter(std::shared_ptr<v1::driver> user, driver_features features,
                 std::shared_ptr<const upgrade_facts> facts, duration timeout,
                 call_line line)
    : user_(user.get()), features_(features), facts_(std::move(facts)),
      timeout_(timeout), line_(std::move(line)) {
    line_.calls->keep(std::move(user));
  }

  bool start(const protocol::step_request& request,
             std::shared_ptr<protocol::step_port> port) override {
    const call_guard::pass pass(*line_.calls);
    if (!pass.is_open())
      return true; // the upgrade is over, and nobody waits for it
    const auto id = request.id;
    call_frame frame(port.get(), id.instance, id.generation, id.request);
    const auto keep = port;
    std::string problem;
    try {
      call(request, access::make(line_.answers, std::move(port), id));
      if (frame.is_open())
        problem = "the driver let go of it without an answer";
    } catch (...) {
      problem = "the driver threw an exception: " + text_of_exception();
      line_.answers->log()(log_level::error, problem);
    }
    if (!problem.empty()) // after an answer this one does not count
      keep->finished(id, {protocol::step_outcome::failed, std::move(problem)});
    return true;
  }

  bool inspect(const protocol::step_request& request,
               std::shared_ptr<protocol::step_port> port) override {
    const call_guard::pass pass(*line_.calls);
    if (!pass.is_open())
      return true;
    const auto id = request.id;
    call_frame frame(port.get(), id.instance, id.generation, id.request);
    const auto keep = port;
    std::string problem;
    try {
      user_->inspect_action(
        {facts_, id.instance}, action_of(request),
        access::make_inspection(line_.answers, std::move(port), id));
      if (frame.is_open())
        problem = "the driver let go of it without an answer";
    } catch (...) {
      problem = "driver::inspect_action threw an exception: " + text_of_exception();
      line_.answers->log()(log_level::error, problem);
    }
    if (!problem.empty()) // after an answer this one does not count
      keep->inspected(id, engine::action_fate::unknown, std::move(problem));
    return true;
  }

  /// Every step runs from the call on.
  void withdraw(protocol::ticket) override {}

  void kill(protocol::ticket id) override {
    const call_guard::pass pass(*line_.calls);
    if (!pass.is_open())
      return; // the engine ends: what runs is left to the driver
    try {
      user_->kill({facts_, id.instance});
    } catch (...) {
      line_.answers->log()(log_level::error,
                           "driver::kill threw an exception: " + text_of_exception());
    }
  }

  [[nodiscard]] bool has_hook(protocol::step_kind step) const override {
    return step == protocol::step_kind::before_instance
             ? features_.before_instance
             : step == protocol::step_kind::after_instance && features_.after_instance;
  }

  [[nodiscard]] duration timeout() const override { return timeout_; }

private:
  static action action_of(const protocol::step_request& request) {
    return {request.action, request.attempt, request.is_rollback()};
  }

  void call(const protocol::step_request& request, completion done) {
    const instance target(facts_, request.id.instance);
    const auto what = action_of(request);
    switch (request.step) {
    case protocol::step_kind::before_instance:
      return user_->before_instance(target, what, std::move(done));
    case protocol::step_kind::action:
      if (request.work == protocol::work_kind::create)
        return user_->create(target, what, std::move(done));
      if (engine::deletes(request.work))
        return user_->remove(target, what, std::move(done));
      return user_->upgrade(target, what, std::move(done));
    case protocol::step_kind::terminate_notification: // no library tells anybody
      return std::move(done).succeed();
    case protocol::step_kind::after_instance:
      return user_->after_instance(target, what, std::move(done));
    }
  }

  v1::driver* user_; // of the guard of the calls
  driver_features features_;
  std::shared_ptr<const upgrade_facts> facts_;
  duration timeout_;
  call_line line_;
};

class prober_adapter : public protocol::prober {
public:
  prober_adapter(std::shared_ptr<v1::prober> user,
                 std::shared_ptr<const upgrade_facts> facts, call_line line)
    : user_(user.get()), facts_(std::move(facts)), line_(std::move(line)) {
    line_.calls->keep(std::move(user));
  }

  void probe(std::span<const protocol::probe_request> requests, engine::instant,
             std::vector<protocol::probe_answer>& answered,
             const std::shared_ptr<protocol::probe_port>& port) override {
    for (const auto& request : requests) {
      const call_guard::pass pass(*line_.calls);
      if (!pass.is_open())
        return;
      probe_frame frame(port.get(), request, answered);
      try {
        user_->probe({facts_, request.instance},
                     access::make(line_.answers, port, request));
      } catch (...) {
        line_.answers->log()(log_level::error,
                             "the prober threw an exception: " + text_of_exception());
      }
      if (frame.is_open())
        frame.take({request.instance, request.generation, health_state::unknown,
                    custom_metrics{}});
    }
  }

private:
  v1::prober* user_; // of the guard of the calls
  std::shared_ptr<const upgrade_facts> facts_;
  call_line line_;
};

} // namespace

std::shared_ptr<protocol::driver> adapt(std::shared_ptr<driver> user,
                                        driver_features features,
                                        std::shared_ptr<const upgrade_facts> facts,
                                        duration timeout, call_line line) {
  return std::make_shared<driver_adapter>(std::move(user), features, std::move(facts),
                                          timeout, std::move(line));
}

std::shared_ptr<protocol::prober> adapt(std::shared_ptr<prober> user,
                                        std::shared_ptr<const upgrade_facts> facts,
                                        call_line line) {
  return std::make_shared<prober_adapter>(std::move(user), std::move(facts),
                                          std::move(line));
}

} // namespace drydock::inline v1::detail
