// SPDX-License-Identifier: Apache-2.0
#include "header_additions.hpp"

namespace drydock::inline v1::journal {

namespace {

enum class addition : std::uint8_t {
  terminate_delay = 1,
};

} // namespace

bool has_additions(const header& x) {
  return x.rollout.terminate_delay.has_value();
}

void put_additions(byte_writer& out, const header& x) {
  if (x.rollout.terminate_delay) {
    out.byte(static_cast<unsigned>(addition::terminate_delay));
    out.signed_number(x.rollout.terminate_delay->count());
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
      x.rollout.terminate_delay = engine::duration(in.signed_number());
      break;
    default:
      in.fail(byte_reader::unknown_value);
    }
  }
}

} // namespace drydock::inline v1::journal
