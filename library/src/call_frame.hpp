// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <utility>

namespace drydock::inline v1::detail {

/// A call of a driver or a prober that is under way on this thread. Its answer, when
/// it is given within the call, needs no gate; and a completion that an exception
/// destroys leaves the answer to whoever catches it.
class call_frame {
public:
  call_frame(const void* port, std::uint32_t instance, std::uint32_t generation,
             std::uint32_t request)
    : port_(port), instance_(instance), generation_(generation), request_(request),
      before_(std::exchange(current(), this)) {}
  ~call_frame() { current() = before_; }

  call_frame(const call_frame&) = delete;
  call_frame& operator=(const call_frame&) = delete;

  /// The frame on this thread that the completion with these marks is for, or null.
  static call_frame* of(const void* port, std::uint32_t instance,
                        std::uint32_t generation, std::uint32_t request) {
    auto* x = current();
    return x != nullptr && x->port_ == port && x->instance_ == instance
               && x->generation_ == generation && x->request_ == request
             ? x
             : nullptr;
  }

  /// Whether an exception is on its way out of the call.
  [[nodiscard]] bool unwinding() const {
    return std::uncaught_exceptions() > exceptions_;
  }

  /// The completion was destroyed by the exception: nothing was answered yet.
  void leave_open() { open_ = true; }
  [[nodiscard]] bool is_open() const { return open_; }

private:
  static call_frame*& current() {
    thread_local call_frame* top = nullptr;
    return top;
  }

  const void* port_;
  std::uint32_t instance_;
  std::uint32_t generation_;
  std::uint32_t request_;
  int exceptions_ = std::uncaught_exceptions();
  bool open_ = false;
  call_frame* before_;
};

} // namespace drydock::inline v1::detail
