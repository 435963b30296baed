// SPDX-License-Identifier: Apache-2.0
#include "codec.hpp"
#include "tag.hpp"

#include <utility>

namespace drydock::inline v1::journal {

namespace {

using namespace engine;

enum class input_kind : std::uint8_t {
  started,
  health_changed,
  member_settled,
  member_released,
  step_started,
  step_finished,
  timer_fired,
  cancel_requested,
  instance_deleted,
  internal_error,
  resumed,
  hook_finished,
  approval,
  guard_reported,
  keeper_word, // which one is in its bits, as kinds are few
  budget_given,
};
constexpr auto last_kind = input_kind::budget_given;

// Health and the kind of a step take the two low bits of a tag.
constexpr unsigned two_bits = 3;
// Of health.
constexpr unsigned skips = 4, has_phase = 8;
// Of settled members.
constexpr unsigned action_failed = 1, action_begun = 2, has_reason = 4, has_message = 8;
// Of steps.
constexpr unsigned is_repeated = 4, has_error = 8;
// Of cancels.
constexpr unsigned at_once = 1;
// Of approvals.
constexpr unsigned approved = 1, has_words = 2;
// Of guards, above the two bits of their state.
constexpr unsigned has_report = 4;

// Of words about repairs.
constexpr unsigned stops_keeping = 0, suspends = 1, resumes = 2;

// The second byte of a step: its action, and above that what became of it.
constexpr unsigned action_bits = 3;
constexpr auto last_action = apply_class::redeploy;
constexpr auto last_outcome = step_outcome::quota_short;

constexpr unsigned bit_if(bool x, unsigned bit) {
  return x ? bit : 0U;
}

template <class Enum>
constexpr unsigned raw(Enum x) {
  return static_cast<unsigned>(x);
}

struct input_putter {
  byte_writer& out;
  instance_index& last;

  void operator()(const input::started& /*e*/) const {
    out.byte(make_tag(input_kind::started));
  }
  void operator()(const input::health_changed& e) const {
    const auto phase = e.metrics.phase != custom_metrics::no_phase;
    out.byte(make_tag(input_kind::health_changed,
                      raw(e.health) | bit_if(e.metrics.skip_upgrade, skips)
                        | bit_if(phase, has_phase)));
    out.instance(e.instance, last);
    if (phase)
      out.signed_number(e.metrics.phase);
  }
  void operator()(const input::member_settled& e) const {
    const auto reason = e.reason != failure_reason::none;
    out.byte(make_tag(
      input_kind::member_settled,
      bit_if(e.action_failed, action_failed) | bit_if(e.action_begun, action_begun)
        | bit_if(reason, has_reason) | bit_if(!e.message.empty(), has_message)));
    out.instance(e.instance, last);
    if (reason)
      out.byte(raw(e.reason));
    if (!e.message.empty())
      out.text(e.message);
  }
  void operator()(const input::member_released& e) const {
    out.byte(make_tag(input_kind::member_released));
    out.instance(e.instance, last);
  }
  void operator()(const input::step_started& e) const {
    begin_step(input_kind::step_started, e.what, 0);
    out.byte(raw(e.what.action));
    if (e.what.attempt != 1)
      out.number(e.what.attempt);
  }
  void operator()(const input::step_finished& e) const {
    begin_step(input_kind::step_finished, e.what,
               bit_if(!e.what.error.empty(), has_error));
    out.byte(raw(e.what.action) | raw(e.what.outcome) << action_bits);
    if (e.what.attempt != 1)
      out.number(e.what.attempt);
    if (!e.what.error.empty())
      out.text(e.what.error);
  }
  void operator()(const input::timer_fired& e) const {
    out.byte(make_tag(input_kind::timer_fired));
    out.number(e.timer);
  }
  void operator()(const input::cancel_requested& e) const {
    out.byte(make_tag(input_kind::cancel_requested, bit_if(e.now, at_once)));
    out.text(e.by);
  }
  void operator()(const input::instance_deleted& e) const {
    out.byte(make_tag(input_kind::instance_deleted));
    out.instance(e.instance, last);
  }
  void operator()(const input::internal_error& e) const {
    out.byte(make_tag(input_kind::internal_error));
    out.text(e.message);
  }
  void operator()(const input::resumed& /*e*/) const {
    out.byte(make_tag(input_kind::resumed));
  }
  void operator()(const input::hook_finished& e) const {
    out.byte(make_tag(input_kind::hook_finished, bit_if(!e.error.empty(), has_error)));
    out.number(e.request);
    out.byte(raw(e.outcome));
    if (!e.error.empty())
      out.text(e.error);
  }
  void operator()(const input::approval& e) const {
    out.byte(make_tag(input_kind::approval, bit_if(e.approved, approved)
                                              | bit_if(!e.message.empty(), has_words)));
    out.number(e.question);
    out.text(e.by);
    if (!e.message.empty())
      out.text(e.message);
  }
  void operator()(const input::guard_reported& e) const {
    out.byte(make_tag(input_kind::guard_reported,
                      raw(e.state) | bit_if(!e.message.empty(), has_report)));
    out.number(e.guard);
    if (!e.message.empty())
      out.text(e.message);
  }
  void operator()(const input::stop_keeping& /*e*/) const {
    out.byte(make_tag(input_kind::keeper_word, stops_keeping));
  }
  void operator()(const input::repairs_suspended& e) const {
    out.byte(make_tag(input_kind::keeper_word, suspends));
    out.text(e.by);
  }
  void operator()(const input::repairs_resumed& e) const {
    out.byte(make_tag(input_kind::keeper_word, resumes));
    out.text(e.by);
  }

