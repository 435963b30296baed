// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/actors.hpp>
#include <drydock/drydock.hpp>

#include <caf/all.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

// What the hosts are told. Answers do not travel: a completion may be called from any
// thread, so the message carries it, by a pointer because messages are copied.
struct replace_image {
  std::int64_t version = 0;
  std::shared_ptr<drydock::completion> done;
};
struct image_is_up {
  std::int64_t version = 0;
  std::shared_ptr<drydock::completion> done;
};
struct are_you_well {
  std::shared_ptr<drydock::probe_completion> done;
};
struct which_version {};

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(replace_image)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(image_is_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(are_you_well)

template <class Inspector>
auto inspect(Inspector& f, which_version&) {
  return f(caf::meta::type_name("which_version"));
}

// drydock's own messages come first: the program's numbers begin where theirs end.
CAF_BEGIN_TYPE_ID_BLOCK(embed_actors, caf::id_block::drydock::end)
CAF_ADD_TYPE_ID(embed_actors, (replace_image))
CAF_ADD_TYPE_ID(embed_actors, (image_is_up))
CAF_ADD_TYPE_ID(embed_actors, (are_you_well))
CAF_ADD_TYPE_ID(embed_actors, (which_version))
CAF_END_TYPE_ID_BLOCK(embed_actors)

using host_actor =
  caf::typed_actor<caf::reacts_to<replace_image>, caf::reacts_to<image_is_up>,
                   caf::reacts_to<are_you_well>,
                   caf::replies_to<which_version>::with<std::int64_t>>;

struct host_state {
  std::int64_t version = 1; // 0: it boots
};

inline host_actor::behavior_type host(host_actor::stateful_pointer<host_state> self) {
  return {
    [self](const replace_image& order) {
      self->state.version = 0;
      self->delayed_send(self, std::chrono::milliseconds(20),
                         image_is_up{order.version, order.done});
    },
    [self](const image_is_up& news) {
      self->state.version = news.version;
      news.done->succeed();
    },
    [self](const are_you_well& question) {
      question.done->answer(self->state.version > 0 ? drydock::health_state::healthy
                                                    : drydock::health_state::unhealthy);
    },
    [self](which_version) { return self->state.version; },
  };
}

// Driver and prober pass every call on to the host's actor and return at once. They run
// on the scheduler of the very system in which the hosts live.
class host_fleet : public drydock::driver, public drydock::prober {
public:
  explicit host_fleet(std::vector<host_actor> hosts) : hosts_(std::move(hosts)) {}

  void upgrade(const drydock::instance& target, const drydock::action& what,
               drydock::completion done) override {
    const auto& model = what.rollback ? target.previous_model() : target.latest_model();
    caf::anon_send(
      hosts_[target.index()],
      replace_image{*model.find("settings.version")->as_int(),
                    std::make_shared<drydock::completion>(std::move(done))});
  }

  void probe(const drydock::instance& target, drydock::probe_completion done) override {
    caf::anon_send(
      hosts_[target.index()],
      are_you_well{std::make_shared<drydock::probe_completion>(std::move(done))});
  }

private:
  std::vector<host_actor> hosts_;
};
