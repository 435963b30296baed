// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "curl_loop.hpp"
#include "process_pool.hpp"
#include "uv_handle.hpp"

#include "drydock/engine/attendant_spec.hpp"
#include "drydock/protocol/attendant.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drydock::drivers {

/// Looks at guards again and again, and tells of changes of their standings. Loop
/// thread only.
class guard_watch {
public:
  /// Makes a guard's command ready to run.
  using prepare = std::function<process_options(const engine::guard_spec&)>;

  /// `pool` runs the commands, and must outlive this or be closed before.
  guard_watch(uv_loop_t* loop, process_pool& pool,
              std::vector<engine::guard_spec> guards, prepare how);
  /// Breaks off what is asked of Prometheus.
  ~guard_watch();

  guard_watch(const guard_watch&) = delete;
  guard_watch& operator=(const guard_watch&) = delete;

  /// Begins to look. Once.
  void start(std::shared_ptr<protocol::attendant_port> port);

private:
  struct guard {
    guard(uv_loop_t* loop, engine::guard_spec x)
      : spec(std::move(x)), machine(spec.number_of_failures), timer(loop) {}

    engine::guard_spec spec;
    engine::guard_machine machine;
    engine::guard_state told = engine::guard_state::unknown;
    loop_timer timer;
    std::chrono::steady_clock::time_point begun{};
    /// Null for a command.
    CURL* easy = nullptr;
    bool under_way = false;
    std::string body;
  };

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self);

  void look(std::uint32_t g);
  void run_command(std::uint32_t g);
  void ask_prometheus(std::uint32_t g);
  void make_transfer(guard& x);
  void on_end(CURL* easy, CURLcode code);
  /// `problem` is empty where the guard holds.
  void judge(std::uint32_t g, std::string problem);

  process_pool& pool_;
  prepare prepare_;
  curl_loop curl_;
  std::vector<std::unique_ptr<guard>> guards_;
  std::shared_ptr<protocol::attendant_port> port_;
};

} // namespace drydock::drivers
