// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/attendants.hpp"

#include "command_log.hpp"
#include "command_text.hpp"
#include "guard_watch.hpp"
#include "leftovers.hpp"
#include "process_pool.hpp"

#include "drydock/engine/template_text.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <optional>
#include <utility>

namespace drydock::drivers {

namespace {

/// Whose commands they are, in records of what runs: no instance may be called so.
const std::string upgrade_itself = "*";

using port_ptr = std::shared_ptr<protocol::attendant_port>;

struct attendant_options {
  engine::command_spec spec;
  std::vector<engine::guard_spec> guards;
  command_context context;
  std::function<void(const std::string&)> warn;
};

/// Lives on the loop's thread.
class attendant_core {
public:
  attendant_core(uv_loop_t* loop, attendant_options options)
    : spec_(std::move(options.spec)), context_(std::move(options.context)),
      warn_(std::move(options.warn)), log_(spec_.log_directory, context_.upgrade_id),
      leftovers_(loop, log_.running(), spec_.retry.timeout),
      // Guards are not to wait for hooks, nor one for another.
      pool_(loop, options.guards.size() + 2), patience_(loop),
      guards_(std::make_unique<guard_watch>(
        loop, pool_, std::move(options.guards),
        [this](const engine::guard_spec& x) { return guard_options(x); })) {}

  void run_hook(const protocol::hook_request& request, const port_ptr& port);
  void end_hook(std::uint32_t request);
  void ask(int checkpoint, std::uint32_t question, const port_ptr& port);
  void end_approval();
  void watch(port_ptr port) { guards_->start(std::move(port)); }
  void close(const std::function<void()>& closed);

private:
  struct running_hook {
    leftovers::wait_id wait = 0;
    process_pool::job_id job = 0;
    bool ended = false;
  };

  struct question_asked {
    int checkpoint = 0;
    std::uint32_t number = 0;
    process_pool::job_id job = 0;
    port_ptr port;
  };

  using texts = std::vector<std::pair<std::string, std::string>>;

  [[nodiscard]] process_options options(const engine::command_template& argv,
                                        std::string_view checkpoint,
                                        texts environment) const;
  [[nodiscard]] process_options
  hook_options(const protocol::hook_request& request) const;
  [[nodiscard]] process_options guard_options(const engine::guard_spec& x) const;
  void begin_hook(const protocol::hook_request& request, const port_ptr& port,
                  const std::string& problem);
  void ask_again();
  void take_answer(std::uint32_t question, const process_result& result);

