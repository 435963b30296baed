// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/folder_watch.hpp"

#include "uv_handle.hpp"

#include <uv.h>

#include <utility>

namespace drydock::drivers {

class folder_watch::impl {
public:
  impl(event_loop& loop, std::string folder, engine::duration calm,
       std::function<void()> changed)
    : loop_(loop), folder_(std::move(folder)), calm_(calm),
      changed_(std::move(changed)) {
    loop_.run([this] { begin(); });
  }

  ~impl() {
    loop_.run([this] {
      handle_ = nullptr;
      timer_ = nullptr;
    });
  }

  std::string problem;

private:
  void begin() {
    timer_ = std::make_unique<loop_timer>(loop_.get());
    handle_.reset(new uv_fs_event_t{});
    auto failed = uv_fs_event_init(loop_.get(), handle_.get());
    handle_->data = this;
    if (failed == 0)
      failed = uv_fs_event_start(
        handle_.get(),
        [](uv_fs_event_t* x, const char*, int, int) {
          static_cast<impl*>(x->data)->look();
        },
        folder_.c_str(), 0);
    if (failed != 0)
      problem =
        "cannot watch " + folder_ + " for changes (" + uv_strerror(failed) + ")";
  }

  void look() {
    if (std::exchange(waits_, true))
      return;
    timer_->start(calm_, [this] {
      waits_ = false;
      changed_();
    });
  }

  event_loop& loop_;
  std::string folder_;
  engine::duration calm_;
  std::function<void()> changed_;
  bool waits_ = false;
  std::unique_ptr<loop_timer> timer_;
  handle_ptr<uv_fs_event_t> handle_;
};

folder_watch::folder_watch(event_loop& loop, std::string folder, engine::duration calm,
                           std::function<void()> changed)
  : impl_(std::make_unique<impl>(loop, std::move(folder), calm, std::move(changed))) {}

folder_watch::~folder_watch() = default;

const std::string& folder_watch::problem() const {
  return impl_->problem;
}

} // namespace drydock::drivers
