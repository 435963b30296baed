// SPDX-License-Identifier: Apache-2.0
#include "codec.hpp"
#include "frame.hpp"

namespace drydock::inline v1::journal {

using namespace engine;

void turn_writer::begin(instant at, std::int64_t wall_us,
                        std::span<const rollout_input> inputs) {
  at_ = at;
  digest_.clear();
  begin_record(bytes_, record_kind::turn);
  bytes_.signed_number(at.time_since_epoch().count());
  bytes_.signed_number(wall_us);
  bytes_.number(inputs.size());
  instance_index last = 0;
  for (const auto& in : inputs)
    put_input(bytes_, in, last);
}

void turn_writer::told(const upgrade_event& event) {
  digest_.add(event);
}

std::string_view turn_writer::finish(std::span<const rollout_command> effects) {
  put_effects(bytes_, effects, at_);
  bytes_.number(digest_.count());
  if (digest_.count() > 0)
    bytes_.fixed64(digest_.value());
  end_record(bytes_);
  return bytes_.bytes();
}

namespace {

/// A century from the clock's zero to either side: beyond it sums of times overflow,
/// and no upgrade was ever there.
bool is_possible(instant at) {
  constexpr auto most = std::chrono::hours(24) * 36'525;
  return at.time_since_epoch() < most && at.time_since_epoch() > -most;
}

} // namespace

std::variant<turn, bad_record> read_turn(std::string_view bytes) {
  const auto opened = open_record(bytes, record_kind::turn);
  if (const auto* bad = std::get_if<bad_record>(&opened))
    return *bad;
  byte_reader in(std::get<std::string_view>(opened));
  turn x;
  x.at = instant(duration(in.signed_number()));
  if (!is_possible(x.at))
    return bad_record{"its time cannot be"};
  x.wall_us = in.signed_number();
  const auto n = in.count();
  // An input is larger than its bytes, so no more is asked for than a usual one needs.
  x.inputs.reserve(std::min(n, in.left() / 2 + 1));
  instance_index last = 0;
  for (std::size_t i = 0; i < n && in.ok(); ++i)
    x.inputs.push_back(get_input(in, last));
  x.effects = get_effects(in, x.at);
  x.told = in.number32();
  if (x.told > 0)
    x.told_digest = in.fixed64();
  if (const auto bad = problem_of(in))
    return *bad;
  return x;
}

} // namespace drydock::inline v1::journal
