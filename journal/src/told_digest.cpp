// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/told_digest.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace drydock::inline v1::journal {

using namespace engine;

namespace {

/// Whose number stands before the event; none is used for another kind, ever.
enum class event_kind : std::uint8_t {
  upgrade_started,
  instance_skipped,
  check_judged,
  batch_started,
  batch_extended,
  step_started,
  step_finished,
  health_changed,
  instance_settled,
  instance_released,
  batch_finished,
  waiting,
  instance_deleted,
  rollback_started,
  rollback_finished,
  cancel_requested,
  upgrade_resumed,
  upgrade_finished,
  hook_started,
  hook_finished,
  checkpoint_reached,
  checkpoint_left,
  guard_changed,
  pause_ended,
  instance_created,
  instance_replaced,
  surge_short,
  repair_started,
  repair_finished,
  repairs_suspended,
  repairs_resumed,
  scaling_started,
  scaling_finished,
};

// As MurmurHash3 mixes words of 64 bits.
std::uint64_t mix(std::uint64_t state, std::uint64_t word) {
  word = std::rotl(word * 0x87c37b91114253d5U, 31) * 0x4cf5ad432745937fU;
  return std::rotl(state ^ word, 27) * 5 + 0x52dce729U;
}

std::uint64_t spread(std::uint64_t x) {
  x = (x ^ x >> 33U) * 0xff51afd7ed558ccdU;
  x = (x ^ x >> 33U) * 0xc4ceb9fe1a85ec53U;
  return x ^ x >> 33U;
}

/// Up to eight bytes, the lowest first on every machine.
std::uint64_t word_at(const char* at, std::size_t size) {
  std::uint64_t x = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&x, at, size);
  } else {
    for (std::size_t i = 0; i < size; ++i)
      x |= std::uint64_t{static_cast<std::uint8_t>(at[i])} << (8 * i);
  }
  return x;
}

} // namespace

struct event_putter {
  told_digest& out;

