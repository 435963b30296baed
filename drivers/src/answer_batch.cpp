// SPDX-License-Identifier: Apache-2.0
#include "answer_batch.hpp"

#include <utility>

namespace drydock::drivers {

answer_batch::answer_batch(uv_loop_t* loop) : idle_(new uv_idle_t{}) {
  uv_idle_init(loop, idle_.get());
  idle_->data = this;
}

void answer_batch::add(const std::shared_ptr<protocol::probe_port>& port,
                       protocol::probe_answer answer) {
  answers_[port].push_back(answer);
  // An idle handle runs at the start of the next turn and keeps the loop from
  // sleeping until then, wherever in its turn the loop is now.
  uv_idle_start(idle_.get(),
                [](uv_idle_t* x) { static_cast<answer_batch*>(x->data)->flush(); });
}

void answer_batch::flush() {
  uv_idle_stop(idle_.get());
  auto answers = std::exchange(answers_, {});
  for (auto& [port, list] : answers)
    port->answered(std::move(list));
}

} // namespace drydock::drivers
