// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "call_frame.hpp"
#include "drydock/protocol/effects.hpp"

#include <utility>
#include <vector>

namespace drydock::inline v1::detail {

/// A probe that is being asked for on this thread; an answer within the call goes
/// straight where the others of its round are.
class probe_frame : public call_frame {
public:
  probe_frame(const void* port, const protocol::probe_request& request,
              std::vector<protocol::probe_answer>& answered)
    : call_frame(port, request.instance, request.generation, 0), answered_(answered) {}

  void take(protocol::probe_answer answer) { answered_.push_back(std::move(answer)); }

private:
  std::vector<protocol::probe_answer>& answered_;
};

} // namespace drydock::inline v1::detail
