// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/driver.hpp"
#include "drydock/prober.hpp"
#include "drydock/protocol/effects.hpp"
#include "gate.hpp"

#include <memory>
#include <utility>

namespace drydock::inline v1::detail {

/// Makes the answers that drivers and probers are handed.
struct access {
  static completion make(std::shared_ptr<gate> to,
                         std::shared_ptr<protocol::step_port> port,
                         const protocol::ticket& id) {
    completion x;
    x.gate_ = std::move(to);
    x.port_ = std::move(port);
    x.instance_ = id.instance;
    x.generation_ = id.generation;
    x.request_ = id.request;
    return x;
  }

  static probe_completion make(std::shared_ptr<gate> to,
                               std::shared_ptr<protocol::probe_port> port,
                               const protocol::probe_request& request) {
    probe_completion x;
    x.gate_ = std::move(to);
    x.port_ = std::move(port);
    x.instance_ = request.instance;
    x.generation_ = request.generation;
    return x;
  }

  static action_inspection make_inspection(std::shared_ptr<gate> to,
                                           std::shared_ptr<protocol::step_port> port,
                                           const protocol::ticket& id) {
    action_inspection x;
    x.gate_ = std::move(to);
    x.port_ = std::move(port);
    x.instance_ = id.instance;
    x.generation_ = id.generation;
    x.request_ = id.request;
    return x;
  }

  static inspection make(std::shared_ptr<inspection_round> round,
                         engine::instance_index instance) {
    inspection x;
    x.round_ = std::move(round);
    x.instance_ = instance;
    return x;
  }

  static void finish(completion& x, protocol::step_outcome outcome, std::string message,
                     duration after);
  static void answer(action_inspection& x, engine::action_fate fate,
                     std::string message, duration after);
  static void answer(probe_completion& x, health_state seen,
                     const custom_metrics& metrics);
};

} // namespace drydock::inline v1::detail
