// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace drydock::inline v1 {

/// What kind of thing went wrong, for programs to act on.
enum class error_code : std::uint8_t {
  /// An argument is out of its range, or at odds with another one.
  invalid_argument,
  /// A rule of the model forbids the change; `error::reason` has Azure's code.
  change_refused,
  /// The scale set is being upgraded; nothing was altered. Cancel, or wait.
  upgrade_in_progress,
  /// There is a scale set of that name already.
  already_exists,
  /// There is no such scale set (any more).
  not_found,
  /// The engine is being destroyed, or gone.
  engine_stopped,
  /// The system has no more threads or memory.
  internal_error,
  /// The store cannot be opened, read or written, or is damaged; the message says why.
  store_unavailable,
  /// The store was written by a later version of drydock. It was not touched.
  store_newer,
  /// Another engine has the lease of the scale set; the message says which process.
  lease_held,
  /// Another engine has taken the scale set over since. Remove it here, and add it
  /// again to get it back.
  lease_lost,
  /// The store has an upgrade of the scale set that did not come to its end: resume or
  /// abandon it.
  unfinished_upgrade,
  /// There is no such upgrade, or the engine has no store.
  nothing_to_resume,
  /// The scale set is not the one that the unfinished upgrade works on: other
  /// instances, another health source, no command for what is left; or this version
  /// of drydock decides otherwise than the one that began it.
  resume_refused,
};

/// The name as it is written here: `invalid_argument`. Lives as long as the program.
[[nodiscard]] std::string_view to_string(error_code x) noexcept;

/// Why something was not done. Whatever returns one has changed nothing.
struct error {
  /// What kind of thing went wrong.
  error_code code = error_code::invalid_argument;
  /// Azure's code (`PropertyChangeNotAllowed`); empty where there is none.
  std::string reason = {};
  /// A sentence for people that says what to do.
  std::string message = {};
};

namespace detail {
/// Ends the program: a result was asked for what it does not have.
[[noreturn]] void bad_result_access(const error* what) noexcept;
} // namespace detail

/// A `T`, or the error that says why there is none. An ordinary value; as thread safe
/// as a `T`.
template <class T>
class [[nodiscard]] result {
public:
  /// Success.
  result(T x) : data_(std::in_place_index<0>, std::move(x)) {}
  /// Failure.
  result(drydock::error x) : data_(std::in_place_index<1>, std::move(x)) {}

  /// Whether there is a value.
  [[nodiscard]] bool has_value() const noexcept { return data_.index() == 0; }
  /// The same.
  explicit operator bool() const noexcept { return has_value(); }

  /// The value; without one the program ends with the error's message.
  ///@{
  [[nodiscard]] T& value() & {
    check();
    return *std::get_if<0>(&data_);
  }
  [[nodiscard]] const T& value() const& {
    check();
    return *std::get_if<0>(&data_);
  }
  [[nodiscard]] T&& value() && {
    check();
    return std::move(*std::get_if<0>(&data_));
  }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }
  ///@}

  /// The error; where there is a value, the program ends.
  [[nodiscard]] const drydock::error& error() const {
    const auto* what = std::get_if<1>(&data_);
    if (what == nullptr)
      detail::bad_result_access(nullptr);
    return *what;
  }

private:
  void check() const {
    if (!has_value())
      detail::bad_result_access(std::get_if<1>(&data_));
  }

  std::variant<T, drydock::error> data_;
};

/// Success without a value, or an error.
template <>
class [[nodiscard]] result<void> {
public:
  /// Success.
  result() = default;
  /// Failure.
  result(drydock::error x) : data_(std::move(x)) {}

  /// Whether it went well.
  [[nodiscard]] bool has_value() const noexcept { return data_.index() == 0; }
  /// The same.
  explicit operator bool() const noexcept { return has_value(); }

  /// The error; on success the program ends.
  [[nodiscard]] const drydock::error& error() const {
    const auto* what = std::get_if<1>(&data_);
    if (what == nullptr)
      detail::bad_result_access(nullptr);
    return *what;
  }

private:
  std::variant<std::monostate, drydock::error> data_;
};

} // namespace drydock::inline v1