  void operator()(const input::budget_given& e) const {
    out.byte(make_tag(input_kind::budget_given));
    out.number(e.request);
    out.number(e.share);
    out.number(e.ceiling);
    out.number(e.holders.size());
    for (const auto& x : e.holders) {
      out.text(x.scale_set);
      out.number(x.count);
    }
  }

private:
  template <class Step>
  void begin_step(input_kind kind, const Step& e, unsigned more) const {
    out.byte(make_tag(kind, raw(e.step) | bit_if(e.attempt != 1, is_repeated) | more));
    out.instance(e.instance, last);
  }
};

/// A text that is only there when it is not empty.
std::string text_that_is_there(byte_reader& in) {
  auto x = in.text();
  if (x.empty())
    in.fail(byte_reader::unknown_value);
  return x;
}

input::health_changed get_health(byte_reader& in, const tag& t, instance_index& last) {
  const auto bits = t.bits(two_bits | skips | has_phase);
  input::health_changed e;
  e.health = static_cast<health_state>(bits & two_bits);
  e.instance = in.instance(last);
  e.metrics.skip_upgrade = (bits & skips) != 0;
  if ((bits & has_phase) != 0) {
    e.metrics.phase = in.signed_number();
    if (e.metrics.phase == custom_metrics::no_phase)
      in.fail(byte_reader::unknown_value);
  }
  return e;
}

input::member_settled get_settled(byte_reader& in, const tag& t, instance_index& last) {
  const auto bits = t.bits(action_failed | action_begun | has_reason | has_message);
  input::member_settled e;
  e.instance = in.instance(last);
  if ((bits & has_reason) != 0) {
    e.reason = in.choice(in.byte(), failure_reason::quota_short);
    if (e.reason == failure_reason::none)
      in.fail(byte_reader::unknown_value);
  }
  e.action_failed = (bits & action_failed) != 0;
  e.action_begun = (bits & action_begun) != 0;
  if ((bits & has_message) != 0)
    e.message = text_that_is_there(in);
  return e;
}

std::uint32_t get_attempt(byte_reader& in, unsigned bits) {
  if ((bits & is_repeated) == 0)
    return 1;
  const auto attempt = in.number32();
  if (attempt == 1)
    in.fail(byte_reader::unknown_value);
  return attempt;
}

input::step_started get_step_started(byte_reader& in, const tag& t,
                                     instance_index& last) {
  const auto bits = t.bits(two_bits | is_repeated);
  input::step_started e;
  e.what.step = in.choice(bits & two_bits, step_kind::terminate_notification);
  e.what.instance = in.instance(last);
  e.what.action = in.choice(in.byte(), last_action);
  e.what.attempt = get_attempt(in, bits);
  return e;
}

input::step_finished get_step_finished(byte_reader& in, const tag& t,
                                       instance_index& last) {
  const auto bits = t.bits(two_bits | is_repeated | has_error);
  input::step_finished e;
  e.what.step = in.choice(bits & two_bits, step_kind::terminate_notification);
  e.what.instance = in.instance(last);
  const unsigned packed = in.byte();
  e.what.action = in.choice(packed & ((1U << action_bits) - 1), last_action);
  e.what.outcome = in.choice(packed >> action_bits, last_outcome);
  e.what.attempt = get_attempt(in, bits);
  if ((bits & has_error) != 0)
    e.what.error = text_that_is_there(in);
  return e;
}

input::hook_finished get_hook(byte_reader& in, const tag& t) {
  const auto bits = t.bits(has_error);
  input::hook_finished e;
  e.request = in.number32();
  e.outcome = in.choice(in.byte(), last_outcome);
  if (bits != 0)
    e.error = text_that_is_there(in);
  return e;
}

input::approval get_approval(byte_reader& in, const tag& t) {
  const auto bits = t.bits(approved | has_words);
  input::approval e;
  e.approved = (bits & approved) != 0;
  e.question = in.number32();
  e.by = in.text();
  if ((bits & has_words) != 0)
    e.message = text_that_is_there(in);
  return e;
}

input::guard_reported get_guard(byte_reader& in, const tag& t) {
  const auto bits = t.bits(two_bits | has_report);
  input::guard_reported e;
  e.state = in.choice(bits & two_bits, guard_state::fails);
  e.guard = in.number32();
  if ((bits & has_report) != 0)
    e.message = text_that_is_there(in);
  return e;
}

rollout_input get_keeper_word(byte_reader& in, const tag& t) {
  switch (t.bits(two_bits)) {
  case stops_keeping:
    return input::stop_keeping{};
  case suspends:
    return input::repairs_suspended{in.text()};
  case resumes:
    return input::repairs_resumed{in.text()};
  default:
    in.fail(byte_reader::unknown_value);
    return input::stop_keeping{};
  }
}

input::budget_given get_budget(byte_reader& in) {
  input::budget_given e;
  e.request = in.number32();
  e.share = in.number32();
  e.ceiling = in.number32();
  e.holders.resize(in.count(2));
  for (auto& x : e.holders) {
    x.scale_set = in.text();
    x.count = in.number32();
  }
  return e;
}

} // namespace

void put_input(byte_writer& out, const rollout_input& x, instance_index& last) {
  std::visit(input_putter{out, last}, x);
}

rollout_input get_input(byte_reader& in, instance_index& last) {
  const tag t(in);
  const auto kind = t.kind(last_kind);
  switch (kind) {
  case input_kind::health_changed:
    return get_health(in, t, last);
  case input_kind::member_settled:
    return get_settled(in, t, last);
  case input_kind::step_started:
    return get_step_started(in, t, last);
  case input_kind::step_finished:
    return get_step_finished(in, t, last);
  case input_kind::cancel_requested: {
    const auto now = t.bits(at_once) != 0;
    return input::cancel_requested{in.text(), now};
  }
  case input_kind::hook_finished:
    return get_hook(in, t);
  case input_kind::approval:
    return get_approval(in, t);
  case input_kind::guard_reported:
    return get_guard(in, t);
  case input_kind::keeper_word:
    return get_keeper_word(in, t);
  default:
    break;
  }
  static_cast<void>(t.bits(0));
  switch (kind) {
  case input_kind::member_released:
    return input::member_released{in.instance(last)};
  case input_kind::instance_deleted:
    return input::instance_deleted{in.instance(last)};
  case input_kind::timer_fired:
    return input::timer_fired{in.number32()};
  case input_kind::internal_error:
    return input::internal_error{in.text()};
  case input_kind::resumed:
    return input::resumed{};
  case input_kind::budget_given:
    return get_budget(in);
  default:
    return input::started{};
  }
}

} // namespace drydock::inline v1::journal
