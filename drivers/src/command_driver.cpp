// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/command_driver.hpp"

#include "command_log.hpp"
#include "command_text.hpp"
#include "process_pool.hpp"

#include "drydock/engine/template_text.hpp"

#include <future>
#include <map>
#include <tuple>
#include <utility>

namespace drydock::drivers {

namespace {

/// What EX_TEMPFAIL of sysexits.h says: try again.
constexpr int transient_exit_status = 75;

using ticket_key = std::tuple<engine::instance_index, std::uint32_t, std::uint32_t>;

ticket_key key_of(const protocol::ticket& id) {
  return {id.instance, id.generation, id.request};
}

std::string_view step_name(const protocol::step_request& request) {
  return engine::action_name(request.step, request.action);
}

protocol::step_outcome outcome_of(const process_result& result) {
  using ending = process_result::ending;
  using protocol::step_outcome;
  if (result.how == ending::timed_out)
    return step_outcome::timed_out;
  if (result.how == ending::withdrawn)
    return step_outcome::withdrawn;
  if (result.how != ending::exited)
    return step_outcome::failed;
  if (result.status == 0)
    return step_outcome::succeeded;
  return result.status == transient_exit_status ? step_outcome::transient
                                                : step_outcome::failed;
}

} // namespace

/// Lives on the loop's thread, but for its constant members.
class command_driver::impl {
public:
  impl(event_loop& loop, engine::command_spec spec, command_context context)
    : spec_(std::move(spec)), context_(std::move(context)),
      log_(spec_.log_directory, context_.upgrade_id),
      pool_(loop.get(), spec_.max_processes) {}

  [[nodiscard]] const engine::command_spec& spec() const { return spec_; }

  void start(const protocol::step_request& request,
             const std::shared_ptr<protocol::step_port>& port);
  void withdraw(const protocol::ticket& id);
  void kill(const protocol::ticket& id);
  void run_alone(const engine::command_template& argv, const std::string& name,
                 const std::function<void(command_report)>& done);
  void inspect(const std::function<void(std::vector<inspection>)>& done);
  void kill_all() { pool_.kill_all(); }

  void close(std::function<void()> closed) {
    steps_.clear();
    pool_.close(std::move(closed));
  }

private:
  using inspections = std::vector<inspection>;

  [[nodiscard]] const engine::command_template&
  template_of(const protocol::step_request& request) const;
  [[nodiscard]] process_options options(const engine::command_template& argv,
                                        const engine::template_context& with,
                                        std::string_view action,
                                        std::uint32_t attempt) const;
  [[nodiscard]] process_options
  step_options(const protocol::step_request& request) const;
  [[nodiscard]] engine::template_context forward(engine::instance_index i) const {
    return {context_.instances.get(), i, &context_.latest_model,
            &context_.previous_model, context_.scale_set};
  }
  [[nodiscard]] std::string describe_step(const protocol::step_request& request) const;
  [[nodiscard]] inspection read_inspection(engine::instance_index i,
                                           const process_result& result) const;

