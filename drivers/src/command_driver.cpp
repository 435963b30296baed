// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/command_driver.hpp"

#include "command_driver_impl.hpp"

#include <future>
#include <utility>

namespace drydock::drivers {

command_driver::command_driver(event_loop& loop, engine::command_spec spec,
                               command_context context)
  : loop_(loop),
    impl_(std::make_shared<impl>(loop, std::move(spec), std::move(context))) {}

command_driver::~command_driver() {
  // Everything posted by members before is done by the time `close` has its
  // turn, and nothing can follow it.
  auto closed = std::make_shared<std::promise<void>>();
  auto future = closed->get_future();
  loop_.post([x = impl_, closed] { x->close([x, closed] { closed->set_value(); }); });
  future.wait();
}

bool command_driver::start(const protocol::step_request& request,
                           std::shared_ptr<protocol::step_port> port) {
  loop_.post([x = impl_, request, p = std::move(port)] { x->start(request, p); });
  return false;
}

bool command_driver::inspect(const protocol::step_request& request,
                             std::shared_ptr<protocol::step_port> port) {
  loop_.post([x = impl_, request, p = std::move(port)] { x->find_out(request, p); });
  return true;
}

void command_driver::withdraw(protocol::ticket id) {
  loop_.post([x = impl_, id] { x->withdraw(id); });
}

void command_driver::kill(protocol::ticket id) {
  loop_.post([x = impl_, id] { x->kill(id); });
}

bool command_driver::has_hook(protocol::step_kind step) const {
  switch (step) {
  case protocol::step_kind::before_instance:
    return !impl_->spec().before_instance.empty();
  case protocol::step_kind::after_instance:
    return !impl_->spec().after_instance.empty();
  case protocol::step_kind::terminate_notification:
    return !impl_->spec().terminate_notification.empty();
  case protocol::step_kind::action:
    break;
  }
  return true;
}

engine::duration command_driver::timeout() const {
  return impl_->spec().retry.timeout;
}

void command_driver::setup(std::function<void(command_report)> done) {
  loop_.post(
    [x = impl_, d = std::move(done)] { x->run_alone(x->spec().setup, "setup", d); });
}

void command_driver::teardown(std::function<void(command_report)> done) {
  loop_.post([x = impl_, d = std::move(done)] {
    x->run_alone(x->spec().teardown, "teardown", d);
  });
}

void command_driver::inspect(std::function<void(std::vector<inspection>)> done) {
  loop_.post([x = impl_, d = std::move(done)] { x->inspect(d); });
}

void command_driver::kill_all() {
  loop_.post([x = impl_] { x->kill_all(); });
}

} // namespace drydock::drivers
