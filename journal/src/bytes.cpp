// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/bytes.hpp"

namespace drydock::inline v1::journal {

void byte_writer::grow(std::size_t n) {
  buffer_.resize(std::max({buffer_.size() * 2, size_ + n, std::size_t{256}}));
}

void byte_reader::fail(const char* why) {
  if (problem_ == nullptr)
    problem_ = why;
  at_ = end_;
}

std::uint64_t byte_reader::long_number() {
  std::uint64_t x = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto next = byte();
    const auto bits = std::uint64_t{next & 0x7fU};
    x |= bits << shift;
    if (next < 0x80) {
      const auto overlong = next == 0 && shift > 0;
      if (overlong || (shift == 63 && bits > 1)) {
        fail(out_of_range);
        return 0;
      }
      return ok() ? x : 0;
    }
    if (shift == 63) {
      fail(out_of_range);
      return 0;
    }
  }
}

std::uint64_t byte_reader::number_up_to(std::uint64_t most) {
  const auto x = number();
  if (x <= most)
    return x;
  fail(out_of_range);
  return 0;
}

std::uint64_t byte_reader::fixed64() {
  if (left() < 8) {
    fail(too_short);
    return 0;
  }
  std::uint64_t x = 0;
  for (unsigned i = 0; i < 8; ++i)
    x |= std::uint64_t{static_cast<std::uint8_t>(at_[i])} << (8 * i);
  at_ += 8;
  return x;
}

std::size_t byte_reader::count(std::size_t bytes_each) {
  const auto n = number();
  if (n <= left() / bytes_each)
    return static_cast<std::size_t>(n);
  fail(too_short);
  return 0;
}

std::string byte_reader::text() {
  const auto n = count();
  std::string x(at_, n);
  at_ += n;
  return x;
}

engine::instance_index byte_reader::instance(engine::instance_index& last) {
  const auto step = signed_number();
  // No sum of these leaves 64 bits.
  constexpr auto most = std::int64_t{UINT32_MAX};
  if (step < -most || step > most || last + step < 0 || last + step > most) {
    fail(out_of_range);
    return 0;
  }
  last = static_cast<engine::instance_index>(last + step);
  return last;
}

std::vector<engine::instance_index> byte_reader::instances() {
  const auto n = count();
  std::vector<engine::instance_index> list;
  list.reserve(n);
  engine::instance_index last = 0;
  for (std::size_t i = 0; i < n && ok(); ++i)
    list.push_back(instance(last));
  return list;
}

} // namespace drydock::inline v1::journal
