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
                 std::shared_ptr<gate> answers, log_sink log)
    : user_(std::move(user)), features_(features), facts_(std::move(facts)),
      timeout_(timeout), answers_(std::move(answers)), log_(std::move(log)) {}

  bool start(const protocol::step_request& request,
             std::shared_ptr<protocol::step_port> port) override {
    const auto id = request.id;
    call_frame frame(port.get(), id.instance, id.generation, id.request);
    const auto keep = port; // the answer to an exception goes there
    try {
      call(request, access::make(answers_, std::move(port), id));
    } catch (...) {
      auto text = "the driver threw an exception: " + text_of_exception();
      log_(log_level::error, text);
      if (frame.is_open())
        keep->finished(id, {protocol::step_outcome::failed, std::move(text)});
    }
    return true;
  }

  /// Every step runs from the call on.
  void withdraw(protocol::ticket) override {}

  void kill(protocol::ticket id) override {
    if (!answers_->is_open())
      return; // the engine ends: what runs is left to the driver
    try {
      user_->kill({facts_, id.instance});
    } catch (...) {
      log_(log_level::error, "driver::kill threw an exception: " + text_of_exception());
    }
  }

  [[nodiscard]] bool has_hook(protocol::step_kind step) const override {
    return step == protocol::step_kind::before_instance
             ? features_.before_instance
             : step == protocol::step_kind::after_instance && features_.after_instance;
  }

  [[nodiscard]] duration timeout() const override { return timeout_; }

private:
  void call(const protocol::step_request& request, completion done) {
    const instance target(facts_, request.id.instance);
    const action what{request.action, request.attempt, request.rollback};
    switch (request.step) {
    case protocol::step_kind::before_instance:
      return user_->before_instance(target, what, std::move(done));
    case protocol::step_kind::action:
      return user_->upgrade(target, what, std::move(done));
    case protocol::step_kind::after_instance:
      return user_->after_instance(target, what, std::move(done));
    }
  }

  std::shared_ptr<v1::driver> user_;
  driver_features features_;
  std::shared_ptr<const upgrade_facts> facts_;
  duration timeout_;
  std::shared_ptr<gate> answers_;
  log_sink log_;
};

class prober_adapter : public protocol::prober {
public:
  prober_adapter(std::shared_ptr<v1::prober> user,
                 std::shared_ptr<const upgrade_facts> facts,
                 std::shared_ptr<gate> answers, log_sink log)
    : user_(std::move(user)), facts_(std::move(facts)), answers_(std::move(answers)),
      log_(std::move(log)) {}

  void probe(std::span<const protocol::probe_request> requests, engine::instant,
             std::vector<protocol::probe_answer>& answered,
             const std::shared_ptr<protocol::probe_port>& port) override {
    for (const auto& request : requests) {
      probe_frame frame(port.get(), request, answered);
      try {
        user_->probe({facts_, request.instance}, access::make(answers_, port, request));
      } catch (...) {
        log_(log_level::error, "the prober threw an exception: " + text_of_exception());
        if (frame.is_open())
          frame.take({request.instance, request.generation, health_state::unknown,
                      custom_metrics{}});
      }
    }
  }

private:
  std::shared_ptr<v1::prober> user_;
  std::shared_ptr<const upgrade_facts> facts_;
  std::shared_ptr<gate> answers_;
  log_sink log_;
};

} // namespace

std::shared_ptr<protocol::driver> adapt(std::shared_ptr<driver> user,
                                        driver_features features,
                                        std::shared_ptr<const upgrade_facts> facts,
                                        duration timeout, std::shared_ptr<gate> answers,
                                        log_sink log) {
  return std::make_shared<driver_adapter>(std::move(user), features, std::move(facts),
                                          timeout, std::move(answers), std::move(log));
}

std::shared_ptr<protocol::prober> adapt(std::shared_ptr<prober> user,
                                        std::shared_ptr<const upgrade_facts> facts,
                                        std::shared_ptr<gate> answers, log_sink log) {
  return std::make_shared<prober_adapter>(std::move(user), std::move(facts),
                                          std::move(answers), std::move(log));
}

} // namespace drydock::inline v1::detail
