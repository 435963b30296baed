// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/drivers/command_driver.hpp"

#include "command_log.hpp"
#include "leftovers.hpp"
#include "process_pool.hpp"

#include "drydock/engine/template_text.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace drydock::drivers {

/// Lives on the loop's thread, but for its constant members.
class command_driver::impl {
public:
  impl(event_loop& loop, engine::command_spec spec, command_context context)
    : spec_(std::move(spec)), context_(std::move(context)),
      log_(spec_.log_directory, context_.upgrade_id),
      leftovers_(loop.get(), log_.running(), spec_.retry.timeout),
      pool_(loop.get(), spec_.max_processes) {}

  /// Tells the repairs of this process from those of others.
  const std::string born_ =
    std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
  [[nodiscard]] const engine::command_spec& spec() const { return spec_; }

  void start(const protocol::step_request& request,
             const std::shared_ptr<protocol::step_port>& port);
  void withdraw(const protocol::ticket& id);
  void kill(const protocol::ticket& id);
  void run_alone(const engine::command_template& argv, const std::string& name,
                 const std::function<void(command_report)>& done);
  void inspect(const std::function<void(std::vector<inspection>)>& done);
  /// The public member of the same arguments.
  void find_out(const protocol::step_request& request,
                const std::shared_ptr<protocol::step_port>& port);
  void kill_all();
  void close(const std::function<void()>& closed);

private:
  [[nodiscard]] std::string key_name(const protocol::step_request& request) const;

  using inspections = std::vector<inspection>;
  using ticket_key = std::tuple<engine::instance_index, std::uint32_t, std::uint32_t>;

  /// What was asked for and is not answered: it waits for an earlier process's
  /// commands on the same instance, or is in the pool.
  struct pending {
    leftovers::wait_id wait = 0;
    process_pool::job_id job = 0;
    bool killed = false;
    std::shared_ptr<protocol::step_port> port;
    bool blocked = false; // by what was killed and has not ended
  };

  /// Where a command's output goes, and what stood there before.
  struct output_place {
    std::string file;
    std::size_t start = 0;
  };

  [[nodiscard]] static ticket_key key_of(const protocol::ticket& id) {
    return {id.instance, id.generation, id.request};
  }

  [[nodiscard]] const engine::command_template&
  template_of(const protocol::step_request& request) const;
  [[nodiscard]] process_options options(const engine::command_template& argv,
                                        const engine::template_context& with,
                                        std::string_view action,
                                        std::uint32_t attempt) const;
  [[nodiscard]] process_options
  step_options(const protocol::step_request& request) const;
  /// The context of instance `i` on its way to the latest model, or back.
  [[nodiscard]] engine::template_context models_for(engine::instance_index i,
                                                    bool rollback = false) const;
  void await_leftovers(const protocol::step_request& request,
                       const std::shared_ptr<protocol::step_port>& port,
                       const leftovers::on_end& then);
  void begin(const protocol::step_request& request,
             const std::shared_ptr<protocol::step_port>& port,
             const std::string& problem);
  void await_others(const protocol::step_request& request,
                    const std::shared_ptr<protocol::step_port>& port,
                    const std::string& problem);
  void has_ended(const protocol::ticket& id);
  [[nodiscard]] std::string learn(const protocol::step_request& request,
                                  const std::string& output, const output_place& log);
  [[nodiscard]] std::string find_missing(engine::instance_index i) const;
  void ask(const protocol::step_request& request,
           const std::shared_ptr<protocol::step_port>& port,
           const std::string& problem);
  void answer(const protocol::step_request& request,
              const std::shared_ptr<protocol::step_port>& port,
              engine::action_fate fate, std::string error);
  [[nodiscard]] std::string id_of(engine::instance_index i) const {
    return std::string(context_.instances->id(i));
  }
  void log_inspection(engine::instance_index i, const process_result& result) const;
  [[nodiscard]] std::string describe_step(const protocol::step_request& request) const;
  [[nodiscard]] inspection read_inspection(engine::instance_index i,
                                           const process_result& result) const;

  const engine::command_spec spec_;
  const command_context context_;
  const command_log log_;
  leftovers leftovers_;
  process_pool pool_;
  std::map<ticket_key, pending> pending_;
  std::set<ticket_key> running_; // steps whose commands run
  std::map<engine::instance_index, std::vector<std::function<void()>>> blocked_;
};

} // namespace drydock::drivers
