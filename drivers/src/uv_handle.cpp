// SPDX-License-Identifier: Apache-2.0
#include "uv_handle.hpp"

#include <algorithm>
#include <utility>

namespace drydock::drivers {

loop_timer::loop_timer(uv_loop_t* loop) : handle_(new uv_timer_t{}) {
  uv_timer_init(loop, handle_.get());
  handle_->data = this;
}

loop_timer::~loop_timer() = default;

void loop_timer::start(engine::duration after, std::function<void()> task) {
  task_ = std::move(task);
  auto ms = std::chrono::ceil<std::chrono::milliseconds>(after).count();
  // libuv counts from the start of the loop's turn, which may be long ago.
  uv_update_time(handle_->loop);
  uv_timer_start(
    handle_.get(),
    [](uv_timer_t* x) {
      auto armed = std::move(static_cast<loop_timer*>(x->data)->task_);
      armed();
    },
    static_cast<std::uint64_t>(std::max<decltype(ms)>(ms, 0)), 0);
}

void loop_timer::stop() {
  uv_timer_stop(handle_.get());
  task_ = nullptr;
}

} // namespace drydock::drivers