  const engine::command_spec spec_;
  const command_context context_;
  const std::function<void(const std::string&)> warn_;
  const command_log log_;
  leftovers leftovers_;
  process_pool pool_;
  loop_timer patience_;
  std::unique_ptr<guard_watch> guards_; // null once closed
  std::map<std::uint32_t, running_hook> hooks_;
  std::optional<question_asked> asked_;
};

process_options attendant_core::options(const engine::command_template& argv,
                                        std::string_view checkpoint,
                                        texts environment) const {
  engine::template_context with{nullptr, 0, &context_.latest_model,
                                &context_.previous_model, context_.scale_set};
  with.upgrade = context_.upgrade_id;
  with.checkpoint = checkpoint;
  process_options result;
  for (const auto& x : argv)
    result.argv.push_back(engine::fill_template(x, with));
  result.directory = spec_.directory;
  result.timeout = spec_.retry.timeout;
  result.environment = {{"DRYDOCK_SCALE_SET", context_.scale_set},
                        {"DRYDOCK_UPGRADE", context_.upgrade_id}};
  for (auto& x : environment)
    result.environment.push_back(std::move(x));
  return result;
}

process_options
attendant_core::hook_options(const protocol::hook_request& request) const {
  const std::string name(to_string(request.hook));
  const auto batch = std::to_string(request.batch);
  const auto attempt = std::to_string(request.attempt);
  auto result = options(
    spec_.around.hooks[static_cast<std::size_t>(request.hook)], {},
    {{"DRYDOCK_HOOK", name}, {"DRYDOCK_BATCH", batch}, {"DRYDOCK_ATTEMPT", attempt}});
  const auto file = name + (request.batch == 0 ? "-" : "-" + batch + "-") + attempt;
  result.output_file = log_.open(file);
  result.record_file = log_.open_record(file);
  result.record_text = running_record::header(upgrade_itself);
  return result;
}

process_options attendant_core::guard_options(const engine::guard_spec& x) const {
  auto result = options(x.command, {}, {{"DRYDOCK_GUARD", x.rule.name}});
  result.timeout = x.timeout;
  // The look has failed by then, and has nothing to tidy up.
  result.kill_after = engine::duration{0};
  return result;
}

/// Two hooks at work at a time would be one too many.
void attendant_core::run_hook(const protocol::hook_request& request,
                              const port_ptr& port) {
  if (spec_.around.hooks[static_cast<std::size_t>(request.hook)].empty()) {
    port->hook_ended(request.request, engine::step_outcome::succeeded, {});
    return;
  }
  hooks_[request.request] = {};
  const auto wait =
    leftovers_.await(upgrade_itself, [this, request, port](const std::string& problem) {
      begin_hook(request, port, problem);
    });
  if (wait != 0)
    hooks_[request.request].wait = wait;
}

void attendant_core::begin_hook(const protocol::hook_request& request,
                                const port_ptr& port, const std::string& problem) {
  auto& hook = hooks_[request.request];
  hook.wait = 0;
  const auto what = std::string(to_string(request.hook));
  if (hook.ended || !problem.empty()) {
    hooks_.erase(request.request);
    port->hook_ended(request.request, engine::step_outcome::failed,
                     what + ": " + (problem.empty() ? "killed" : problem));
    return;
  }
  const auto log_file = std::make_shared<std::string>();
  const auto job =
    pool_.add({[this, request, log_file] {
                 auto result = hook_options(request);
                 *log_file = result.output_file;
                 return result;
               },
               [this, request, port, what, log_file](const process_result& result) {
                 hooks_.erase(request.request);
                 command_log::remove_if_empty(*log_file);
                 port->hook_ended(request.request, outcome_of(result),
                                  describe(what, result, spec_.retry.timeout));
               }});
  hooks_[request.request].job = job;
}

void attendant_core::end_hook(std::uint32_t request) {
  const auto at = hooks_.find(request);
  if (at == hooks_.end())
    return;
  if (at->second.wait == 0) {
    pool_.kill(at->second.job);
    return;
  }
  at->second.ended = true;
  leftovers_.kill(at->second.wait);
}

void attendant_core::ask(int checkpoint, std::uint32_t question, const port_ptr& port) {
  end_approval();
  asked_ = {checkpoint, question, 0, port};
  ask_again();
}

void attendant_core::ask_again() {
  const auto number = asked_->number;
  const auto job = pool_.add(
    {[this, checkpoint = std::to_string(asked_->checkpoint)] {
       return options(spec_.around.approve, checkpoint,
                      {{"DRYDOCK_CHECKPOINT", checkpoint}});
     },
     [this, number](const process_result& result) { take_answer(number, result); }});
  asked_->job = job;
}

void attendant_core::take_answer(std::uint32_t question, const process_result& result) {
  if (!asked_ || asked_->number != question)
    return;
  asked_->job = 0;
  const auto exited = result.how == process_result::ending::exited;
  if (exited && (result.status == 0 || result.status == 1)) {
    const auto port = asked_->port;
    asked_.reset();
    port->answered({"driver.command.approve", result.status == 0,
                    result.status == 0 ? std::string() : last_line(result), question});
    return;
  }
  if (!exited || result.status != transient_exit_status)
    warn_(describe("approve", result, spec_.retry.timeout) + "; it is asked again in "
          + std::to_string(engine::to_seconds(spec_.around.approve_interval))
          + " s: let it exit with 0 to approve, 1 to reject, 75 for not yet");
  patience_.start(spec_.around.approve_interval, [this] { ask_again(); });
}

void attendant_core::end_approval() {
  patience_.stop();
  if (const auto old = std::exchange(asked_, std::nullopt); old && old->job != 0)
    pool_.kill(old->job);
}

void attendant_core::close(const std::function<void()>& closed) {
  patience_.stop();
  asked_.reset();
  hooks_.clear();
  leftovers_.close();
  guards_ = nullptr; // nobody looks any more
  pool_.close([this, closed] {
    log_.remove_running();
    closed();
  });
}

class command_attendant : public protocol::attendant {
public:
  command_attendant(event_loop& loop, attendant_options options) : loop_(loop) {
    loop_.run([&] {
      core_ = std::make_shared<attendant_core>(loop_.get(), std::move(options));
    });
  }

  ~command_attendant() override {
    auto closed = std::make_shared<std::promise<void>>();
    auto future = closed->get_future();
    loop_.post([x = core_, closed] { x->close([x, closed] { closed->set_value(); }); });
    future.wait();
  }

  void run_hook(const protocol::hook_request& request, port_ptr port) override {
    loop_.post([x = core_, request, p = std::move(port)] { x->run_hook(request, p); });
  }
  void end_hook(std::uint32_t request) override {
    loop_.post([x = core_, request] { x->end_hook(request); });
  }
  void ask_approval(int checkpoint, std::uint32_t question, port_ptr port) override {
    loop_.post([x = core_, checkpoint, question, p = std::move(port)] {
      x->ask(checkpoint, question, p);
    });
  }
  void end_approval() override {
    loop_.post([x = core_] { x->end_approval(); });
  }
  void watch_guards(port_ptr port) override {
    loop_.post([x = core_, p = std::move(port)] { x->watch(p); });
  }

private:
  event_loop& loop_;
  std::shared_ptr<attendant_core> core_;
};

} // namespace

std::unique_ptr<protocol::attendant>
make_command_attendant(event_loop& loop, engine::command_spec spec,
                       std::vector<engine::guard_spec> guards, command_context context,
                       std::function<void(const std::string&)> warn) {
  return std::make_unique<command_attendant>(
    loop, attendant_options{std::move(spec), std::move(guards), std::move(context),
                            std::move(warn)});
}

bool needs_attendant(const engine::command_spec& spec,
                     const std::vector<engine::guard_spec>& guards) {
  return hooks_of(spec.around) != engine::upgrade_hooks{} || !guards.empty()
         || !spec.around.approve.empty();
}

} // namespace drydock::drivers
