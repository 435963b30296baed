// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/simulated.hpp"

#include "random_draw.hpp"
#include "simulated_world.hpp"

#include <algorithm>
#include <limits>

namespace drydock::drivers {

using namespace engine;
using namespace protocol;

namespace {

constexpr auto unset = std::numeric_limits<std::int64_t>::min();

std::int64_t to_ns(instant t) {
  return t.time_since_epoch().count();
}

/// The mean, or the median where that is what the distribution is named by.
duration typical(const duration_distribution& from) {
  return from.kind == duration_distribution::shape::uniform
           ? from.first + (from.second - from.first) / 2
           : from.first;
}

bool takes_time(const duration_distribution& x) {
  return x.kind != duration_distribution::shape::fixed || x.first > duration{0};
}

/// Whether any step can take longer than no time.
bool takes_time(const simulated_spec& spec) {
  const auto hook = [](const auto& x) { return x.has_value() && takes_time(*x); };
  return hook(spec.before_instance) || hook(spec.after_instance)
         || takes_time(spec.create) || takes_time(spec.remove)
         || std::any_of(spec.durations.begin(), spec.durations.end(),
                        [](const auto& x) { return takes_time(x); })
         || std::any_of(spec.faults.begin(), spec.faults.end(), [](const auto& x) {
              return x.action == simulated_fault::action_fate::hang
                     || x.repair == simulated_fault::action_fate::hang;
            });
}

} // namespace

simulated_fleet::simulated_fleet(simulated_spec spec, health_source source,
                                 const fleet& instances)
  : spec_(std::move(spec)), source_(std::move(source)), states_(instances.positions()),
    ends_(takes_time(spec_) ? instances.positions() : 0), count_(instances.size()),
    first_arrival_(instances.first_arrival()), origin_(unset),
    fate_(std::make_unique<misfortunes>(spec_, instances)) {
  if (spec_.max_parallel > 0)
    queue_ = std::make_unique<step_queue>(spec_.max_parallel);
  name_faults(instances);
}

simulated_fleet::~simulated_fleet() = default;

bool simulated_fleet::has_hook(step_kind step) const {
  if (step == step_kind::before_instance)
    return spec_.before_instance.has_value();
  if (step == step_kind::terminate_notification)
    return true;
  return step == step_kind::after_instance && spec_.after_instance.has_value();
}

bool simulated_fleet::image_is_bad() const {
  return fate_->image_is_bad();
}

bool simulated_fleet::start(const step_request& request,
                            std::shared_ptr<step_port> port) {
  const auto i = request.id.instance;
  const auto is_action = request.step == step_kind::action;
  if (request.step == step_kind::terminate_notification)
    return tell(request, *port);
  if (const auto left = left_of_creation(request)) { // it is there, or nearly so
    port->finished(request.id, {}, *left);
    return true;
  }
  auto what = is_action ? decide(request) : decide_hook(request);
  if (is_action && deletes(request.work))
    what = decide_deletion(request);
  else if (is_action && request.work == work::create && what)
    what = decide_creation(request, *what);
  if (!what) {
    set_end(i, instant::max());
    return true; // for good; only the user can end it
  }
  const auto waits = wait_for_turn(request.now, what->takes);
  set_end(i, request.now + waits + what->takes);
  if (is_action && what->result.outcome == step_outcome::succeeded
      && !deletes(request.work)) {
    const draw_key key{spec_.seed, who(i), request.action, request.attempt};
    const auto end = request.now + waits + what->takes;
    remember(i, past_after(request.work), end,
             end + draw_duration(spec_.boot, key, purpose::boot_duration));
  }
  if (waits > duration{0})
    port->begun(request.id, waits);
  port->finished(request.id, std::move(what->result), waits + what->takes);
  return waits == duration{0};
}

/// What an instance has gone through once it was worked on.
simulated_fleet::past simulated_fleet::past_after(work x) {
  if (x == work::repair)
    return past::repaired;
  return x == work::rollback ? past::rolled_back : past::upgraded;
}

bool simulated_fleet::inspect(const step_request& request,
                              std::shared_ptr<step_port> port) {
  const auto i = request.id.instance;
  const auto end = ends_.empty() ? unset : ends_[i].load(std::memory_order_acquire);
  if (end == to_ns(instant::max()))
    return true;
  const auto wanted = request.is_rollback() ? past::rolled_back : past::upgraded;
  const auto is = static_cast<past>(states_[i].load(std::memory_order_acquire) & 3);
  const auto left =
    std::max<std::int64_t>(end, to_ns(request.now)) - to_ns(request.now);
  // An earlier repair looks like this one.
  const auto done = is == wanted && request.work != work::repair;
  port->inspected(request.id, done ? action_fate::done : action_fate::not_done, {},
                  duration{left});
  return true;
}

void simulated_fleet::assume_upgraded(instance_index i, instant ended) {
  remember(i, past::upgraded, ended, ended);
}

void simulated_fleet::assume_rolled_back(instance_index i, instant ended) {
  remember(i, past::rolled_back, ended, ended);
}

void simulated_fleet::set_end(instance_index i, instant end) {
  if (!ends_.empty())
    ends_[i].store(to_ns(end), std::memory_order_release);
}

std::optional<simulated_fleet::outcome>
simulated_fleet::decide(const step_request& request) const {
  using fate = simulated_fault::action_fate;
  const auto i = request.id.instance;
  const auto known = faults_.find(i);
  const auto* const f = known == faults_.end() ? nullptr : &known->second;
  const draw_key key{spec_.seed, who(i), request.action, request.attempt};
  const draw_key once{spec_.seed, who(i), request.action, 0};
  outcome x;
  const auto& lengths = request.work == work::create
                          ? spec_.create
                          : spec_.durations[static_cast<std::size_t>(request.action)];
  x.takes = draw_duration(lengths, key, purpose::action_duration);
  const auto repairs = request.work == work::repair;
  const auto happens = [&](double rate, const draw_key& draw, purpose what) {
    return !repairs && draw_unit(draw, what) < rate; // rates hit upgrades only
  };
  if (!request.is_rollback()) {
    const auto doom = f == nullptr ? fate::succeed
                      : repairs    ? f->spec->repair
                                   : f->spec->action;
    if (doom == fate::hang) {
      if (spec_.timeout <= duration{0})
        return std::nullopt;
      x.takes = duration::max();
    } else if (doom == fate::fail
               || happens(spec_.action_failure, once, purpose::action_failure)) {
      x.result = {step_outcome::failed, "simulated failure"};
    } else if (happens(spec_.transient_failure, key, purpose::transient_failure)) {
      x.result = {step_outcome::transient, "simulated transient failure"};
    }
  }
  if (spec_.timeout > duration{0} && x.takes > spec_.timeout) {
    x.takes = spec_.timeout;
    x.result = {step_outcome::timed_out, "simulated timeout"};
  }
  return x;
}

simulated_fleet::outcome
simulated_fleet::decide_hook(const step_request& request) const {
  const auto before = request.step == step_kind::before_instance;
  const auto& takes = before ? spec_.before_instance : spec_.after_instance;
  const draw_key key{spec_.seed, who(request.id.instance), request.action,
                     request.attempt};
  return {{},
          takes ? draw_duration(*takes, key,
                                before ? purpose::before_hook_duration
                                       : purpose::after_hook_duration)
                : duration{0}};
}

/// How long a step that is asked for `now` waits until others have ended.
duration simulated_fleet::wait_for_turn(instant now, duration takes) {
  if (!queue_)
    return duration{0};
  const std::lock_guard guard(queue_mutex_);
  return duration{queue_->enter(to_ns(now), takes.count()) - to_ns(now)};
}

void simulated_fleet::remember(instance_index i, past what, instant end,
                               instant ready) {
  if (const auto f = faults_.find(i); f != faults_.end())
    f->second.action_end.store(to_ns(end), std::memory_order_relaxed);
  states_[i].store(to_ns(ready) * 4 + static_cast<std::int64_t>(what),
                   std::memory_order_release);
}

bool simulated_fleet::is_new(instance_index i) const {
  const auto f = faults_.find(i);
  return f != faults_.end() && f->second.spec->health == health_state::initializing;
}

raw_health simulated_fleet::answer(health_state x) const {
  if (x == health_state::initializing)
    return interpret_silence(source_);
  const auto two_valued = source_.kind == health_kind::binary_extension
                          || source_.kind == health_kind::load_balancer
                          || source_.protocol == probe_protocol::tcp;
  return x == health_state::unknown && two_valued ? health_state::unhealthy : x;
}

/// What an instance says of itself; initializing: it says nothing.
health_state simulated_fleet::look(instance_index i, const fault* f,
                                   instant now) const {
  const auto packed = states_[i].load(std::memory_order_acquire);
  const auto what = static_cast<past>(packed & 3);
  const auto ready = packed >> 2;
  const auto recovered = [&](std::int64_t since) {
    return f->spec->recovers_after
           && to_ns(now) >= since + f->spec->recovers_after->count();
  };
  if (what == past::untouched) {
    const auto origin = origin_.load(std::memory_order_relaxed);
    if (f == nullptr || recovered(origin))
      return health_state::healthy;
    const auto& ill_after = f->spec->falls_ill_after;
    if (ill_after && to_ns(now) < origin + ill_after->count())
      return health_state::healthy;
    return f->spec->health;
  }
  if (to_ns(now) < ready)
    return health_state::initializing; // it boots
  if (what == past::rolled_back)
    return health_state::healthy;
  if (what == past::repaired && f != nullptr)
    return f->spec->health_after_repair;
  if (what == past::repaired) // a restart does not mend a bad image
    return fate_->falls_to_image(who(i)) ? health_state::unhealthy
                                         : health_state::healthy;
  if (f != nullptr && f->spec->health_after != health_state::healthy)
    return recovered(f->action_end.load(std::memory_order_relaxed))
             ? health_state::healthy
             : f->spec->health_after;
  const auto falls_ill = fate_->falls_to_image(who(i))
                         || (spec_.unhealthy_after_upgrade > 0
                             && draw_unit({spec_.seed, who(i), apply_class::none, 0},
                                          purpose::unhealthy_after_upgrade)
                                  < spec_.unhealthy_after_upgrade);
  return falls_ill ? health_state::unhealthy : health_state::healthy;
}

/// Whether an instance that would answer healthy is ill of itself, and until when
/// its answer stays as it is.
simulated_fleet::misfortune simulated_fleet::befalls(instance_index i,
                                                     instant now) const {
  if (!fate_->possible())
    return {false, instant::max()};
  const auto origin = origin_.load(std::memory_order_relaxed);
  const auto at = to_ns(now) - origin;
  const auto packed = states_[i].load(std::memory_order_acquire);
  const auto upgraded = (packed & 3) == static_cast<std::int64_t>(past::untouched)
                          ? std::numeric_limits<std::int64_t>::min()
                          : (packed >> 2) - origin;
  const auto own = fate_->look(i, at, upgraded);
  const auto until = std::min(own.until, fate_->next_outage(i, at));
  const auto last = to_ns(instant::max()) - std::max<std::int64_t>(origin, 0);
  return {own.ill || fate_->is_out(i, at),
          until > last ? instant::max() : instant{duration{origin + until}}};
}

void simulated_fleet::probe(std::span<const probe_request> requests, instant now,
                            std::vector<probe_answer>& answered,
                            const std::shared_ptr<probe_port>&) {
  auto expected = unset;
  origin_.compare_exchange_strong(expected, to_ns(now));
  answered.reserve(answered.size() + requests.size());
  for (const auto& request : requests) {
    const auto known = faults_.empty() ? faults_.end() : faults_.find(request.instance);
    const auto* const f = known == faults_.end() ? nullptr : &known->second;
    auto says = look(request.instance, f, now);
    auto until = instant::min();
    if (says == health_state::healthy) {
      const auto own = befalls(request.instance, now);
      if (own.ill)
        says = health_state::unhealthy;
      else if (f == nullptr)
        until = own.until;
    }
    probe_answer a{request.instance, request.generation, answer(says), {}};
    if (f != nullptr && says != health_state::initializing) {
      a.metrics.phase = f->spec->phase.value_or(custom_metrics::no_phase);
      a.metrics.skip_upgrade = f->spec->skip_upgrade;
    }
    a.unchanged_until = until;
    answered.push_back(a);
  }
}

duration simulated_fleet::typical_work(apply_class action) const {
  const auto takes = typical(spec_.durations[static_cast<std::size_t>(action)]);
  if (source_.kind == health_kind::none)
    return takes;
  const auto boot = typical(spec_.boot);
  const auto afresh = action >= apply_class::restart;
  auto machine = health_machine::fresh(source_, instant{});
  for (auto i = source_.number_of_probes; !afresh && i > 0; --i)
    machine.next(source_, health_state::healthy, instant{});
  constexpr int probes_max = 1'000'000; // a boot of days, probed every few ms
  duration at{0};
  for (int i = 0; i < probes_max; ++i, at += source_.interval) {
    const auto raw = at < boot ? interpret_silence(source_) : health_state::healthy;
    if (machine.next(source_, raw, instant{at}) == health_state::healthy
        && raw == health_state::healthy)
      return takes + at;
  }
  return takes + std::max(at, boot);
}

/// How probes will see a named instance settle, and recover. Mirrors
/// `health_machine`: the end of a grace period wins against the last good probe,
/// and without one it takes N ill answers in a row to settle ill.
expected_health simulated_fleet::expect(instance_index i,
                                        const simulated_fault& f) const {
  const auto interval = source_.interval;
  const auto next_probe = [interval](duration at) {
    return (at + interval - duration{1}) / interval * interval;
  };
  const auto probes = std::max(source_.number_of_probes, 1U);
  const auto is_new = f.health == health_state::initializing;
  const auto grace = is_new && source_.kind == health_kind::rich_extension
                       ? source_.grace_period
                       : duration{0};
  const auto settles =
    grace > duration{0} ? next_probe(grace) : interval * (probes - 1);

  expected_health x;
  x.instance = i;
  x.health = health_state::initializing;
  x.changes_after = settles;
  x.metrics = {f.phase.value_or(custom_metrics::no_phase), f.skip_upgrade};
  if (f.health == health_state::healthy || f.falls_ill_after)
    return x;
  x.then = answer(f.health);
  if (!f.recovers_after) {
    if (is_new)
      x.metrics = {}; // silence carries none
    return x;
  }
  const auto first_good = next_probe(*f.recovers_after);
  const auto confirmed = first_good + interval * (probes - 1);
  if (is_new && first_good > settles)
    x.metrics = {}; // too late: they are read once
  if (grace > duration{0} ? confirmed < settles : first_good <= settles) {
    x.changes_after = confirmed;
    x.then = health_state::healthy;
  } else if (grace > duration{0} && first_good <= settles) {
    x.heals_after = settles + interval * probes; // counted anew from there
  } else {
    x.heals_after = confirmed;
  }
  return x;
}

std::vector<expected_health> simulated_fleet::expectations() const {
  std::vector<expected_health> result;
  result.reserve(faults_.size());
  for (const auto& [i, f] : faults_)
    if (i < count_) // nobody is at the others yet
      result.push_back(expect(i, *f.spec));
  std::sort(result.begin(), result.end(),
            [](const auto& a, const auto& b) { return a.instance < b.instance; });
  return result;
}

} // namespace drydock::drivers
