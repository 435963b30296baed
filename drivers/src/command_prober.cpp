// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/probers.hpp"

#include "answer_batch.hpp"
#include "process_pool.hpp"

#include "drydock/engine/template_text.hpp"

#include <future>
#include <unordered_map>
#include <utility>
#include <vector>

namespace drydock::drivers {

namespace {

constexpr std::size_t processes_max = 64;

struct command_prober_options {
  engine::health_source source;
  command_context context;
  std::string directory;
};

class command_prober_core {
public:
  command_prober_core(event_loop& loop, command_prober_options options)
    : options_(std::move(options)),
      answers_(std::make_unique<answer_batch>(loop.get())),
      pool_(loop.get(), processes_max) {}

  void probe(const protocol::probe_request& request,
             const std::shared_ptr<protocol::probe_port>& port);

  /// No answer is given any more; `closed` runs when no process is left.
  void close(std::function<void()> closed) {
    answers_ = nullptr;
    active_.clear();
    pool_.close(std::move(closed));
  }

private:
  struct active_probe {
    process_pool::job_id job = 0;
    std::uint32_t generation = 0;
  };

  [[nodiscard]] process_options prepare(engine::instance_index i) const;
  void on_end(const protocol::probe_request& request,
              const std::shared_ptr<protocol::probe_port>& port,
              const process_result& result);

  const command_prober_options options_;
  std::unique_ptr<answer_batch> answers_;
  process_pool pool_;
  std::unordered_map<engine::instance_index, active_probe> active_;
  std::unordered_map<engine::instance_index, std::uint32_t> generations_;
};

process_options command_prober_core::prepare(engine::instance_index i) const {
  engine::template_context with;
  with.instances = options_.context.instances.get();
  with.index = i;
  with.model = &options_.context.latest_model;
  with.previous = &options_.context.previous_of(i);
  with.scale_set = options_.context.scale_set;
  if (options_.context.learnt)
    with.details = options_.context.learnt->of(i);
  process_options result;
  for (const auto& x : options_.source.argv)
    result.argv.push_back(engine::fill_template(x, with));
  result.directory = options_.directory;
  result.timeout = options_.source.timeout;
  // The answer is due at the timeout, and a check has nothing to tidy up.
  result.kill_after = engine::duration{0};
  const auto& context = options_.context;
  result.environment = {{"DRYDOCK_SCALE_SET", context.scale_set},
                        {"DRYDOCK_UPGRADE", context.upgrade_id},
                        {"DRYDOCK_INSTANCE", std::string(context.instances->id(i))},
                        {"DRYDOCK_ACTION", "health"},
                        {"DRYDOCK_ATTEMPT", "1"}};
  return result;
}

void command_prober_core::probe(const protocol::probe_request& request,
                                const std::shared_ptr<protocol::probe_port>& port) {
  auto i = active_.find(request.instance);
  if (i != active_.end() && i->second.generation == request.generation)
    return; // the answer under way serves both
  if (i != active_.end()) {
    auto old = i->second.job;
    active_.erase(i); // before the kill: its answer is not wanted any more
    pool_.kill(old);
  }
  auto& entry = active_[request.instance];
  entry.generation = request.generation;
  // A new generation means that the instance was worked on, and that somebody
  // waits to hear how it fares; routine checks of a large fleet may take long.
  auto [last, unknown] = generations_.try_emplace(request.instance, request.generation);
  auto when = unknown || last->second == request.generation
                ? process_pool::order::in_turn
                : process_pool::order::first;
  last->second = request.generation;
  entry.job = pool_.add({[this, request] { return prepare(request.instance); },
                         [this, request, port](const process_result& result) {
                           on_end(request, port, result);
                         }},
                        when);
}

void command_prober_core::on_end(const protocol::probe_request& request,
                                 const std::shared_ptr<protocol::probe_port>& port,
                                 const process_result& result) {
  auto i = active_.find(request.instance);
  if (i == active_.end() || i->second.generation != request.generation)
    return;
  active_.erase(i);
  protocol::probe_answer answer;
  answer.instance = request.instance;
  answer.generation = request.generation;
  bool exited = result.how == process_result::ending::exited;
  answer.raw = engine::interpret_exit(exited ? result.status : -1);
  if (exited)
    answer.metrics = parse_health_body(result.output).metrics;
  answers_->add(port, answer);
}

class command_prober : public protocol::prober {
public:
  command_prober(event_loop& loop, command_prober_options options) : loop_(loop) {
    loop_.run([&] {
      core_ = std::make_shared<command_prober_core>(loop_, std::move(options));
    });
  }

  ~command_prober() override {
    auto closed = std::make_shared<std::promise<void>>();
    auto future = closed->get_future();
    loop_.post([x = core_, closed] { x->close([x, closed] { closed->set_value(); }); });
    future.wait();
  }

  void probe(std::span<const protocol::probe_request> requests, engine::instant,
             std::vector<protocol::probe_answer>&,
             const std::shared_ptr<protocol::probe_port>& port) override {
    loop_.post(
      [core = core_, port, list = std::vector(requests.begin(), requests.end())] {
        for (const auto& x : list)
          core->probe(x, port);
      });
  }

private:
  event_loop& loop_;
  std::shared_ptr<command_prober_core> core_;
};

} // namespace

std::unique_ptr<protocol::prober> make_command_prober(event_loop& loop,
                                                      engine::health_source source,
                                                      command_context context,
                                                      std::string directory) {
  return std::make_unique<command_prober>(
    loop, command_prober_options{std::move(source), std::move(context),
                                 std::move(directory)});
}

} // namespace drydock::drivers
