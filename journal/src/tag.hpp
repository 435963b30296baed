// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/journal/bytes.hpp"

#include <cstdint>

namespace drydock::inline v1::journal {

/// The first byte of an input or a command: what it is in the low half, and four bits
/// that its kind gives a meaning.
template <class Kind>
constexpr unsigned make_tag(Kind kind, unsigned bits = 0) {
  return static_cast<unsigned>(kind) | bits << 4U;
}

/// A tag that was read. Bits that its kind does not know must be 0.
class tag {
public:
  explicit tag(byte_reader& in) : in_(in), byte_(in.byte()) {}

  template <class Kind>
  [[nodiscard]] Kind kind(Kind last) const {
    return in_.choice(byte_ & 0xfU, last);
  }
  /// Those of `known` that are set.
  [[nodiscard]] unsigned bits(unsigned known) const {
    const auto all = byte_ >> 4U;
    if ((all & ~known) != 0)
      in_.fail(byte_reader::unknown_value);
    return all & known;
  }

private:
  byte_reader& in_;
  unsigned byte_;
};

} // namespace drydock::inline v1::journal