  void operator()(const told::upgrade_started& e) const {
    begin(event_kind::upgrade_started);
    choice(e.mode);
    out.number(e.total);
    out.number(e.pending);
    out.number(e.up_to_date);
    out.number(e.skipped);
    choice(e.action);
  }
  void operator()(const told::instance_skipped& e) const {
    begin(event_kind::instance_skipped);
    out.number(e.instance);
    choice(e.reason);
  }
  void operator()(const told::check_judged& e) const {
    begin(event_kind::check_judged);
    choice(e.check);
    out.number(e.unhealthy);
    out.number(e.total);
    out.signed_number(e.threshold_percent);
    out.text(e.code);
  }
  void operator()(const told::batch_started& e) const {
    begin(event_kind::batch_started);
    out.number(e.batch);
    out.signed_number(e.place.phase);
    out.number(e.place.zone);
    out.number(e.place.update_domain);
    out.instances(e.instances);
    out.number(e.limits.batch_instances_max);
    out.number(e.limits.unavailable_instances_max);
    out.number(e.unavailable);
    choice(e.bound);
    if (e.surge)
      out.byte(1);
  }
  void operator()(const told::batch_extended& e) const {
    begin(event_kind::batch_extended);
    out.number(e.batch);
    out.instances(e.instances);
    if (e.surge)
      out.byte(1);
  }
  void operator()(const told::step_started& e) const {
    begin(event_kind::step_started);
    out.number(e.instance);
    choice(e.step);
    choice(e.action);
    out.number(e.attempt);
    work(e.work);
    if (e.not_before)
      out.signed_number(e.not_before->count());
  }
  void operator()(const told::step_finished& e) const {
    begin(event_kind::step_finished);
    out.number(e.instance);
    choice(e.step);
    choice(e.action);
    out.number(e.attempt);
    choice(e.outcome);
    out.text(e.error);
    work(e.work);
  }
  void operator()(const told::health_changed& e) const {
    begin(event_kind::health_changed);
    out.number(e.instance);
    choice(e.from);
    choice(e.to);
  }
  void operator()(const told::instance_settled& e) const {
    begin(event_kind::instance_settled);
    out.number(e.instance);
    choice(e.reason);
    out.byte(e.action_failed ? 1 : 0);
    out.text(e.message);
  }
  void operator()(const told::instance_released& e) const {
    begin(event_kind::instance_released);
    out.number(e.instance);
    if (e.reason != release_reason::cancelled)
      choice(e.reason);
  }
  void operator()(const told::batch_finished& e) const {
    begin(event_kind::batch_finished);
    out.number(e.batch);
    out.number(e.succeeded);
    out.number(e.failed);
  }
  void operator()(const told::waiting& e) const {
    begin(event_kind::waiting);
    choice(e.reason);
    out.byte((e.until ? 1U : 0U) | (e.remaining ? 2U : 0U));
    if (e.until)
      out.signed_number(e.until->time_since_epoch().count());
    if (e.remaining)
      out.signed_number(e.remaining->count());
    out.text(e.limit);
    out.instances(e.holders);
    out.number(e.holder_count);
    out.number(e.question);
  }
  void operator()(const told::instance_deleted& e) const {
    begin(event_kind::instance_deleted);
    out.number(e.instance);
    if (e.reason != deletion_reason::deleted)
      choice(e.reason);
  }
  void operator()(const told::instance_created& e) const {
    begin(event_kind::instance_created);
    out.number(e.instance);
    out.number(e.replaces);
    if (e.reason != creation_reason::surge)
      choice(e.reason);
  }
  void operator()(const told::instance_replaced& e) const {
    begin(event_kind::instance_replaced);
    out.number(e.instance);
    out.number(e.replacement);
  }
  void operator()(const told::surge_short& e) const {
    begin(event_kind::surge_short);
    out.number(e.batch);
    out.instances(e.instances);
  }
  void operator()(const told::repair_started& e) const {
    begin(event_kind::repair_started);
    out.number(e.instance);
    choice(e.action);
  }
  void operator()(const told::repair_finished& e) const {
    begin(event_kind::repair_finished);
    out.number(e.instance);
    choice(e.outcome);
    choice(e.reason);
    out.text(e.message);
  }
  void operator()(const told::repairs_suspended& e) const {
    begin(event_kind::repairs_suspended);
    out.text(e.by);
    out.number(e.failed_in_a_row);
  }
  void operator()(const told::repairs_resumed& e) const {
    begin(event_kind::repairs_resumed);
    out.text(e.by);
  }
  void operator()(const told::rollback_started& e) const {
    begin(event_kind::rollback_started);
    out.number(e.instance);
  }
  void operator()(const told::rollback_finished& e) const {
    begin(event_kind::rollback_finished);
    out.number(e.instance);
    out.byte((e.succeeded ? 1U : 0U) | (e.action_failed ? 2U : 0U)
             | (e.lags ? 4U : 0U));
    out.text(e.message);
  }
  void operator()(const told::cancel_requested& e) const {
    begin(event_kind::cancel_requested);
    out.text(e.by);
    out.byte(e.now ? 1 : 0);
  }
  void operator()(const told::upgrade_resumed& e) const {
    begin(event_kind::upgrade_resumed);
    out.instances(e.in_hand);
  }
  void operator()(const told::hook_started& e) const {
    begin(event_kind::hook_started);
    choice(e.hook);
    out.number(e.batch);
    out.number(e.attempt);
  }
  void operator()(const told::hook_finished& e) const {
    begin(event_kind::hook_finished);
    choice(e.hook);
    out.number(e.batch);
    out.number(e.attempt);
    choice(e.outcome);
    out.text(e.error);
  }
  void operator()(const told::checkpoint_reached& e) const {
    begin(event_kind::checkpoint_reached);
    out.signed_number(e.percent);
    out.number(e.done);
    out.number(e.total);
    out.signed_number(e.bake.count());
    choice(e.approval);
  }
  void operator()(const told::checkpoint_left& e) const {
    begin(event_kind::checkpoint_left);
    out.signed_number(e.percent);
    out.byte(e.passed ? 1 : 0);
    out.text(e.by);
    out.text(e.message);
  }
  void operator()(const told::guard_changed& e) const {
    begin(event_kind::guard_changed);
    out.number(e.guard);
    out.text(e.name);
    choice(e.state);
    out.text(e.message);
  }
  void operator()(const told::pause_ended& e) const {
    begin(event_kind::pause_ended);
    out.text(e.by);
  }
  void operator()(const told::scaling_started& e) const {
    begin(event_kind::scaling_started);
    out.number(e.capacity_before);
    out.number(e.capacity);
    out.instances(e.leaving);
    out.instances(e.arriving);
  }
  void operator()(const told::scaling_finished& e) const {
    begin(event_kind::scaling_finished);
    out.number(e.created);
    out.number(e.deleted);
    out.number(e.failed);
  }
  void operator()(const told::upgrade_finished& e) const {
    begin(event_kind::upgrade_finished);
    choice(e.status);
    out.text(e.error.code);
    out.text(e.error.message);
    out.number(e.error.details.size());
    for (const auto& d : e.error.details) {
      out.text(d.code);
      out.text(d.message);
      out.number(d.instance);
    }
    out.number(e.progress.successful);
    out.number(e.progress.failed);
    out.number(e.progress.in_progress);
    out.number(e.progress.pending);
    out.number(e.progress.skipped);
  }

private:
  void begin(event_kind kind) const { out.byte(static_cast<unsigned>(kind)); }

  /// Digests of upgrades that replace nobody are what they were before surge.
  void work(work_kind x) const {
    if (x == work_kind::create || x == work_kind::repair || deletes(x))
      choice(x);
  }

  template <class Enum>
  void choice(Enum x) const {
    out.byte(static_cast<unsigned>(x));
  }
};

void told_digest::clear() {
  used_ = 0;
  folded_ = 0;
  state_ = 0;
  count_ = 0;
}

void told_digest::add(const upgrade_event& event) {
  if (scratch_.empty())
    scratch_.resize(scratch_size);
  ++count_;
  std::visit(event_putter{*this}, event);
}

void told_digest::raw(std::string_view x) {
  while (!x.empty()) {
    const auto n = std::min<std::size_t>(x.size(), 64);
    std::memcpy(room(n), x.data(), n);
    took(n);
    x.remove_prefix(n);
  }
}

/// Whole words only, so that the digest does not depend on where it was folded.
void told_digest::fold() {
  const auto whole = used_ / 8 * 8;
  for (std::size_t at = 0; at < whole; at += 8)
    state_ = mix(state_, word_at(scratch_.data() + at, 8));
  std::memmove(scratch_.data(), scratch_.data() + whole, used_ - whole);
  folded_ += whole;
  used_ -= whole;
}

std::uint64_t told_digest::value() const {
  if (count_ == 0)
    return 0;
  auto x = state_;
  for (std::size_t at = 0; at < used_; at += 8)
    x = mix(x, word_at(scratch_.data() + at, std::min<std::size_t>(8, used_ - at)));
  return spread(x ^ (folded_ + used_));
}

} // namespace drydock::inline v1::journal
