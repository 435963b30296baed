// SPDX-License-Identifier: Apache-2.0
#include "command_driver_impl.hpp"

#include "command_text.hpp"

#include <utility>

namespace drydock::drivers {

namespace {

/// EX_UNAVAILABLE of sysexits.h: there is no quota.
constexpr int quota_exit_status = 69;

std::string_view step_name(const protocol::step_request& request) {
  return engine::action_name(request.step, request.action, request.work);
}

bool creates(const protocol::step_request& request) {
  return request.step == protocol::step_kind::action
         && request.work == protocol::work_kind::create;
}

protocol::step_outcome outcome_of(const protocol::step_request& request,
                                  const process_result& result) {
  const auto short_of_quota =
    result.how == process_result::ending::exited && result.status == quota_exit_status;
  return creates(request) && short_of_quota ? protocol::step_outcome::quota_short
                                            : outcome_of(result);
}

} // namespace

const engine::command_template&
command_driver::impl::template_of(const protocol::step_request& request) const {
  switch (request.step) {
  case protocol::step_kind::before_instance:
    return spec_.before_instance;
  case protocol::step_kind::after_instance:
    return spec_.after_instance;
  case protocol::step_kind::terminate_notification:
    return spec_.terminate_notification;
  case protocol::step_kind::action:
    break;
  }
  if (request.work == protocol::work_kind::create)
    return spec_.create;
  if (engine::deletes(request.work))
    return spec_.remove;
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

engine::template_context command_driver::impl::models_for(engine::instance_index i,
                                                          bool rollback) const {
  engine::template_context result{context_.instances.get(), i, &context_.latest_model,
                                  &context_.previous_of(i), context_.scale_set};
  if (context_.learnt)
    result.details = context_.learnt->of(i);
  if (rollback)
    std::swap(result.model, result.previous);
  return result;
}

/// What a step is called in its key. Others are done once to an instance in an upgrade,
/// but repairs may come again: each has keys of its own, and so has the hook before a
/// deletion, as the instance may have been upgraded before.
std::string
command_driver::impl::key_name(const protocol::step_request& request) const {
  auto name = std::string(step_name(request));
  if (request.work == protocol::work_kind::repair)
    name += "-repair-" + born_ + '-' + std::to_string(request.id.generation);
  else if (request.work == protocol::work_kind::remove
           && request.step == protocol::step_kind::before_instance)
    name += "-delete";
  return name;
}

process_options
command_driver::impl::step_options(const protocol::step_request& request) const {
  const auto instance = id_of(request.id.instance);
  const auto name = step_name(request);
  const auto key = engine::step_key(context_.upgrade_id, instance, key_name(request),
                                    request.is_rollback());
  auto with = models_for(request.id.instance, request.is_rollback());
  with.key = key;
  const auto notifies = request.step == protocol::step_kind::terminate_notification;
  const auto not_before = notifies ? time_text(request.not_before) : std::string();
  with.not_before = not_before;
  with.only_own_vars = request.work == protocol::work_kind::discard;
  auto result = options(template_of(request), with, name, request.attempt);
  if (notifies) {
    result.environment.emplace_back("DRYDOCK_NOT_BEFORE", not_before);
    result.timeout = engine::duration{0}; // whoever asks ends it
  }
  result.environment.emplace_back("DRYDOCK_KEY", key);
  auto file = to_file_name(instance);
  file += request.is_rollback()                         ? "-rollback-"
          : request.work == protocol::work_kind::repair ? "-repair-"
                                                        : "-";
  file += std::string(name) + "-" + std::to_string(request.attempt);
  result.output_file = log_.open(file);
  result.record_file = log_.open_record(file);
  result.record_text = running_record::header(instance);
  return result;
}

std::string
command_driver::impl::describe_step(const protocol::step_request& request) const {
  return std::string(step_name(request)) + " of "
         + std::string(context_.instances->id(request.id.instance));
}

/// Two commands at work on one instance at a time would be one too many.
void command_driver::impl::await_leftovers(
  const protocol::step_request& request,
  const std::shared_ptr<protocol::step_port>& port, const leftovers::on_end& then) {
  const auto key = key_of(request.id);
  pending_[key] = {0, 0, false, port};
  const auto wait = leftovers_.await(id_of(request.id.instance), then);
  if (wait != 0)
    pending_[key].wait = wait;
}

void command_driver::impl::start(const protocol::step_request& request,
                                 const std::shared_ptr<protocol::step_port>& port) {
  if (request.step != protocol::step_kind::action && template_of(request).empty()) {
    port->begun(request.id);
    port->finished(request.id, {});
    return;
  }
  await_leftovers(request, port, [this, request, port](const std::string& problem) {
    await_others(request, port, problem);
  });
}

void command_driver::impl::begin(const protocol::step_request& request,
                                 const std::shared_ptr<protocol::step_port>& port,
                                 const std::string& problem) {
  auto& entry = pending_[key_of(request.id)];
  entry.wait = 0;
  entry.blocked = false;
  if (entry.killed || !problem.empty()) {
    auto error = describe_step(request) + ": " + (entry.killed ? "killed" : problem);
    pending_.erase(key_of(request.id));
    port->begun(request.id);
    port->finished(request.id, {protocol::step_outcome::failed, std::move(error)});
    return;
  }
  auto log = std::make_shared<output_place>();
  const auto job = pool_.add(
    {[this, request, port, log] {
       auto result = step_options(request);
       log->file = result.output_file;
       if (creates(request))
         log->start = command_log::size_of(log->file);
       running_.insert(key_of(request.id));
       port->begun(request.id);
       return result;
     },
     [this, request, port, log](const process_result& result) {
       pending_.erase(key_of(request.id));
       auto outcome = outcome_of(request, result);
       auto error = outcome == protocol::step_outcome::withdrawn
                      ? std::string()
                      : describe(describe_step(request), result, spec_.retry.timeout);
       // What a creation that failed has told of itself serves to delete it.
       const auto wrong =
         creates(request) ? learn(request, result.output, *log) : std::string();
       if (!wrong.empty() && outcome == protocol::step_outcome::succeeded) {
         error = wrong;
         outcome = protocol::step_outcome::failed;
       }
       command_log::remove_if_empty(log->file);
       port->finished(request.id, {outcome, std::move(error)});
       has_ended(request.id);
     }});
  pending_[key_of(request.id)].job = job;
}

void command_driver::impl::withdraw(const protocol::ticket& id) {
  const auto i = pending_.find(key_of(id));
  if (i == pending_.end())
    return;
  if (i->second.wait == 0 && !i->second.blocked) {
    pool_.withdraw(i->second.job);
    return;
  }
  if (i->second.blocked)
    return; // it is begun in a moment, and only deletions are
  leftovers_.forget(i->second.wait);
  const auto port = i->second.port;
  pending_.erase(i);
  port->finished(id, {protocol::step_outcome::withdrawn, {}});
}

void command_driver::impl::kill(const protocol::ticket& id) {
  const auto i = pending_.find(key_of(id));
  if (i == pending_.end())
    return;
  if (i->second.wait == 0 && !i->second.blocked) {
    pool_.kill(i->second.job);
    return;
  }
  i->second.killed = true;
  if (!i->second.blocked)
    leftovers_.kill(i->second.wait);
}

void command_driver::impl::kill_all() {
  for (auto& [key, x] : pending_)
    if (x.wait != 0) {
      x.killed = true;
      leftovers_.kill(x.wait);
    }
  pool_.kill_all();
}

void command_driver::impl::close(const std::function<void()>& closed) {
  pending_.clear();
  blocked_.clear();
  leftovers_.close();
  pool_.close([this, closed] {
    log_.remove_running();
    closed();
  });
}

void command_driver::impl::run_alone(const engine::command_template& argv,
                                     const std::string& name,
                                     const std::function<void(command_report)>& done) {
  if (argv.empty()) {
    done({true, {}});
    return;
  }
  pool_.add({[this, &argv, name] {
               auto with = models_for(0);
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
  answer.error = describe("inspect of " + id_of(i), result, spec_.retry.timeout);
  if (answer.error.empty())
    answer.on_latest_model =
      trim(result.output)
      == trim(engine::fill_template(spec_.inspect_expect, models_for(i)));
  return answer;
}

void command_driver::impl::log_inspection(engine::instance_index i,
                                          const process_result& result) const {
  if (!result.tail.empty())
    command_log::append(log_.open(to_file_name(id_of(i)) + "-inspect"), result.tail);
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
    pool_.add(
      {[this, i] { return options(spec_.inspect, models_for(i), "inspect", 1); },
       [this, i, answers, missing, done](const process_result& result) {
         (*answers)[i] = read_inspection(i, result);
         log_inspection(i, result);
         if (--*missing == 0)
           done(std::move(*answers));
       }});
}

void command_driver::impl::find_out(const protocol::step_request& request,
                                    const std::shared_ptr<protocol::step_port>& port) {
  await_leftovers(request, port, [this, request, port](const std::string& problem) {
    ask(request, port, problem);
  });
}

void command_driver::impl::answer(const protocol::step_request& request,
                                  const std::shared_ptr<protocol::step_port>& port,
                                  engine::action_fate fate, std::string error) {
  pending_.erase(key_of(request.id));
  port->inspected(request.id, fate, std::move(error));
}

/// Nothing of an earlier process is at work any more, but for a `problem`.
void command_driver::impl::ask(const protocol::step_request& request,
                               const std::shared_ptr<protocol::step_port>& port,
                               const std::string& problem) {
  using engine::action_fate;
  const auto i = request.id.instance;
  const auto what = "inspect of " + id_of(i);
  auto& entry = pending_[key_of(request.id)];
  entry.wait = 0;
  if (entry.killed || !problem.empty()) {
    answer(request, port, action_fate::unknown,
           what + ": " + (entry.killed ? "killed" : problem));
    return;
  }
  const auto expected = [this, i](bool rollback) {
    return std::string(
      trim(engine::fill_template(spec_.inspect_expect, models_for(i, rollback))));
  };
  auto wanted = expected(request.is_rollback());
  // Where both models look alike the command has nothing to say; nor has it where one
  // that has its model is repaired.
  if (spec_.inspect.empty() || request.work == protocol::work_kind::repair
      || wanted == expected(!request.is_rollback())) {
    answer(request, port, action_fate::cannot_tell, {});
    return;
  }
  // In front of steps: it is short, and the instance is out of service meanwhile.
  const auto job =
    pool_.add({[this, request] {
                 return options(spec_.inspect,
                                models_for(request.id.instance, request.is_rollback()),
                                "inspect", 1);
               },
               [this, request, port, what, wanted](const process_result& result) {
                 log_inspection(request.id.instance, result);
                 auto error = describe(what, result, spec_.retry.timeout);
                 const auto fate = !error.empty() ? action_fate::unknown
                                   : trim(result.output) == wanted
                                     ? action_fate::done
                                     : action_fate::not_done;
                 answer(request, port, fate, std::move(error));
               }},
              process_pool::order::first);
  pending_[key_of(request.id)].job = job;
}

} // namespace drydock::drivers
