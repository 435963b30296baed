// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors/upgrade_run.hpp"

#include "drydock/actors/joint_runs.hpp"

#include <utility>

namespace drydock::inline v1::actors {

class upgrade_run::impl {
public:
  impl(run_setup setup, upgrade_listener& listener)
    : runs({setup.virtual_clock, setup.clock_start, setup.threads,
            setup.interleaving_seed}) {
    runs.add(std::move(setup), listener);
  }

  joint_runs runs; // of one
};

upgrade_run::upgrade_run(run_setup setup, upgrade_listener& listener)
  : impl_(std::make_unique<impl>(std::move(setup), listener)) {}

upgrade_run::~upgrade_run() = default;

engine::upgrade_report upgrade_run::run() {
  impl_->runs.begin(0);
  return impl_->runs.wait()->report;
}

void upgrade_run::cancel(std::string by, bool now) {
  impl_->runs.cancel(0, std::move(by), now);
}

void upgrade_run::approve(protocol::approval word) {
  impl_->runs.approve(0, std::move(word));
}

void upgrade_run::approve_at(protocol::approval word, engine::duration after) {
  impl_->runs.approve_at(0, std::move(word), after);
}

void upgrade_run::stop_keeping() {
  impl_->runs.stop_keeping(0);
}

void upgrade_run::suspend_repairs(std::string by) {
  impl_->runs.steer_repairs(0, std::move(by), false);
}

void upgrade_run::resume_repairs(std::string by) {
  impl_->runs.steer_repairs(0, std::move(by), true);
}

void upgrade_run::stop_keeping_at(engine::duration after) {
  impl_->runs.stop_keeping_at(0, after);
}

void upgrade_run::suspend_repairs_at(std::string by, engine::duration after) {
  impl_->runs.steer_repairs_at(0, std::move(by), false, after);
}

void upgrade_run::resume_repairs_at(std::string by, engine::duration after) {
  impl_->runs.steer_repairs_at(0, std::move(by), true, after);
}

void upgrade_run::delete_instance(engine::instance_index instance) {
  impl_->runs.delete_instance(0, instance);
}

void upgrade_run::delete_instance_at(engine::instance_index instance,
                                     engine::duration after) {
  impl_->runs.delete_instance_at(0, instance, after);
}

void upgrade_run::cancel_at(std::string by, bool now, engine::duration after) {
  impl_->runs.cancel_at(0, std::move(by), now, after);
}

} // namespace drydock::inline v1::actors
