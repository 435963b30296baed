// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/rehearsal/learn.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

/// Tells a learner a run, event by event, as an events file would.
class past_run {
public:
  static constexpr const char* every_5s =
    R"(,"health":{"intervalSeconds":5.0,"numberOfProbes":1})";
  static constexpr const char* every_5s_thrice =
    R"(,"health":{"intervalSeconds":5.0,"numberOfProbes":3})";
  static constexpr const char* no_health = R"(,"health":null)";
  static constexpr const char* untold = "";

  explicit past_run(drydock::rehearsal::learner& to, const char* health = every_5s)
    : to_(&to) {
    to_->begin_file();
    start(health);
  }

  void start(const char* health) {
    at_ = 0;
    say("upgrade_started",
        std::string(R"(,"mode":"Rolling","total":9,"action":"reimage")") + health);
  }

  /// The time of what follows, in seconds since the start.
  past_run& at(double seconds) {
    at_ = seconds;
    return *this;
  }

  past_run& say(const std::string& event, const std::string& fields = {}) {
    const auto wrong = to_->take(R"({"seq":1,"elapsedSeconds":)" + std::to_string(at_)
                                 + R"(,"event":")" + event + '"' + fields + '}');
    CHECK_MESSAGE(!wrong, wrong.value_or(""));
    return *this;
  }

  past_run& batch(std::initializer_list<std::string> ids) {
    std::string list;
    for (const auto& id : ids)
      list += (list.empty() ? "" : ",") + ('"' + id + '"');
    return say("batch_started", R"(,"batch":1,"instances":[)" + list + "]");
  }

  past_run& resume(const std::string& id) {
    return say("upgrade_resumed", R"(,"instances":[")" + id + R"("])");
  }

  past_run& begin(const std::string& id, const std::string& action = "reimage",
                  int attempt = 1) {
    return say("action_started", step(id, action, attempt));
  }

  past_run& finish(const std::string& id, const std::string& outcome = "succeeded",
                   const std::string& action = "reimage", int attempt = 1) {
    return say("action_finished", step(id, action, attempt) + R"(,"outcome":")"
                                    + outcome + R"(","error":null)");
  }

  past_run& turns(const std::string& id, const std::string& from,
                  const std::string& to) {
    return say("health_changed",
               of(id) + R"(,"from":")" + from + R"(","to":")" + to + '"');
  }

  past_run& well(const std::string& id) { return turns(id, "initializing", "healthy"); }

  past_run& settle(const std::string& id) {
    return say("instance_settled", of(id) + R"(,"outcome":"succeeded","reason":null)");
  }

  past_run& fail(const std::string& id, const std::string& reason) {
    return say("instance_settled",
               of(id) + R"(,"outcome":"failed","reason":")" + reason + '"');
  }

  past_run& rollback(const std::string& id) { return say("rollback_started", of(id)); }
  past_run& rolled_back(const std::string& id) {
    return say("rollback_finished", of(id) + R"(,"outcome":"succeeded")");
  }

  past_run& repair(const std::string& id, const std::string& action) {
    return say("repair_started", of(id) + R"(,"action":")" + action + '"');
  }
  past_run& repaired(const std::string& id) {
    return say("repair_finished", of(id) + R"(,"outcome":"succeeded","reason":null)");
  }
  past_run& not_repaired(const std::string& id, const std::string& reason) {
    return say("repair_finished",
               of(id) + R"(,"outcome":"failed","reason":")" + reason + '"');
  }

  past_run& replaced(const std::string& id, const std::string& by) {
    return say("instance_replaced", of(id) + R"(,"replacement":")" + by + '"');
  }
  past_run& deleted(const std::string& id) {
    return say("instance_deleted", of(id) + R"(,"reason":"surge")");
  }
  past_run& cancel_now() {
    return say("cancel_requested", R"(,"by":"somebody","now":true)");
  }
  past_run& end() { return say("upgrade_finished", R"(,"code":"Completed")"); }

  /// A whole upgrade of one instance: 60 s of reimage from `from` on, then healthy.
  past_run& upgrade(const std::string& id, double from) {
    at(from).batch({id}).begin(id);
    return at(from + 60).finish(id).well(id).settle(id);
  }

  static std::string of(const std::string& id) { return R"(,"instance":")" + id + '"'; }

private:
  static std::string step(const std::string& id, const std::string& action,
                          int attempt) {
    return of(id) + R"(,"action":")" + action + R"(","attempt":)"
           + std::to_string(attempt);
  }

  drydock::rehearsal::learner* to_;
  double at_ = 0;
};
