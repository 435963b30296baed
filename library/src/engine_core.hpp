// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/runtime.hpp"
#include "drydock/drivers/event_loop.hpp"
#include "drydock/engine.hpp"
#include "drydock/store/store.hpp"
#include "gate.hpp"
#include "log.hpp"
#include "upgrade_state.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace drydock::inline v1::detail {

/// What the scale sets of an engine share. Members may be called from any thread.
class engine_core {
public:
  /// Whether upgrades run on threads of the engine, or in another actor system.
  enum class whose_threads : std::uint8_t { own, others };

  explicit engine_core(engine_options options,
                       whose_threads threads = whose_threads::own);

  [[nodiscard]] const engine_options& options() const { return options_; }
  [[nodiscard]] const log_sink& log() const { return log_; }
  /// Where answers from outside of a call pass. On a virtual clock none do: time would
  /// not wait for them, and its actors know one thread only.
  [[nodiscard]] const std::shared_ptr<gate>& answers() const { return answers_; }

  /// The threads, which the first call starts; null on a virtual clock, or where others
  /// have them.
  [[nodiscard]] actors::runtime* threads();
  /// The loop of commands and probes, which the first call starts.
  [[nodiscard]] drivers::event_loop& loop();

  /// The store, which the first call opens; null: there is none.
  [[nodiscard]] result<std::shared_ptr<store::upgrade_store>> store();

  /// A UUID; on a virtual clock the seed decides it, and `repetition` where the store
  /// has that one already.
  [[nodiscard]] std::string make_upgrade_id(std::uint64_t repetition = 0);
  /// Of the n-th upgrade of the engine.
  [[nodiscard]] std::uint64_t make_seed();

  /// Takes an upgrade into its keeping; false: the engine ends.
  [[nodiscard]] bool keep(const std::shared_ptr<upgrade_state>& upgrade);

  /// Ends every upgrade, and all threads but that of the loop.
  void stop();

private:
  const engine_options options_;
  const whose_threads whose_;
  const log_sink log_;
  const std::shared_ptr<gate> answers_;
  std::mutex mutex_;
  bool stopped_ = false;
  std::uint64_t upgrades_begun_ = 0;
  std::vector<std::weak_ptr<upgrade_state>> upgrades_;
  std::unique_ptr<drivers::event_loop> loop_;
  std::unique_ptr<actors::runtime> threads_;
  std::mutex store_mutex_;
  std::shared_ptr<store::upgrade_store> store_;
};

} // namespace drydock::inline v1::detail