  const engine::command_spec spec_;
  const command_context context_;
  const command_log log_;
  process_pool pool_;
  std::map<ticket_key, process_pool::job_id> steps_;
};

const engine::command_template&
command_driver::impl::template_of(const protocol::step_request& request) const {
  switch (request.step) {
  case protocol::step_kind::before_instance:
    return spec_.before_instance;
  case protocol::step_kind::after_instance:
    return spec_.after_instance;
  case protocol::step_kind::action:
    break;
  }
  return spec_.actions[static_cast<std::size_t>(request.action)];
}

process_options command_driver::impl::options(const engine::command_template& argv,
                                              const engine::template_context& with,
                                              std::string_view action,
                                              std::uint32_t attempt) const {
  process_options result;
  for (const auto& x : argv)
    result.argv.push_back(engine::fill_template(x, with));
  result.directory = spec_.directory;
  result.timeout = spec_.retry.timeout;
  auto instance =
    with.instances == nullptr ? std::string_view() : with.instances->id(with.index);
  result.environment = {
    {"DRYDOCK_SCALE_SET", context_.scale_set},
    {"DRYDOCK_UPGRADE", context_.upgrade_id},
    {"DRYDOCK_INSTANCE", std::string(instance)},
    {"DRYDOCK_ACTION", std::string(action)},
    {"DRYDOCK_ATTEMPT", std::to_string(attempt)},
  };
  return result;
}

process_options
command_driver::impl::step_options(const protocol::step_request& request) const {
  auto with = forward(request.id.instance);
  if (request.rollback)
    std::swap(with.model, with.previous);
  auto name = step_name(request);
  auto result = options(template_of(request), with, name, request.attempt);
  auto file = to_file_name(context_.instances->id(request.id.instance));
  file += request.rollback ? "-rollback-" : "-";
  file += std::string(name) + "-" + std::to_string(request.attempt);
  result.output_file = log_.open(file);
  return result;
}

std::string
command_driver::impl::describe_step(const protocol::step_request& request) const {
  return std::string(step_name(request)) + " of "
         + std::string(context_.instances->id(request.id.instance));
}

void command_driver::impl::start(const protocol::step_request& request,
                                 const std::shared_ptr<protocol::step_port>& port) {
  if (request.step != protocol::step_kind::action && template_of(request).empty()) {
    port->begun(request.id);
    port->finished(request.id, {});
    return;
  }
  auto log_file = std::make_shared<std::string>();
  steps_[key_of(request.id)] =
    pool_.add({[this, request, port, log_file] {
                 auto result = step_options(request);
                 *log_file = result.output_file;
                 port->begun(request.id);
                 return result;
               },
               [this, request, port, log_file](const process_result& result) {
                 steps_.erase(key_of(request.id));
                 command_log::remove_if_empty(*log_file);
                 auto outcome = outcome_of(result);
                 auto error =
                   outcome == protocol::step_outcome::withdrawn
                     ? std::string()
                     : describe(describe_step(request), result, spec_.retry.timeout);
                 port->finished(request.id, {outcome, std::move(error)});
               }});
}

void command_driver::impl::withdraw(const protocol::ticket& id) {
  if (auto i = steps_.find(key_of(id)); i != steps_.end())
    pool_.withdraw(i->second);
}

void command_driver::impl::kill(const protocol::ticket& id) {
  if (auto i = steps_.find(key_of(id)); i != steps_.end())
    pool_.kill(i->second);
}

void command_driver::impl::run_alone(const engine::command_template& argv,
                                     const std::string& name,
                                     const std::function<void(command_report)>& done) {
  if (argv.empty()) {
    done({true, {}});
    return;
  }
  pool_.add({[this, &argv, name] {
               auto with = forward(0);
               with.instances = nullptr;
               auto result = options(argv, with, name, 1);
               // Kept even if empty: servers left behind may write to it yet.
               result.output_file = log_.open(name);
               return result;
             },
             [this, name, done](const process_result& result) {
               auto error = describe(name, result, spec_.retry.timeout);
               done({error.empty(), error});
             }});
}

inspection command_driver::impl::read_inspection(engine::instance_index i,
                                                 const process_result& result) const {
  inspection answer;
  answer.instance = i;
  answer.error = describe("inspect of " + std::string(context_.instances->id(i)),
                          result, spec_.retry.timeout);
  if (answer.error.empty())
    answer.on_latest_model =
      trim(result.output)
      == trim(engine::fill_template(spec_.inspect_expect, forward(i)));
  return answer;
}

void command_driver::impl::inspect(
  const std::function<void(std::vector<inspection>)>& done) {
  auto count = context_.instances->size();
  if (spec_.inspect.empty() || count == 0) {
    done({});
    return;
  }
  auto answers = std::make_shared<inspections>(count);
  auto missing = std::make_shared<std::size_t>(count);
  for (engine::instance_index i = 0; i < count; ++i)
    pool_.add({[this, i] { return options(spec_.inspect, forward(i), "inspect", 1); },
               [this, i, answers, missing, done](const process_result& result) {
                 (*answers)[i] = read_inspection(i, result);
                 auto name = to_file_name(context_.instances->id(i)) + "-inspect";
                 if (!result.tail.empty())
                   command_log::append(log_.open(name), result.tail);
                 if (--*missing == 0)
                   done(std::move(*answers));
               }});
}

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
