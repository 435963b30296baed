// SPDX-License-Identifier: Apache-2.0
#include "keeping.hpp"

#include "views.hpp"

#include <utility>

namespace drydock::cli {

using namespace engine;

keeping::keeping(parts what)
  : world_(what.file, what.id, std::nullopt, what.simulation),
    all_(what.file->instances.size(), what.file->health.kind != health_kind::none) {
  if (what.events >= 0) {
    event_context context{what.file->name, world_.instances(), what.file->health,
                          what.start};
    writer_ = std::make_unique<event_writer>(what.events, event_writer::pace::turn,
                                             std::move(context));
    all_.add(writer_.get());
  }
  if (!what.quiet) {
    view_ = make_plain_view({what.file->name, world_.instances(),
                             what.file->health.kind != health_kind::none,
                             world_.virtual_clock()});
    all_.add(view_.get());
  }
  all_.add(what.listener);
  if (world_.commands() != nullptr && what.file->instances.has_replacements())
    all_.add(&replacements_.emplace(what.file, world_.learnt()));
  run_ = std::make_unique<actors::upgrade_run>(make_setup(what), all_);
}

keeping::~keeping() {
  if (thread_.joinable())
    run_->cancel("the end of the watch", true);
  join();
  run_ = nullptr; // before those who listen
}

actors::run_setup keeping::make_setup(parts& what) const {
  auto setup = world_.setup({});
  setup.rollout.keep = true;
  setup.rollout.repairs = std::move(what.repairs);
  setup.clock_start = what.clock_start;
  setup.tell_steps = writer_ != nullptr;
  return setup;
}

void keeping::start(std::function<void()> ended) {
  thread_ = std::thread([this, ended = std::move(ended)] {
    run_->run();
    ended();
  });
}

void keeping::join() {
  if (thread_.joinable())
    thread_.join();
  if (writer_)
    writer_->finish();
}

upgrade_report keeping::run_for(duration length) {
  run_->stop_keeping_at(length);
  auto report = run_->run();
  join();
  return report;
}

void keeping::stop() {
  run_->stop_keeping();
}

void keeping::cancel(const std::string& by) {
  run_->cancel(by, true);
}

void keeping::steer(bool suspend, const std::string& by) {
  if (suspend)
    run_->suspend_repairs(by);
  else
    run_->resume_repairs(by);
}

} // namespace drydock::cli
