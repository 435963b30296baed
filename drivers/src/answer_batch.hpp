// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "uv_handle.hpp"

#include "drydock/protocol/effects.hpp"

#include <map>
#include <memory>
#include <vector>

namespace drydock::drivers {

/// Gathers the answers of one turn of the loop and hands each port its own as
/// one vector, so that a thousand probes that end together are a few messages.
/// Loop thread only. Answers not handed over when it is destroyed are dropped.
class answer_batch {
public:
  explicit answer_batch(uv_loop_t* loop);

  void add(const std::shared_ptr<protocol::probe_port>& port,
           protocol::probe_answer answer);

private:
  void flush();

  handle_ptr<uv_idle_t> idle_;
  std::map<std::shared_ptr<protocol::probe_port>, std::vector<protocol::probe_answer>>
    answers_;
};

} // namespace drydock::drivers
