// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support.hpp"

#include "drydock/protocol/attendant.hpp"

#include <string>
#include <vector>

namespace drydock::test {

/// Collects what an attendant answers.
class attendant_recorder : public protocol::attendant_port {
public:
  struct hook_end {
    std::uint32_t request = 0;
    engine::step_outcome outcome = engine::step_outcome::succeeded;
    std::string error;
    engine::duration after{0};
  };
  struct word {
    protocol::approval what;
    engine::duration after{0};
  };
  struct standing {
    std::uint32_t guard = 0;
    engine::guard_state state = engine::guard_state::unknown;
    std::string message;
    engine::duration after{0};
  };

  void hook_ended(std::uint32_t request, engine::step_outcome outcome,
                  std::string error, engine::duration after) override {
    hooks.push({request, outcome, std::move(error), after});
  }
  void answered(protocol::approval x, engine::duration after) override {
    words.push({std::move(x), after});
  }
  void guard_stands(std::uint32_t guard, engine::guard_state state, std::string message,
                    engine::duration after) override {
    guards.push({guard, state, std::move(message), after});
  }

  mailbox<hook_end> hooks;
  mailbox<word> words;
  mailbox<standing> guards;
};

} // namespace drydock::test
