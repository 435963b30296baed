// SPDX-License-Identifier: Apache-2.0
#include "codec.hpp"
#include "tag.hpp"

namespace drydock::inline v1::journal {

namespace {

using namespace engine;

enum class command_kind : std::uint8_t {
  start_members,
  recover_members,
  cancel_members,
  drop_member,
  arm_timer,
  finish,
  run_hook,
  end_hook,
  ask_approval,
  ask_budget,
};
constexpr auto last_kind = command_kind::ask_budget;

// The one bit of a cancel: at once.
constexpr unsigned is_set = 1;
// Of members that start: what for.
constexpr unsigned work_bits = 7;
constexpr auto last_work = work_kind::repair;

// Which of the four hooks.
constexpr unsigned hook_bits = 3;

constexpr auto last_known = known_progress::undraining;
constexpr unsigned known_bits = 3;

/// Differences of any two instants, without overflow: both ways they wrap alike.
std::int64_t minus(instant x, instant y) {
  return static_cast<std::int64_t>(
    static_cast<std::uint64_t>(x.time_since_epoch().count())
    - static_cast<std::uint64_t>(y.time_since_epoch().count()));
}

instant plus(instant x, std::int64_t y) {
  return instant(duration(static_cast<std::int64_t>(
    static_cast<std::uint64_t>(y)
    + static_cast<std::uint64_t>(x.time_since_epoch().count()))));
}

struct command_putter {
  byte_writer& out;
  instant at;

  void operator()(const command::start_members& c) const {
    out.byte(make_tag(command_kind::start_members, static_cast<unsigned>(c.work)));
    out.instances(c.instances);
  }
  void operator()(const command::recover_members& c) const {
    out.byte(make_tag(command_kind::recover_members));
    out.number(c.members.size());
    instance_index last = 0;
    for (const auto& m : c.members) {
      out.instance(m.instance, last);
      out.byte(static_cast<unsigned>(m.known)
               | static_cast<unsigned>(m.work) << known_bits);
      out.number(m.attempt);
    }
  }
  void operator()(const command::cancel_members& c) const {
    out.byte(make_tag(command_kind::cancel_members, c.now ? is_set : 0U));
  }
  void operator()(const command::drop_member& c) const {
    out.byte(make_tag(command_kind::drop_member));
    out.number(c.instance);
  }
  void operator()(const command::arm_timer& c) const {
    out.byte(make_tag(command_kind::arm_timer));
    out.number(c.timer);
    out.signed_number(minus(c.at, at));
  }
  void operator()(const command::publish& /*c*/) const {}
  void operator()(const command::finish& /*c*/) const {
    out.byte(make_tag(command_kind::finish));
  }
  void operator()(const command::run_hook& c) const {
    out.byte(make_tag(command_kind::run_hook, static_cast<unsigned>(c.hook)));
    out.number(c.batch);
    out.number(c.attempt);
    out.number(c.request);
  }
  void operator()(const command::end_hook& c) const {
    out.byte(make_tag(command_kind::end_hook));
    out.number(c.request);
  }
  void operator()(const command::ask_approval& c) const {
    out.byte(make_tag(command_kind::ask_approval));
    out.signed_number(c.checkpoint);
    out.number(c.question);
  }
  void operator()(const command::ask_budget& c) const {
    out.byte(make_tag(command_kind::ask_budget));
    out.number(c.request);
    out.number(c.unavailable);
    out.number(c.kept);
    out.number(c.wanted);
  }
};

command::recover_members get_recovery(byte_reader& in) {
  const auto n = in.count(3);
  command::recover_members c;
  c.members.reserve(n);
  instance_index last = 0;
  for (std::size_t i = 0; i < n && in.ok(); ++i) {
    member_recovery m;
    m.instance = in.instance(last);
    const unsigned packed = in.byte();
    m.known = in.choice(packed & ((1U << known_bits) - 1), last_known);
    m.work = in.choice(packed >> known_bits, last_work);
    m.attempt = in.number32();
    c.members.push_back(m);
  }
  return c;
}

rollout_command get_command(byte_reader& in, instant at) {
  const tag t(in);
  const auto kind = t.kind(last_kind);
  const auto bits = t.bits(kind == command_kind::start_members    ? work_bits
                           : kind == command_kind::cancel_members ? is_set
                           : kind == command_kind::run_hook       ? hook_bits
                                                                  : 0U);
  switch (kind) {
  case command_kind::start_members:
    return command::start_members{in.instances(), in.choice(bits, last_work)};
  case command_kind::recover_members:
    return get_recovery(in);
  case command_kind::cancel_members:
    return command::cancel_members{bits != 0};
  case command_kind::drop_member:
    return command::drop_member{in.number32()};
  case command_kind::arm_timer: {
    const auto timer = in.number32();
    return command::arm_timer{timer, plus(at, in.signed_number())};
  }
  case command_kind::run_hook: {
    command::run_hook c;
    c.hook = static_cast<upgrade_hook>(bits);
    c.batch = in.number32();
    c.attempt = in.number32();
    c.request = in.number32();
    return c;
  }
  case command_kind::end_hook:
    return command::end_hook{in.number32()};
  case command_kind::ask_approval: {
    const auto percent = get_int(in);
    return command::ask_approval{percent, in.number32()};
  }
  case command_kind::ask_budget: {
    command::ask_budget c;
    c.request = in.number32();
    c.unavailable = in.number32();
    c.kept = in.number32();
    c.wanted = in.number32();
    return c;
  }
  case command_kind::finish:
    break;
  }
  return command::finish{};
}

} // namespace

void put_effects(byte_writer& out, std::span<const rollout_command> effects,
                 instant at) {
  std::size_t n = 0;
  for (const auto& c : effects)
    n += std::holds_alternative<command::publish>(c) ? 0 : 1;
  out.number(n);
  for (const auto& c : effects)
    std::visit(command_putter{out, at}, c);
}

std::vector<rollout_command> get_effects(byte_reader& in, instant at) {
  const auto n = in.count();
  std::vector<rollout_command> effects;
  for (std::size_t i = 0; i < n && in.ok(); ++i)
    effects.push_back(get_command(in, at));
  return effects;
}

} // namespace drydock::inline v1::journal
