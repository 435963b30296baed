// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::inline v1::journal {

/// Small numbers of either sign become small ones without: 0, −1, 1, −2 become
/// 0, 1, 2, 3.
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t x) {
  return (static_cast<std::uint64_t>(x) << 1U) ^ static_cast<std::uint64_t>(x >> 63);
}
/// The other way.
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t x) {
  return static_cast<std::int64_t>((x >> 1U) ^ (~(x & 1U) + 1U));
}

/// What all that is written is made of. `Self` has `char* room(n)` for at most
/// `room_max` bytes, `took(n)` to say how many of them were used, and `raw(text)`.
template <class Self>
class value_writer {
public:
  /// What `room` is asked for at most.
  static constexpr std::size_t room_max = 16;

  void byte(unsigned x) {
    *self().room(1) = static_cast<char>(x);
    self().took(1);
  }
  /// Seven bits a byte, the lowest first: 1 byte below 128, 10 at most.
  void number(std::uint64_t x) {
    auto* const begin = self().room(10);
    auto* at = begin;
    for (; x >= 0x80; x >>= 7U)
      *at++ = static_cast<char>(x | 0x80U);
    *at++ = static_cast<char>(x);
    self().took(static_cast<std::size_t>(at - begin));
  }
  /// A `number`, short around 0.
  void signed_number(std::int64_t x) { number(zigzag(x)); }
  /// Eight bytes, the lowest first.
  void fixed64(std::uint64_t x) {
    auto* at = self().room(8);
    for (unsigned i = 0; i < 8; ++i)
      at[i] = static_cast<char>(x >> (8 * i));
    self().took(8);
  }
  /// Its length and its bytes.
  void text(std::string_view x) {
    number(x.size());
    self().raw(x);
  }
  /// One position, short where it is near `last`, which it becomes.
  void instance(engine::instance_index x, engine::instance_index& last) {
    signed_number(std::int64_t{x} - std::int64_t{last});
    last = x;
  }
  /// A list of positions, in any order.
  void instances(std::span<const engine::instance_index> list) {
    number(list.size());
    engine::instance_index last = 0;
    for (const auto i : list)
      instance(i, last);
  }

private:
  Self& self() { return static_cast<Self&>(*this); }
};

/// Makes a row of bytes; keeps its memory when it begins anew.
class byte_writer : public value_writer<byte_writer> {
public:
  /// Begins anew.
  void clear() { size_ = 0; }
  /// All that was written; valid until something is.
  [[nodiscard]] std::string_view bytes() const { return {buffer_.data(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }

  void raw(std::string_view x) {
    if (!x.empty())
      std::memcpy(room(x.size()), x.data(), x.size());
    size_ += x.size();
  }
  [[nodiscard]] char* room(std::size_t n) {
    if (buffer_.size() - size_ < n)
      grow(n);
    return buffer_.data() + size_;
  }
  void took(std::size_t n) { size_ += n; }

private:
  void grow(std::size_t n);

  std::string buffer_; // as long as there is room
  std::size_t size_ = 0;
};

/// Reads what a `byte_writer` made. The first thing that is wrong stays its problem;
/// from then on there is nothing left to read, and all that is read is 0 or empty. Only
/// the shortest form of a number is taken, so that equal values have equal bytes.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes)
    : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] bool ok() const { return problem_ == nullptr; }
  /// What is wrong, as a sentence that goes on after a colon; null: nothing.
  [[nodiscard]] const char* problem() const { return problem_; }
  /// Bytes that were not read yet.
  [[nodiscard]] std::size_t left() const {
    return static_cast<std::size_t>(end_ - at_);
  }
  /// Notes a problem, if it is the first one.
  void fail(const char* why);

  std::uint8_t byte() {
    if (at_ == end_) {
      fail(too_short);
      return 0;
    }
    return static_cast<std::uint8_t>(*at_++);
  }
  std::uint64_t number() {
    if (at_ != end_ && static_cast<signed char>(*at_) >= 0)
      return static_cast<std::uint8_t>(*at_++);
    return long_number();
  }
  /// A number that is no larger than `most`.
  std::uint64_t number_up_to(std::uint64_t most);
  std::uint32_t number32() {
    return static_cast<std::uint32_t>(number_up_to(UINT32_MAX));
  }
  std::int64_t signed_number() { return unzigzag(number()); }
  std::uint64_t fixed64();
  /// How many things follow that take `bytes_each` at least: never more than there is
  /// room for in what is left.
  std::size_t count(std::size_t bytes_each = 1);
  std::string text();
  /// 0 or 1, as a byte.
  bool flag() { return choice(byte(), true); }
  engine::instance_index instance(engine::instance_index& last);
  std::vector<engine::instance_index> instances();

  /// `raw` as one of the values up to `last`, which follow one another from 0.
  template <class Choice>
  Choice choice(unsigned raw, Choice last) {
    if (raw > static_cast<unsigned>(last)) {
      fail(unknown_value);
      raw = 0;
    }
    return static_cast<Choice>(raw);
  }

  static constexpr auto too_short = "it ends too early";
  static constexpr auto unknown_value = "it has a value that no version writes";
  static constexpr auto out_of_range = "a number in it is out of range";

private:
  std::uint64_t long_number();

  const char* at_;
  const char* end_;
  const char* problem_ = nullptr;
};

} // namespace drydock::inline v1::journal
