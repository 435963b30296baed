// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "process.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace drydock::drivers {

struct process_job {
  /// Called when the job's turn has come, just before its process starts.
  std::function<process_options()> prepare;
  /// Called once: for a job taken back while it waited from within that call,
  /// else from the loop.
  std::function<void(process_result)> ended;
};

/// Runs processes in the order asked for, a bounded number at a time. Loop
/// thread only. It must be closed before it is destroyed, or be idle.
class process_pool {
public:
  using job_id = std::uint64_t;

  process_pool(uv_loop_t* loop, std::size_t processes_max);

  enum class order : std::uint8_t {
    in_turn,
    /// Before all that wait in turn; among its like in turn as well.
    first,
  };

  job_id add(process_job job, order when = order::in_turn);

  /// Ends a waiting job as `withdrawn`; nothing happens to a running one.
  void withdraw(job_id id);

  /// Ends a job: as `withdrawn` if it waits, as `killed` if it runs.
  void kill(job_id id);

  void kill_all();

  /// Kills and forgets all jobs without a call to any `ended`; runs `closed`
  /// when no process is left, at once if there is none.
  void close(std::function<void()> closed);

private:
  struct running_job {
    std::shared_ptr<drivers::process> child;
    std::function<void(process_result)> ended;
  };

  void start_waiting();
  void on_end(job_id id, process_result result);

  uv_loop_t* loop_;
  std::size_t processes_max_;
  job_id last_ = 0;
  // By identity, which is the order of their turns.
  std::map<job_id, process_job> waiting_;
  std::map<job_id, running_job> running_;
  std::function<void()> closed_;
};

} // namespace drydock::drivers
