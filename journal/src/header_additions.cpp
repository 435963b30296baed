// SPDX-License-Identifier: Apache-2.0
#include "header_additions.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace drydock::inline v1::journal {

using namespace engine;

namespace {

enum class addition : std::uint8_t {
  terminate_delay = 1,
  scale_in = 2,
  arrivals = 3,
};

void begin(byte_writer& out, addition what) {
  out.byte(static_cast<unsigned>(what));
}

bool has_arrivals(const header& x) {
  return x.instances && x.instances->arrivals() > 0;
}

/// All that is known of them: nothing else says it after a crash.
void put_arrivals(byte_writer& out, const fleet& x) {
  out.number(x.arrivals());
  for (auto i = x.first_arrival(); i < x.positions(); ++i) {
    const auto spec = x.spec(i);
    out.text(spec.id);
    out.text(spec.zone);
    out.number(spec.update_domain ? std::uint64_t{*spec.update_domain} + 1 : 0);
    out.text(spec.address);
    out.number(spec.port);
    out.number(spec.vars.size());
    for (const auto& [name, text] : spec.vars) {
      out.text(name);
      out.text(text);
    }
  }
}

instance_spec get_arrival(byte_reader& in) {
  instance_spec spec;
  spec.id = in.text();
  spec.zone = in.text();
  if (const auto domain = in.number_up_to(fleet::no_update_domain); domain > 0)
    spec.update_domain = static_cast<std::uint32_t>(domain - 1);
  spec.address = in.text();
  spec.port = static_cast<std::uint16_t>(in.number_up_to(UINT16_MAX));
  for (auto vars = in.count(2); vars > 0 && in.ok(); --vars) {
    auto name = in.text();
    spec.vars[std::move(name)] = in.text();
  }
  return spec;
}

void get_arrivals(byte_reader& in, header& x) {
  auto all = std::make_shared<fleet>(*x.instances);
  const auto zones = all->zones();
  const auto count = in.count(6);
  if (count == 0)
    in.fail(byte_reader::unknown_value);
  for (std::size_t n = 0; n < count && in.ok(); ++n) {
    const auto spec = get_arrival(in);
    if (!spec.zone.empty()
        && std::find(zones.begin(), zones.end(), spec.zone) == zones.end())
      in.fail(byte_reader::out_of_range);
    if (in.ok())
      all->add_arrival(spec);
  }
  x.instances = std::move(all);
}

} // namespace

bool has_additions(const header& x) {
  return x.rollout.terminate_delay || !x.rollout.scale_in.empty() || has_arrivals(x);
}

void put_additions(byte_writer& out, const header& x) {
  if (x.rollout.terminate_delay) {
    begin(out, addition::terminate_delay);
    out.signed_number(x.rollout.terminate_delay->count());
  }
  if (!x.rollout.scale_in.empty()) {
    begin(out, addition::scale_in);
    out.instances(x.rollout.scale_in);
  }
  if (has_arrivals(x)) {
    begin(out, addition::arrivals);
    put_arrivals(out, *x.instances);
  }
}

void get_additions(byte_reader& in, header& x) {
  unsigned last = 0;
  while (in.ok() && in.left() > 0) {
    const unsigned what = in.byte();
    if (what <= last)
      in.fail(byte_reader::unknown_value);
    last = what;
    switch (static_cast<addition>(what)) {
    case addition::terminate_delay:
      x.rollout.terminate_delay = duration(in.signed_number());
      break;
    case addition::scale_in:
      x.rollout.scale_in = in.instances();
      break;
    case addition::arrivals:
      get_arrivals(in, x);
      break;
    default:
      in.fail(byte_reader::unknown_value);
    }
  }
}

} // namespace drydock::inline v1::journal
