// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "places.hpp"

#include <mutex>
#include <thread>

namespace drydock::test {

/// Stands between a store and the server of `postgresql_place`, and loses answers.
class lossy_relay {
public:
  lossy_relay();
  lossy_relay(const lossy_relay&) = delete;
  lossy_relay& operator=(const lossy_relay&) = delete;
  ~lossy_relay();

  /// How the server is reached through this.
  [[nodiscard]] std::string connection() const;
  /// The `number`-th answer from now never arrives, and its connection ends; from 1.
  void lose_answer(int number);
  /// Whether that has happened.
  [[nodiscard]] bool has_lost() const;

private:
  void accept_all();
  void pass_on(int client);
  [[nodiscard]] bool loses_this();

  temp_folder folder_;
  int listener_ = -1;
  mutable std::mutex mutex_;
  int lose_in_ = 0;
  bool has_lost_ = false;
  std::vector<std::thread> connections_; // of the accepting thread
  std::thread acceptor_;
};

} // namespace drydock::test
